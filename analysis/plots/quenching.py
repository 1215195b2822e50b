"""Figure of measured quenching factors with the curves fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.plots.style import axes_for, energy_scale, ink, line
from detectors.quenching.fit import QuenchingFit
from detectors.quenching.points import QuenchingData

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = ("o", "s", "^", "D", "v", "P")


def plot_quenching_fits(
    data: Sequence[QuenchingData], fits: Sequence[QuenchingFit], *, ax: Axes | None = None
) -> Axes:
    """Points by data set and each fitted curve with its band of one standard error.

    Sets without errors are drawn open.
    """
    ax = axes_for(ax)
    recoils = np.concatenate([one.recoil_kev for one in data])
    low, high = 0.7 * float(recoils.min()), 1.3 * float(recoils.max())
    grid = np.geomspace(low, high, 400)
    for index, fit in enumerate(fits):
        factor, error = fit.band(grid)
        style = line(index)
        ax.plot(grid, factor, label=fit.family.name, zorder=3, **style)
        ax.fill_between(grid, factor - error, factor + error, color=style["color"], alpha=0.2)
    for index, one in enumerate(data):
        ax.errorbar(
            one.recoil_kev,
            one.quenching_factor,
            yerr=np.nan_to_num(one.error),
            xerr=np.nan_to_num(one.recoil_error_kev),
            fmt=_MARKERS[index % len(_MARKERS)],
            color=ink(ax),
            markerfacecolor="none" if np.all(np.isnan(one.error)) else ink(ax),
            markersize=3.5,
            elinewidth=0.7,
            alpha=0.6,
            label=one.name,
            zorder=2,
        )
    energy_scale(ax, low, high)
    ax.set_xlim(low, high)
    factors = np.concatenate([one.quenching_factor for one in data])
    ax.set_ylim(0, 1.35 * float(factors.max()))
    ax.set_xlabel("nuclear recoil energy [keV]")
    ax.set_ylabel(f"quenching factor ({data[0].quantity})")
    ax.set_title(f"{data[0].material}: measured quenching")
    ax.legend(ncols=2, fontsize=8, loc="upper left")
    return ax
