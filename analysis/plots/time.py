"""Figures against time: what a detector sees in its periods, and the power of its reactors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.fits.fitted_spectra import BEYOND, FittedSpectra
from analysis.plots.style import CYCLE, axes_for, ink
from sim.cross_sections.parameters import FloatArray
from sim.spectra.spectra import TimeSeries
from sim.spectra.spectrum_info import SpectrumInfo

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Span = tuple[Any, Any]
"""Begin and end of a period: dates, days, or places in a row."""

DAYS_LABEL = "days from the start"
DATE_LABEL = "date"
PERIOD_LABEL = "period"


def plot_rate(
    fitted: FittedSpectra,
    low_kev: float | None = None,
    high_kev: float | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Rate of each detector in its periods with its errors, the fit as a line through them.

    Counted are the bins that lie whole between two energies; dashes are the fit without what the
    fitted parameters add.
    """
    ax = axes_for(ax)
    infos = [info for info in fitted.infos if info.kg_days > 0]
    kind = _axis_label(infos)
    for i, detector in enumerate(dict.fromkeys(info.detector for info in infos)):
        colour = CYCLE[i % len(CYCLE)] if _several(infos) else ink(ax)
        series = [
            _series(fitted, counts, detector, low_kev, high_kev)
            for counts in (fitted.spectra.flat, fitted.expected, _without_beyond(fitted))
        ]
        spans = _spans(series[0].infos, kind)
        measured = series[0]
        ax.errorbar(
            [start + (stop - start) / 2 for start, stop in spans],
            measured.rate_per_kg_day,
            yerr=measured.error_per_kg_day,
            fmt="o",
            ms=3.5,
            lw=1.0,
            color=colour,
            label=detector if _several(infos) else "data",
        )
        for other, stroke in zip(series[1:], ("-", "--"), strict=True):
            _draw_steps(ax, spans, other.rate_per_kg_day, stroke, colour)
    _end_with(ax, _spans(infos, kind))
    ax.set_ylabel("rate [kg$^{-1}$ day$^{-1}$]")
    ax.legend()
    return ax


def plot_power(infos: Sequence[SpectrumInfo], *, ax: Axes | None = None) -> Axes:
    """Flux over that at full power in each period: the power of the reactors that are seen."""
    ax = axes_for(ax)
    by_period = {(info.source, info.period): info for info in infos}
    kind = _axis_label(infos)
    labels = list(dict.fromkeys(info.source for info in infos))
    for i, label in enumerate(labels):
        own = [info for info in by_period.values() if info.source == label]
        colour = CYCLE[i % len(CYCLE)] if label else ink(ax)
        powers = np.array([info.flux_fraction for info in own])
        _draw_steps(ax, _spans(own, kind), powers, "-", colour, label)
    _end_with(ax, _spans(infos, kind))
    ax.set_ylim(0.0, 1.1 * ax.get_ylim()[1])
    ax.set_ylabel("flux over full")
    ax.set_xlabel(kind)
    if labels != [""]:
        ax.legend()
    if kind == PERIOD_LABEL:
        names = [info.period for info in _of_first(infos)]
        ax.set_xticks(range(len(names)), names)
    return ax


def _several(infos: Sequence[SpectrumInfo]) -> bool:
    return len({info.detector for info in infos}) > 1


def _of_first(infos: Sequence[SpectrumInfo]) -> list[SpectrumInfo]:
    """The periods of the first detector."""
    return [info for info in infos if info.detector == infos[0].detector]


def _without_beyond(fitted: FittedSpectra) -> FloatArray:
    return fitted.expected - fitted.components.get(BEYOND, np.zeros_like(fitted.expected))


def _series(
    fitted: FittedSpectra,
    counts: FloatArray,
    detector: str,
    low_kev: float | None,
    high_kev: float | None,
) -> TimeSeries:
    spectra = replace(fitted.spectra, flat=counts)
    series = spectra.time_series(detector, low_kev, high_kev)
    seen = [i for i, info in enumerate(series.infos) if info.kg_days > 0]
    return TimeSeries(
        tuple(series.infos[i] for i in seen),
        series.rate_per_kg_day[seen],
        series.error_per_kg_day[seen],
    )


def _axis_label(infos: Sequence[SpectrumInfo]) -> str:
    """What time is told in: dates, days, or the order of the periods."""
    if all(info.start is not None and info.stop is not None for info in infos):
        return DATE_LABEL
    if all(info.days_from is not None and info.days for info in infos):
        return DAYS_LABEL
    return PERIOD_LABEL


def _spans(infos: Sequence[SpectrumInfo], kind: str) -> list[Span]:
    """Where each period begins and ends on an axis of time."""
    if kind == DATE_LABEL:
        return [(info.start, info.stop) for info in infos]
    if kind == DAYS_LABEL:
        days = [(info.days_from or 0.0, info.days or 0.0) for info in infos]
        return [(first, first + length) for first, length in days]
    return [(i - 0.5, i + 0.5) for i in range(len(infos))]


def _end_with(ax: Axes, spans: Sequence[Span]) -> None:
    """Let the axis of time end where the periods do."""
    ax.set_xlim(min(start for start, _ in spans), max(stop for _, stop in spans))


def _draw_steps(
    ax: Axes,
    spans: Sequence[Span],
    values: FloatArray,
    stroke: str,
    colour: Any,
    label: str = "",
) -> None:
    """A level stretch for each period; periods that follow each other are joined."""
    times: list[Any] = []
    levels: list[float] = []
    for (start, stop), value in sorted(zip(spans, values.tolist(), strict=True)):
        if times and start != times[-1]:
            times.append(times[-1])
            levels.append(np.nan)
        times += [start, stop]
        levels += [value] * 2
    ax.plot(times, levels, linestyle=stroke, color=colour, lw=1.2, label=label or None)
