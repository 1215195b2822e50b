"""Figures of limits: profiles, expected bands, contours, impacts, and limits in toys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.fits.covariance import Covariance
from analysis.fits.impacts import Impact
from analysis.fits.joint_minima import EQUAL
from analysis.limits.contours.contour import Contour
from analysis.limits.profiles import ProfileCurve
from analysis.plots.parameters import ParameterAxis, parameter_axis
from analysis.plots.style import COLOURS, TINTS, axes_for, ink
from analysis.published.reproduction import ReproducedLimit
from sim.cross_sections.interactions.parameter_table import leading_parameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TREATMENT_COLOURS = {"off-joint": ("#0072b2", "--"), "off-fixed": ("#e69f00", "-.")}


_MOST_NUMBERS = 12
"""Parameters up to which a map of correlations has its numbers."""
_HEADROOM = 1.3
"""Height of the axes over what they hold: room for a legend above a histogram."""


def plot_limit_distribution(
    rows: Sequence[ReproducedLimit], scale: float, *, ax: Axes | None = None
) -> Axes:
    """Histogram of the toys' limits in units of scale for each treatment of one parameter.

    Lines mark the median of each (from the Asimov data) and the published value.
    """
    compared = [row for row in rows if row.toy_limits.size]
    if not compared:
        raise ValueError("rows: at least one with toys is needed")
    ax = axes_for(ax)
    values = np.concatenate([row.toy_limits for row in compared]) / scale
    edges = np.linspace(0, 1.02 * values.max(), 41)
    for row in compared:
        colour, stroke = _TREATMENT_COLOURS[row.treatment]
        content, _ = np.histogram(row.toy_limits / scale, edges)
        share = content / row.toy_limits.size
        ax.stairs(share, edges, color=colour, fill=True, alpha=0.35, label=row.treatment)
        if row.median is not None:
            ax.axvline(row.median / scale, ymax=1 / _HEADROOM, color=colour, ls=stroke, lw=1.4)
    published = compared[0].published_value
    if published is not None:
        label = f"published {published:.3g}"
        colour = COLOURS["published"]
        ax.axvline(published / scale, ymax=1 / _HEADROOM, color=colour, lw=2, label=label)
    ax.set_ylabel("share of toys")
    ax.set_ylim(0, _HEADROOM * ax.get_ylim()[1])
    ax.legend(title="broken lines: medians", loc="upper right", ncols=len(compared) + 1)
    return ax


def plot_profile(curve: ProfileCurve, *, ax: Axes | None = None) -> Axes:
    """Rise of -2 ln L along a parameter, the level of the limit, and what it accepts."""
    ax = axes_for(ax)
    axis = _axis(curve.parameter, curve.symbol)
    unit, bounded = axis.unit, curve.values[0] == 0
    for low, high in curve.limit.intervals:
        ax.axvspan(low / unit, high / unit, color=TINTS[0], alpha=0.25, lw=0)
        for end in {low, high} - ({0.0} if bounded else set()):
            ax.axvline(end / unit, color=COLOURS["sm"], lw=1.2, ls="--")
    ax.plot(curve.values / unit, curve.rise, color=COLOURS["sm"], label="profile")
    cl = f"{100 * curve.limit.cl:g} % CL ({curve.limit.method})"
    ax.axhline(curve.level, color=COLOURS["signal"], ls=":", label=cl)
    best = curve.limit.best_fit
    if best is not None:
        ax.plot(best / unit, 0, ls="none", marker="D", ms=7, color=ink(ax), clip_on=False)
    ax.set_xlim(curve.values[0] / unit, curve.values[-1] / unit)
    ax.locator_params(axis="x", nbins=6)
    ax.set_ylim(0, max(2.2 * curve.level, 1.1 * float(curve.rise[[0, -1]].min())))
    ax.set_xlabel(axis.label)
    ax.set_ylabel(r"$-2\,\Delta \ln L$")
    interval = _interval_text(curve, axis)
    ax.legend(title=interval, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return ax


def _axis(parameter: str, symbol: str) -> ParameterAxis:
    return replace(parameter_axis(parameter), symbol=f"${symbol}$")


def _interval_text(curve: ProfileCurve, axis: ParameterAxis) -> str:
    unit, symbol = axis.unit, axis.symbol
    name = rf"$\times$ {axis.name}" if axis.name else ""
    if curve.values[0] == 0 and not curve.limit.disjoint:
        return rf"{symbol} < {(curve.limit.upper or 0.0) / unit:.3g} {name}"
    ranges = (f"[{low / unit:.3g}, {high / unit:.3g}]" for low, high in curve.limit.intervals)
    return f"{symbol} in {' or '.join(ranges).replace('-', '−')} {name}"


def plot_expected_limits(
    bands: Mapping[str, Mapping[int, float | None]],
    found: Mapping[str, float | None],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Expected upper limits with their bands of 1 and 2 sigma, and those found, by method.

    They are those of the first of ``leading_parameters``, bands in its unit; a band that is open
    below (the construction excludes every value there) starts at 0.
    """
    ax = axes_for(ax)
    axis = parameter_axis(leading_parameters()[0])
    unit = axis.unit
    for row, (method, band) in enumerate(bands.items()):
        for n_sigma, tint, strength in ((2, TINTS[0], 0.35), (1, TINTS[1], 0.45)):
            low, high = (band[-n_sigma] or 0.0) / unit, (band[n_sigma] or np.nan) / unit
            label = f"expected, {n_sigma} σ" if row == 0 else None
            ax.barh(row, high - low, 0.55, low, color=tint, alpha=strength, lw=0, label=label)
        median, value = band[0], found.get(method)
        if median is not None:
            place = [median / unit] * 2
            label = "median" if row == 0 else None
            ax.plot(place, [row - 0.275, row + 0.275], "--", color=ink(ax), lw=1.4, label=label)
        if value is not None:
            label = "limit" if row == 0 else None
            ax.plot(
                value / unit, row, marker="D", ls="none", color=COLOURS["signal"], ms=8, label=label
            )
    ax.set_yticks(range(len(bands)), labels=list(bands))
    ax.set_ylim(len(bands) - 0.4, -0.5 - 0.35 * max(len(bands), 3))
    ax.set_xlim(left=0)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(f"upper limit on {axis.label}")
    ax.legend(ncols=2, loc="upper center")
    return ax


