"""Figures of limits: the distribution of limits in toys with the published value in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

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
