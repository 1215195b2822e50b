"""The look of all figures: colours that colour-blind readers tell apart, sizes for a talk."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from analysis.extras import missing_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import XAxis, YAxis

INK = "#1b1f24"
"""Text, axes and data points; ``analysis.reports.figures`` finds it again in an SVG."""

COLOURS = {"background": "#7f7f7f", "sm": "#0072b2", "signal": "#d55e00", "published": "#009e73"}

CYCLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours; beside them, lines differ by their strokes (``line``)."""

TINTS = ("#56b4e9", "#0072b2")
"""Fill of a wide and of a narrow region."""

_LOGARITHMIC_FROM = 30.0
_PLAIN_BELOW = 3e3
_SMALLEST_PLAIN = 1e-4
_STROKES = ("-", "--", "-.", ":")

_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 13,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 13,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "grid.alpha": 0.25,
    "grid.color": "#7f7f7f",
    "grid.linewidth": 0.6,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "patch.linewidth": 1.8,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "nuem",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def figure_style() -> AbstractContextManager[None]:
    """The look of the command's figures, for a ``with`` block.

    Plot functions that are given an ``ax`` keep the look that it has.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise missing_extra("figures need matplotlib", "plots") from None
    context: AbstractContextManager[None] = matplotlib.rc_context(_STYLE)
    return context


def axes_for(ax: Axes | None) -> Axes:
    """The axes given, or those of a new pyplot figure.

    Raises
    ------
    MissingExtraError
        if there are none and matplotlib is not installed.
    """
    if ax is not None:
        return ax
    with figure_style():
        from matplotlib import pyplot

        _, new = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
    return new


def ink(ax: Axes) -> Any:
    """Colour in which axes write their labels: for data points and reference lines."""
    return ax.xaxis.label.get_color()


def line(index: int) -> dict[str, Any]:
    """Colour and stroke of the line of this number: neighbours differ in both."""
    return {
        "color": CYCLE[index % len(CYCLE)],
        "linestyle": _STROKES[index % len(_STROKES)],
    }


def energy_scale(ax: Axes, low_kev: float, high_kev: float) -> None:
    """Limits of an axis of energies: logarithmic where they span much more than a decade."""
    if low_kev > 0 and high_kev / low_kev >= _LOGARITHMIC_FROM:
        from matplotlib.ticker import LogLocator, NullFormatter

        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlim(low_kev, high_kev)


def readable_scale(axis: XAxis | YAxis, low: float, high: float) -> None:
    """A logarithmic axis from low to high whose ticks can be read.

    They are 1, 2, 5, 10, ... as plain numbers where it spans less than three decades, and powers
    of ten where it spans more.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax = axis.axes
    set_scale, set_limits = (
        (ax.set_xscale, ax.set_xlim) if axis.axis_name == "x" else (ax.set_yscale, ax.set_ylim)
    )
    set_scale("log")
    set_limits(low, high)
    if high / low < _PLAIN_BELOW and low > _SMALLEST_PLAIN and high < 1 / _SMALLEST_PLAIN:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