def plot_contour(found: Contour, *, ax: Axes | None = None) -> Axes:
    """Regions in the plane of two parameters, and the best fit, or all that are as good."""
    ax = axes_for(ax)
    axes = [_axis(*names) for names in zip(found.parameters, found.symbols, strict=True)]
    x, y = found.x / axes[0].unit, found.y / axes[1].unit
    heights = found.rise if found.share is None else found.share
    levels = [region.cl if region.rise is None else region.rise for region in found.regions]
    fills = [TINTS[(len(levels) - 1 - i) % len(TINTS)] for i in range(len(levels))]
    ax.contourf(x, y, heights, levels=[-1.0, *levels], colors=fills, alpha=0.3)
    for i, region in enumerate(found.regions):
        label: str | None = f"{100 * region.cl:.4g} %"
        stroke = ("-", "--", "-.", ":")[i % 4]
        for line in region.lines:
            place = line[0] / axes[0].unit, line[1] / axes[1].unit
            ax.plot(*place, stroke, color=COLOURS["sm"], label=label)
            label = None
    for one in found.minima:
        if one is found.minima[0] or one.rise < EQUAL:
            name = "best fit" if one is found.minima[0] else None
            at = [one.x / axes[0].unit], [one.y / axes[1].unit]
            ax.plot(*at, "D", color=ink(ax), ls="none", label=name, clip_on=False)
    ax.set_xlabel(axes[0].label)
    ax.set_ylabel(axes[1].label)
    ax.legend()
    return ax


def plot_impacts(found: Sequence[Impact], most: int = 15, *, ax: Axes | None = None) -> Axes:
    """Shifts of the parameter by each nuisance, strongest on top, and the nuisances' pulls.

    Shifts are in standard errors of the parameter; a pull, for nuisances with a prior, is drawn
    with the error that the fit leaves.
    """
    ax = axes_for(ax)
    shown = list(found)[:most]
    rows = np.arange(len(shown))
    for sign, colour, hatch in (("up", COLOURS["sm"], ""), ("down", COLOURS["signal"], "//")):
        shifts = [float(getattr(impact, f"shift_{sign}")) for impact in shown]
        label = f"shift, nuisance {sign}"
        ax.barh(rows, shifts, 0.6, color=colour, alpha=0.55, hatch=hatch, lw=0, label=label)
    pulled = [(row, i) for row, i in enumerate(shown) if i.pull is not None]
    if pulled:
        ax.errorbar(
            [i.pull or 0.0 for _, i in pulled],
            [row for row, _ in pulled],
            xerr=[i.width for _, i in pulled],
            fmt="o",
            color=ink(ax),
            ms=5,
            lw=1.2,
            label="pull of the nuisance",
        )
    ax.axvline(0, color=ink(ax), lw=0.8)
    ax.set_yticks(rows, labels=[impact.nuisance for impact in shown])
    ax.set_ylim(max(len(shown), 1) - 0.4, -0.6 - 0.35 * (2 + bool(pulled)))
    reach = max(1.15, 1.1 * max((abs(i.pull or 0) + 1 for _, i in pulled), default=0.0))
    ax.set_xlim(-reach, reach)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("standard errors")
    ax.legend(loc="upper center", fontsize="small", ncols=2)
    return ax


def plot_correlation(found: Covariance, *, ax: Axes | None = None) -> Axes:
    """Correlations of what a fit leaves free, as a map with their numbers."""
    ax = axes_for(ax)
    values, names = np.array(found.correlation), list(found.names)
    image = ax.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1)
    ax.figure.colorbar(image, ax=ax, label="correlation", shrink=0.8)
    ax.set_xticks(range(len(names)), labels=names, rotation=60, ha="right")
    ax.set_yticks(range(len(names)), labels=names)
    ax.grid(visible=False)
    if len(names) <= _MOST_NUMBERS:
        for (i, k), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 else "black"
            ax.text(k, i, f"{value:.2f}", ha="center", va="center", fontsize=9, color=colour)
    return ax
