"""Figures of prospects: expected limits against threshold and against time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.plots.parameters import parameter_axis
from analysis.plots.style import CYCLE, axes_for
from analysis.published.prospects import ProspectCurve
from analysis.published.values import PublishedValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = {
    "detector.threshold_kev": "threshold [keV]",
    "exposure.on_days": "live days with the reactor on",
}
_STROKES = ("-", "--", "-.", ":")


def plot_prospects(
    curves: Sequence[ProspectCurve],
    parameter: str,
    published: Sequence[PublishedValue] = (),
    *,
    ax: Axes | None = None,
) -> Axes:
    """Expected limits over one key, a line a background; levels of published limits beside them."""
    ax = axes_for(ax)
    axis = parameter_axis(parameter)
    unit = axis.unit
    for i, curve in enumerate(curves):
        ax.plot(
            curve.values,
            curve.limits / unit,
            color=CYCLE[i % len(CYCLE)],
            ls=_STROKES[i % len(_STROKES)],
            marker=".",
            label=f"background × {curve.background_factor:g}",
        )
    for value in published:
        ax.axhline(value.value / unit, color="#7f7f7f", lw=0.8, ls=":")
        ax.annotate(
            f"{value.name} ({value.year})",
            (1.0, value.value / unit),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=8,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(curves[0].values, [f"{value:g}" for value in curves[0].values])
    ax.set_xticks([], minor=True)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
    ax.set_xlabel(_LABELS[curves[0].key])
    ax.set_ylabel(f"expected limit on {axis.label}")
    ax.legend()
    return ax
