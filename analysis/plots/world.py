"""Figure of the world together: every entry by year, and the combination as it narrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.plots.parameters import parameter_axis, unit_label
from analysis.plots.style import axes_for
from analysis.published.values import OTHERS
from analysis.published.world import WorldResult
from sim.cross_sections.interactions.parameter_table import named_parameter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"spectrum": "#0072b2", "digitised": "#e69f00", "published": "#000000"}
_TOGETHER = "#d55e00"
_ORIENTATION = {"solar": "#cc79a7", "astrophysical": "#56b4e9", "accelerator": "#009e73"}


def plot_world_together(result: WorldResult, *, ax: Axes | None = None) -> Axes:
    """Intervals of the entries by year, hollow if left out, and the combination by year.

    The magnetic moment has upper ends on a logarithmic axis; limits from the Sun, accelerators
    and stars are dotted lines, for orientation.
    """
    ax = axes_for(ax)
    shown: set[str] = set()
    known = named_parameter(result.parameter)
    for entry in result.entries:
        colour = _COLOURS[entry.kind]
        label = entry.kind if entry.kind not in shown else None
        shown.add(entry.kind)
        face = "white" if entry.left_out else colour
        if known.bounded:
            ax.plot(entry.year, entry.upper, "v", color=colour, mfc=face, label=label)
        else:
            middle, half = (entry.upper + entry.lower) / 2, (entry.upper - entry.lower) / 2
            ax.errorbar(
                entry.year, middle, yerr=half, fmt="o", color=colour, mfc=face, ms=4, label=label,
                alpha=0.4 if entry.left_out else 1.0,
            )  # fmt: skip
        ax.annotate(
            entry.name, (entry.year, entry.upper), textcoords="offset points", xytext=(4, 4),
            fontsize=6,
        )  # fmt: skip
    years = [year for year, _ in result.by_year]
    for end in ("upper",) if known.bounded else ("lower", "upper"):
        values = [getattr(limit, end) for _, limit in result.by_year]
        ax.step(
            [*years, years[-1] + 2], [*values, values[-1]], where="post", color=_TOGETHER,
            label="together" if end == "upper" else None,
        )  # fmt: skip
    _plot_orientation(result.parameter, ax)
    ax.set_xlabel("year")
    ax.locator_params(axis="x", integer=True)
    unit, symbol = unit_label(result.parameter), parameter_axis(result.parameter).symbol
    ax.set_ylabel(symbol if unit == "1" else f"{symbol} [{unit}]")
    if known.bounded:
        ax.set_yscale("log")
    else:
        narrow = [entry for entry in result.entries if entry.kind == "published"]
        reach = max(abs(end) for entry in narrow for end in (entry.lower, entry.upper))
        ax.set_ylim(0.0 if known.origin > reach / 2 else -1.6 * reach, 1.6 * reach)
    ax.legend(fontsize="x-small", loc="upper right" if known.bounded else "upper left")
    return ax


def _plot_orientation(parameter: str, ax: Axes) -> None:
    for value in OTHERS:
        if value.parameter == parameter and value.kind in _ORIENTATION:
            colour = _ORIENTATION[value.kind]
            ax.axhline(value.value, color=colour, lw=0.8, ls=":")
            ax.annotate(
                f"{value.name} ({value.kind})", (0.01, value.value), fontsize=6, color=colour,
                xycoords=("axes fraction", "data"), va="bottom",
            )  # fmt: skip
