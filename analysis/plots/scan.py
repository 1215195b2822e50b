"""Figures of scans: a line with its band for one key, a map for two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.limits.expected import SIGMAS
from analysis.plots.style import COLOURS, axes_for
from analysis.studies.plans.scan_plan import Axis
from analysis.studies.scan_results import ScanResults
from sim.cross_sections.parameters import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_scan(results: ScanResults, *, ax: Axes | None = None) -> Axes:
    """Median limits over one key, with the bands if there are any, or over two as a map.

    Raises
    ------
    ValueError
        for more than two keys.
    """
    n_keys = len(results.plan.axes)
    if n_keys > 2:
        raise ValueError(f"a figure shows one or two keys, this scan has {n_keys}: see its CSV")
    draw = _line if n_keys == 1 else _map
    return draw(axes_for(ax), results)


def _line(ax: Axes, results: ScanResults) -> Axes:
    axis = results.plan.axes[0]
    x, order = _positions(axis)
    lower, upper, band = results.lower[order], results.upper[order], results.band[order]
    for inner, alpha in ((2, 0.18), (1, 0.35)):
        low, high = (band[:, SIGMAS.index(sign * inner)] for sign in (-1, 1))
        if np.any(np.isfinite(low) & np.isfinite(high)):
            label = rf"$\pm {inner}\,\sigma$"
            ax.fill_between(x, low, high, color=COLOURS["sm"], alpha=alpha, lw=0, label=label)
    ax.plot(x, upper, color=COLOURS["sm"], marker="." if x.size < 40 else None, label="median")
    if np.any(lower[np.isfinite(lower)] != 0):
        ax.plot(x, lower, color=COLOURS["sm"])
    _label(ax.set_xlabel, ax.set_xticks, axis, x)
    if axis.numeric and _logarithmic(x):
        ax.set_xscale("log")
    ax.set_ylabel(_limit_label(results))
    ax.legend()
    return ax


def _map(ax: Axes, results: ScanResults) -> Axes:
    first, second = results.plan.axes
    (x, columns), (y, rows) = _positions(first), _positions(second)
    reach = np.fmax(np.abs(results.lower), np.abs(results.upper)).T[np.ix_(rows, columns)]
    ax.grid(visible=False)
    drawn = ax.pcolormesh(x, y, reach, shading="nearest", cmap="viridis")
    shown = reach[np.isfinite(reach)]
    if min(reach.shape) > 2 and shown.size > 8 and shown.max() > 1.02 * shown.min():
        lines = ax.contour(x, y, reach, colors="white", linewidths=0.8)
        ax.clabel(lines, fmt="%.3g", fontsize="x-small")
    ax.figure.colorbar(drawn, ax=ax, label=_limit_label(results).replace(" (", "\n("))
    _label(ax.set_xlabel, ax.set_xticks, first, x)
    _label(ax.set_ylabel, ax.set_yticks, second, y)
    if first.numeric and _logarithmic(x):
        ax.set_xscale("log")
    if second.numeric and _logarithmic(y):
        ax.set_yscale("log")
    return ax


def _positions(axis: Axis) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Places on a figure in increasing order, and the order: numbers, or 0, 1, 2, ... for names."""
    if not axis.numeric:
        return np.arange(len(axis.values), dtype=np.float64), np.arange(len(axis.values))
    values = np.array([float(value) for value in axis.values])
    order = np.argsort(values, kind="stable")
    return values[order], order


def _logarithmic(x: FloatArray) -> bool:
    """True if the values are spaced more evenly in the logarithm."""
    if x.size < 3 or np.any(x <= 0):
        return False
    steps, ratios = np.diff(x), np.diff(np.log(x))
    return bool(np.ptp(ratios) / abs(ratios.mean()) < np.ptp(steps) / abs(steps.mean()))


def _label(
    set_label: Callable[[str], Any],
    set_ticks: Callable[..., Any],
    axis: Axis,
    positions: FloatArray,
) -> None:
    set_label(axis.key)
    if not axis.numeric:
        set_ticks(positions, [str(value) for value in axis.values])


def _limit_label(results: ScanResults) -> str:
    plan = results.plan
    return (
        f"{100 * plan.cl:g} % CL limit on {plan.parameter} [{results.unit}] "
        f"({plan.method}, expected)"
    )
