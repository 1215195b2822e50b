"""Figures of scans: a line with its band for one key, a map for two, what couplings exclude."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.limits.expected import SIGMAS
from analysis.plots.parameters import parameter_axis
from analysis.plots.style import COLOURS, axes_for, line, readable_scale
from analysis.studies.plans.scan_plan import Axis
from analysis.studies.scan_results import ScanResults
from sim.cross_sections.parameters import FloatArray
from sim.syntax.units import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import XAxis, YAxis


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
    if n_keys == 1 and _is_exclusion(results):
        return plot_exclusions({results.plan.experiment.name: results}, ax=ax)
    draw = _line if n_keys == 1 else _map
    return draw(axes_for(ax), results)


def plot_exclusions(scans: Mapping[str, ScanResults], *, ax: Axes | None = None) -> Axes:
    """What scans over one key exclude of a coupling: all above a line, and gaps below it.

    Raises
    ------
    ValueError
        unless all scans are of the same parameter and over the same numeric key.
    """
    first, *others = scans.values()
    if not _is_exclusion(first):
        raise ValueError(f"{_subject(first)}: a coupling over a number of its interaction expected")
    for other in others:
        if not _is_exclusion(other) or _subject(other) != _subject(first):
            raise ValueError(f"scans of different things: {_subject(first)} and {_subject(other)}")
    ax = axes_for(ax)
    ax.set_yscale("log")
    drawn = [_exclusion(ax, scan, label, i) for i, (label, scan) in enumerate(scans.items())]
    ax.set_ylim(min(low for low, _ in drawn) / 3, 3 * max(high for _, high in drawn))
    axis = first.plan.axes[0]
    _end_with(ax.xaxis, _positions(axis)[0])
    ax.set_xlabel(_axis_label(axis))
    ax.set_ylabel(f"${first.parameter.symbol}$ excluded at {100 * first.plan.cl:g} % CL")
    ax.legend(loc="upper left")
    return ax


def _exclusion(ax: Axes, results: ScanResults, label: str, number: int) -> tuple[float, float]:
    """Draw one curve; lowest and highest of its ends."""
    x, order = _positions(results.plan.axes[0])
    upper, intervals = results.upper[order], results.intervals[order]
    style = line(number)
    fill = {"color": style["color"], "alpha": 0.07, "lw": 0}
    data = "observed" if results.plan.observed else "expected"
    ax.plot(x, upper, **style, label=f"{label} ({data})")
    ax.fill_between(x, upper, np.nanmax(upper) * 1e3, **fill)
    edges = np.stack([intervals[:, :-1, 1], intervals[:, 1:, 0]], axis=-1)
    for gap in np.moveaxis(edges, 1, 0):
        shown = np.isfinite(gap[:, 1])
        low, high = np.where(shown, gap[:, 0], np.nan), np.where(shown, gap[:, 1], np.nan)
        ax.fill_between(x, low, high, **fill)
        for edge in (low, high):
            ax.plot(x, edge, **{**style, "lw": 1.0})
    ends = np.concatenate([upper, edges.ravel()])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    return float(ends.min()), float(ends.max())


def _is_exclusion(results: ScanResults) -> bool:
    """True for couplings of an interaction over one of its keys of numbers."""
    first, *more = results.plan.axes
    of_interaction = first.key.startswith("interaction.") and first.numeric and not more
    return of_interaction and results.parameter.bounded and bool(np.any(results.upper > 0))


def _subject(results: ScanResults) -> str:
    return f"{results.plan.parameter} over {results.plan.axes[0].key}"


def _axis_label(axis: Axis) -> str:
    """A key with its unit: ``detector.threshold [keV]``, ``mass [MeV] of vector-mediator``."""
    *path, last = axis.key.split(".")
    unit = unit_of(last)
    if unit is None:
        return axis.key
    word = last.rpartition("_")[0].replace("_", " ")
    if path[:1] != ["interaction"]:
        return f"{'.'.join([*path, word])} [{unit.symbol}]"
    return f"{word} [{unit.symbol}]" + ("" if path[1].isdigit() else f" of {path[1]}")


def _line(ax: Axes, results: ScanResults) -> Axes:
    axis = results.plan.axes[0]
    x, order = _positions(axis)
    unit = parameter_axis(results.parameter).unit
    lower, upper = results.lower[order] / unit, results.upper[order] / unit
    band = results.band[order] / unit
    for inner, alpha in ((2, 0.18), (1, 0.35)):
        low, high = (band[:, SIGMAS.index(sign * inner)] for sign in (-1, 1))
        if np.any(np.isfinite(low) & np.isfinite(high)):
            label = rf"$\pm {inner}\,\sigma$"
            ax.fill_between(x, low, high, color=COLOURS["sm"], alpha=alpha, lw=0, label=label)
    label = "observed" if results.plan.observed else "median"
    ax.plot(x, upper, color=COLOURS["sm"], marker="." if x.size < 40 else None, label=label)
    if np.any(lower[np.isfinite(lower)] != 0):
        ax.plot(x, lower, color=COLOURS["sm"])
    _label(ax.set_xlabel, ax.set_xticks, axis, x)
    if axis.numeric:
        _end_with(ax.xaxis, x)
    ax.set_ylabel(_limit_label(results))
    ax.legend()
    return ax


def _map(ax: Axes, results: ScanResults) -> Axes:
    first, second = results.plan.axes
    (x, columns), (y, rows) = _positions(first), _positions(second)
    reach = np.fmax(np.abs(results.lower), np.abs(results.upper)).T[np.ix_(rows, columns)]
    reach = reach / parameter_axis(results.parameter).unit
    ax.grid(visible=False)
    drawn = ax.pcolormesh(x, y, reach, shading="nearest", cmap="viridis")
    shown = reach[np.isfinite(reach)]
    if min(reach.shape) > 2 and shown.size > 8 and shown.max() > 1.02 * shown.min():
        lines = ax.contour(x, y, reach, colors="white", linewidths=0.8)
        ax.clabel(lines, fmt="%.3g", fontsize="x-small")
    ax.figure.colorbar(drawn, ax=ax, label=_limit_label(results))
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
    set_label(_axis_label(axis))
    if not axis.numeric:
        set_ticks(positions, [str(value) for value in axis.values])


def _limit_label(results: ScanResults) -> str:
    plan = results.plan
    data = "observed" if plan.observed else "expected"
    name = parameter_axis(results.parameter).label
    return f"{100 * plan.cl:g} % CL limit on {name}\n({plan.method}, {data})"


def _end_with(axis: XAxis | YAxis, values: FloatArray) -> None:
    """Let an axis end where the values do, logarithmic where they are spaced so."""
    low, high = float(values[0]), float(values[-1])
    if _logarithmic(values):
        readable_scale(axis, low, high)
    elif low < high:
        set_limits = axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim
        set_limits(low, high)
