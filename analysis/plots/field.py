"""Figures of the field: our limits over the published ones, and all limits by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.plots.parameters import parameter_axis, unit_label
from analysis.plots.style import axes_for
from analysis.published.reproduction import ReproducedLimit
from analysis.published.values import PublishedValue, dirac_prediction
from sim.cross_sections.interactions.parameter_table import leading_parameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TREATMENT_COLOURS = {"off-joint": "#0072b2", "off-fixed": "#e69f00"}
_KINDS = {
    "reactor": ("#000000", "o"),
    "solar": ("#cc79a7", "s"),
    "accelerator": ("#009e73", "^"),
    "astrophysical": ("#56b4e9", "*"),
}


def compared_rows(rows: Sequence[ReproducedLimit]) -> list[ReproducedLimit]:
    """Rows with a published limit and one of ours."""
    return [row for row in rows if row.ratio is not None]


def plot_comparison(rows: Sequence[ReproducedLimit], *, ax: Axes | None = None) -> Axes:
    """Our limits in units of the published one: median, 68 and 95 % bands; filled: as the paper.

    A cross is the limit of observed spectra.
    """
    ax = axes_for(ax)
    compared = compared_rows(rows)
    labels = []
    for place, row in enumerate(reversed(compared)):
        unit, colour = row.published_value or 1.0, _TREATMENT_COLOURS[row.treatment]
        for n_sigma, width in ((2, 2.0), (1, 5.0)):
            band = row.band(n_sigma)
            if band is not None:
                ends = [end / unit for end in band]
                ax.plot(ends, [place, place], color=colour, lw=width, alpha=0.5, zorder=1)
        if row.median is not None:
            face = colour if row.papers_treatment else "white"
            ax.plot(row.median / unit, place, "o", color=colour, mfc=face, zorder=2)
        if row.observed is not None and row.ours is not None:
            ax.plot(row.ours / unit, place, "x", color="black", zorder=3)
        symbol = parameter_axis(row.asimov.parameter).symbol
        labels.append(f"{row.experiment}  {symbol}  {row.treatment}")
    ax.axvline(1.0, color="black", lw=1)
    ax.axvspan(1 / 1.5, 1 / 0.65, color="black", alpha=0.07, lw=0)
    ax.set_xscale("log")
    ax.set_yticks(range(len(labels)), labels, fontsize="small")
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.set_xlabel("ours / published (grey: published / ours within 0.65 to 1.5)")
    return ax


def plot_world(
    parameter: str,
    values: Sequence[PublishedValue],
    rows: Sequence[ReproducedLimit],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Published limits on one parameter by year, and our medians with their 68 % bands."""
    ax = axes_for(ax)
    published = [value for value in values if value.parameter == parameter]
    for kind, (colour, marker) in _KINDS.items():
        chosen = [value for value in published if value.kind == kind]
        if not chosen:
            continue
        years, limits = [v.year for v in chosen], [v.value for v in chosen]
        ax.plot(years, limits, marker, color=colour, label=f"published, {kind}")
        for value in chosen:
            ax.annotate(
                value.name,
                (value.year, value.value),
                textcoords="offset points",
                xytext=(4, 4),
                fontsize=6,
            )
        if kind == "astrophysical":
            ax.axhline(min(limits), color=colour, lw=0.8, ls=":")
    years_of = {v.name: v.year for v in published}
    label: str | None = "ours, median and 68 % band"
    for row in rows:
        year = years_of.get(row.experiment)
        if row.asimov.parameter != parameter or year is None or not row.papers_treatment:
            continue
        band, median = row.band(1), row.median
        if median is None:
            continue
        low, high = band or (median, median)
        ax.errorbar(
            year + 0.4,
            median,
            yerr=[[max(median - low, 0.0)], [max(high - median, 0.0)]],
            fmt="D",
            ms=4,
            color="#d55e00",
            label=label,
        )
        label = None
    ax.set_yscale("log")
    ax.set_xlabel("year")
    ax.set_ylabel(f"limit on {parameter_axis(parameter).symbol} [{unit_label(parameter)}]")
    if parameter == leading_parameters()[0]:
        ax.set_title(dirac_prediction() + " (far below)", fontsize="small")
    ax.legend(frameon=False, fontsize="x-small")
    return ax
