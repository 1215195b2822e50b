"""Figures of limits: the distribution of limits in toys with the published value in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.contour import Contour
from analysis.plots_spectrum import COLOURS
from analysis.reproduction import ReproducedLimit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TREATMENT_COLOURS = {"off-joint": "#0072b2", "off-fixed": "#e69f00"}


def plot_limit_distribution(ax: Axes, rows: Sequence[ReproducedLimit], scale: float) -> Axes:
    """Histogram of the toys' limits in units of scale for each treatment of one parameter.

    Lines mark the median of each (from the Asimov data) and the published value.
    """
    compared = [row for row in rows if row.toy_limits.size]
    if not compared:
        raise ValueError("rows: at least one with toys is needed")
    values = np.concatenate([row.toy_limits for row in compared]) / scale
    edges = np.linspace(0, 1.02 * values.max(), 41)
    for row in compared:
        colour = _TREATMENT_COLOURS[row.treatment]
        content, _ = np.histogram(row.toy_limits / scale, edges)
        share = content / row.toy_limits.size
        ax.stairs(share, edges, color=colour, fill=True, alpha=0.35, label=row.treatment)
        if row.median is not None:
            ax.axvline(row.median / scale, color=colour, ls="--", lw=1.2)
    published = compared[0].published_value
    if published is not None:
        label = f"published {published:.3g}"
        ax.axvline(published / scale, color=COLOURS["published"], lw=2, label=label)
    ax.set_ylabel("share of toys")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False, title="dashed: median")
    return ax


def plot_contour(ax: Axes, found: Contour) -> Axes:
    """Regions of 68 and 90 % in the plane of two parameters, and the lowest point."""
    levels = [Contour.level(0.6827), Contour.level(0.90)]
    drawn = ax.contour(found.x, found.y, found.rise, levels=levels, colors=["#0072b2", "#56b4e9"])
    ax.clabel(drawn, fmt={levels[0]: "68 %", levels[1]: "90 %"})
    row, column = np.unravel_index(int(np.argmin(found.rise)), found.rise.shape)
    ax.plot(found.x[column], found.y[row], "k+")
    ax.set_xlabel(f"{found.parameters[0]} [{found.units[0]}]")
    ax.set_ylabel(f"{found.parameters[1]} [{found.units[1]}]")
    return ax
