"""Figure of the world together: every entry by year, and the combination as it narrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.plots.parameters import parameter_axis
from analysis.plots.style import axes_for, ink, readable_scale
from analysis.published.values import OTHERS, PublishedValue
from analysis.published.world import WorldEntry, WorldLimit, WorldResult
from sim.cross_sections.interactions.parameter_table import named_parameter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"spectrum": "#0072b2", "digitised": "#e69f00", "published": "#000000"}
_TOGETHER = "#d55e00"
_ORIENTATION = {"solar": "#cc79a7", "astrophysical": "#56b4e9", "accelerator": "#009e73"}


def plot_world_together(result: WorldResult, *, ax: Axes | None = None) -> Axes:
    """Intervals of the entries, a line each, by year, and the combination up to each year.

    Entries that are left out are hollow and pale.  Parameters with a bound have upper ends on a
    logarithmic axis; limits from the Sun, accelerators and stars are dotted lines, for orientation.
    """
    ax = axes_for(ax)
    known = named_parameter(result.parameter)
    axis = parameter_axis(result.parameter)
    entries = sorted(result.entries, key=lambda entry: (entry.year, entry.name))
    shown: set[str] = set()
    for row, entry in enumerate(entries):
        kind = "left out" if entry.left_out else entry.kind
        label = kind if kind not in shown else None
        shown.add(kind)
        _plot_entry(ax, row, entry, axis.unit, label, bounded=known.bounded)
    for end in ("upper",) if known.bounded else ("lower", "upper"):
        limits = [getattr(_together(result, entry), end) / axis.unit for entry in entries]
        ax.step(
            [*limits, limits[-1]], [row - 0.5 for row in range(len(entries) + 1)], where="pre",
            color=_TOGETHER, label="together, up to the year" if end == "upper" else None,
        )  # fmt: skip
    ax.set_yticks(
        range(len(entries)), [f"{one.name}  {one.year}" for one in entries], fontsize="small"
    )
    ax.set_ylim(len(entries) - 0.5, -0.5)
    ax.set_xlabel(axis.label)
    if known.bounded:
        others = [v.value / axis.unit for v in _orientation(result.parameter)]
        ends = [*(entry.upper / axis.unit for entry in entries), *others]
        readable_scale(ax.xaxis, min(ends) / 1.5, 1.5 * max(ends))
    else:
        ax.set_xlim(*_reach(result, entries[0], axis.unit))
    _plot_orientation(ax, result.parameter, axis.unit)
    ax.legend(fontsize="x-small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5)
    return ax


def _plot_entry(
    ax: Axes, row: int, entry: WorldEntry, unit: float, label: str | None, *, bounded: bool
) -> None:
    colour = _COLOURS[entry.kind]
    face = ax.get_facecolor() if entry.left_out else colour
    strength = 0.5 if entry.left_out else 1.0
    if bounded:
        ax.plot(entry.upper / unit, row, "<", color=colour, mfc=face, alpha=strength, label=label)
        return
    middle, half = (entry.upper + entry.lower) / 2, (entry.upper - entry.lower) / 2
    ax.errorbar(
        middle / unit, row, xerr=half / unit, fmt="o", color=colour, mfc=face, ms=4, capsize=3,
        alpha=strength, label=label,
    )  # fmt: skip


def _together(result: WorldResult, entry: WorldEntry) -> WorldLimit:
    """The combination of the year of an entry, or of the last one before."""
    until = [limit for year, limit in result.by_year if year <= entry.year]
    return until[-1] if until else result.by_year[0][1]


def _reach(result: WorldResult, first: WorldEntry, unit: float) -> tuple[float, float]:
    """Twice what all entries up to the first year allow, about the middle of the combination."""
    middle = (result.together.lower + result.together.upper) / 2
    start = _together(result, first)
    half = 1.1 * max(start.upper - middle, middle - start.lower)
    return (middle - half) / unit, (middle + half) / unit


def _orientation(parameter: str) -> list[PublishedValue]:
    return [v for v in OTHERS if v.parameter == parameter and v.kind in _ORIENTATION]


def _plot_orientation(ax: Axes, parameter: str, unit: float) -> None:
    for value in _orientation(parameter):
        colour = _ORIENTATION[value.kind]
        ax.axvline(value.value / unit, color=colour, lw=1.2, ls=":")
        ax.annotate(
            f"{value.name} ({value.kind})", (value.value / unit, 0.02), fontsize=7,
            rotation=90, ha="right", va="bottom", color=ink(ax),
            xycoords=("data", "axes fraction"), annotation_clip=True,
        )  # fmt: skip
