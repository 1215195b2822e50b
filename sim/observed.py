"""The door of observed data: the spectra named in the [data] section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.config.data import DataConfig
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.layout.bins import Bins
from sim.layout.calendar import days_between
from sim.layout.layout import Layout
from sim.layout.layout import Spectrum as LayoutSpectrum
from sim.spectra.spectra import Spectra
from sim.spectra.spectrum_info import SpectrumInfo
from sim.spectra.spectrum_table import Spectrum, read_spectrum, spectrum_of_columns
from sim.syntax.records import Record, read_records
from sim.syntax.spelling import nearest

_COLUMNS = ("detector", "period", "low_kev", "high_kev", "counts")
Place = tuple[str, str]


def observed_bins(experiment: Experiment) -> dict[str, Bins]:
    """Bins of each detector with a binned data set, which stand before the configured ones.

    Raises
    ------
    ValueError
        if a table is not a spectrum, or the spectra of a detector differ in their bins.
    """
    found: dict[str, Bins] = {}
    for (detector, period), spectrum in _tables(experiment).items():
        if detector not in found:
            found[detector] = Bins.of_edges(spectrum.edges_kev)
        first = found[detector].edges_kev
        same = first.shape == spectrum.edges_kev.shape
        if not same or not np.allclose(first, spectrum.edges_kev, rtol=1e-9, atol=0):
            name = source_of(experiment, detector, period)
            other = source_of(experiment, detector, _first_period(experiment, detector))
            raise ValueError(f"{name}: its bins differ from those of {other}")
    configured = {s.detector.name: s.bins for s in experiment.layout.spectra}
    return {name: _with_gaps(bins, configured.get(name)) for name, bins in found.items()}


def observed_spectra(
    experiment: Experiment, infos: Sequence[SpectrumInfo] | None = None
) -> Spectra | None:
    """Observed spectra in the analysis window, or None without a [data] section.

    Raises
    ------
    ValueError
        if a table is not a spectrum, the spectra of a detector differ in binning, or one is
        missing or not that of a detector and period in which it runs.
    """
    data, layout = experiment.config.data, experiment.layout
    if data is None:
        return None
    bins = observed_bins(experiment)
    if infos is None:
        infos = [_info(s, bins.get(s.detector.name, s.bins)) for s in layout.spectra]
    if data.events is not None:
        return Spectra(tuple(infos), _binned_events(experiment, data.events, infos), "observed")
    if data.counts is not None:
        return Spectra(tuple(infos), _stated_counts(data, layout), "observed")
    tables = _tables(experiment)
    parts, errors = [], []
    for info in infos:
        spectrum = tables.get((info.detector, info.period))
        if spectrum is None:  # an OFF period without live time
            parts.append(np.zeros(info.n_bins))
            errors.append(np.zeros(info.n_bins))
            continue
        gap = bins[info.detector].gap
        parts.append(np.where(gap, 0.0, spectrum.counts))
        errors.append(np.zeros(0) if spectrum.errors is None else spectrum.errors)
    gaussian = {spectrum.errors is not None for spectrum in tables.values()}
    if len(gaussian) > 1:
        names = "data.on and data.off" if data.on is not None else "data.file"
        every = "both" if data.on is not None else "all"
        raise ValueError(f"{names}: {every} with a column 'error', or none")
    flat_errors = np.concatenate(errors) if gaussian == {True} else None
    return Spectra(tuple(infos), np.concatenate(parts), "observed", flat_errors=flat_errors)


def whole_tables(experiment: Experiment) -> dict[Place, Spectrum]:
    """Observed spectra of tables, all of their bins, by detector and period.

    Raises
    ------
    ValueError
        if a table is not a spectrum, or not that of a detector and period.
    """
    data, layout = experiment.config.data, experiment.layout
    if data is None:
        return {}
    if data.on is not None:
        return _on_and_off(experiment, data)
    if data.file is None:
        return {}
    places = [spectrum.place for spectrum in layout.spectra]
    if data.is_pattern:
        texts = {place: data.name_of(*place) for place in places}
        return {p: read_spectrum(experiment.files[name], name) for p, name in texts.items()}
    return _long_table(experiment.files[data.file], data.file, places)


def _tables(experiment: Experiment) -> dict[Place, Spectrum]:
    """Observed spectra of tables, cut to the window, by detector and period."""
    layout = experiment.layout
    windows = {s.detector.name: s.bins.window_kev for s in layout.spectra if s.bins is not None}
    return {
        place: spectrum.cut(windows[place[0]], source_of(experiment, *place))
        for place, spectrum in whole_tables(experiment).items()
    }


def _on_and_off(experiment: Experiment, data: DataConfig) -> dict[Place, Spectrum]:
    layout, exposure = experiment.layout, experiment.config.exposure
    if not layout.is_plain:
        raise ValueError("data.on goes with on_days and off_days and one detector: give data.file")
    on, off = layout.spectra
    if on.bins is None or data.on is None:
        raise ValueError("data.on is a spectrum: a counting experiment has data.counts")
    found = {on.place: read_spectrum(experiment.files[data.on], data.on)}
    if data.off is None:
        if exposure.off_days:
            raise ValueError("data.off is missing although exposure.off_days > 0")
        return found
    found[off.place] = read_spectrum(experiment.files[data.off], data.off)
    if not exposure.off_days:
        raise ValueError("data.off is given although exposure.off_days = 0")
    return found


def _long_table(text: str, source: str, places: Sequence[Place]) -> dict[Place, Spectrum]:
    """Spectra of one table, each with its rows together or apart, in order of energy."""
    records = read_records(text, source, _COLUMNS)
    rows: dict[Place, list[Record]] = {place: [] for place in places}
    names = ["/".join(place) for place in places]
    for record in records:
        place = (record["detector"], record["period"])
        if place not in rows:
            name = "/".join(place)
            raise ValueError(f"{record.place}: {name} is no spectrum{nearest(name, names)}")
        rows[place].append(record)
    missing = next((place for place in places if not rows[place]), None)
    if missing is not None:
        raise ValueError(f"{source}: no row of {'/'.join(missing)}")
    return {place: _of_records(own, source, place) for place, own in rows.items()}


def _of_records(records: Sequence[Record], source: str, place: Place) -> Spectrum:
    low, high, counts = (
        np.array([record.number(column) for record in records]) for column in _COLUMNS[2:]
    )
    errors: FloatArray | None = None
    if "error" in records[0].cells:
        errors = np.array([record.number("error") for record in records])
    return spectrum_of_columns(low, high, counts, errors, f"{source}, {'/'.join(place)}")


def _with_gaps(bins: Bins, configured: Bins | None) -> Bins:
    """Observed bins, of which those that lie in a gap of the configuration are gaps."""
    if configured is None or not np.any(configured.gap):
        return bins
    edges = configured.edges_kev
    middles = (bins.edges_kev[1:] + bins.edges_kev[:-1]) / 2
    place = np.clip(np.searchsorted(edges, middles) - 1, 0, configured.gap.size - 1)
    return Bins(bins.edges_kev, configured.gap[place])


def _binned_events(experiment: Experiment, name: str, infos: Sequence[SpectrumInfo]) -> FloatArray:
    """Counts of a list of events; those outside of windows and periods do not count."""
    layout = experiment.layout
    records = read_records(experiment.files[name], name, ("detector", "time", "energy_kev"))
    detectors = [detector.name for detector in layout.detectors]
    for spectrum in layout.spectra:
        if spectrum.period.span is None:
            raise ValueError(f"data.events needs start and stop of {spectrum.period.name!r}")
        if spectrum.bins is None:
            raise ValueError("data.events goes with spectra: a counting experiment has data.counts")
    dated = [s.period for s in layout.spectra if s.period.start is not None]
    days: dict[str, list[float]] = {detector: [] for detector in detectors}
    energies: dict[str, list[float]] = {detector: [] for detector in detectors}
    for record in records:
        detector = record["detector"]
        if detector not in days:
            hint = nearest(detector, detectors)
            raise ValueError(f"{record.place}: {detector!r} is no detector{hint}")
        if dated and not _is_number(record["time"]):
            first = dated[0]
            from_first = days_between(first.start, record.time("time")) if first.start else 0.0
            day = from_first + (first.span.start_day if first.span else 0.0)
        else:
            day = record.number("time")
        days[detector].append(day)
        energies[detector].append(record.number("energy_kev"))
    parts = []
    for info, spectrum in zip(infos, layout.spectra, strict=True):
        span, bins = spectrum.period.span, spectrum.bins
        own_days = np.array(days[info.detector])
        own = np.array(energies[info.detector])
        if span is not None:
            own = own[(own_days >= span.start_day) & (own_days < span.stop_day)]
        counts = np.histogram(own, info.edges_kev)[0].astype(np.float64)
        # the last bin of histogram holds its upper edge
        counts[-1] -= np.sum(own == info.edges_kev[-1])
        if bins is not None and bins.gap.size == counts.size:
            counts[bins.gap] = 0.0
        parts.append(counts)
    return np.concatenate(parts)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _stated_counts(data: DataConfig, layout: Layout) -> FloatArray:
    """Counts of a counting experiment, by period or by detector and period."""
    if any(spectrum.bins is not None for spectrum in layout.spectra):
        raise ValueError("data.counts goes with analysis.mode = 'counting'")
    stated: Mapping[str, float | dict[str, float]] = data.counts or {}
    detectors = [detector.name for detector in layout.detectors]
    values: dict[Place, float] = {}
    for name, value in stated.items():
        if isinstance(value, dict):
            values |= {(name, period): number for period, number in value.items()}
        elif len(detectors) == 1:
            values[detectors[0], name] = value
        else:
            raise ValueError("data.counts: a table by detector and period expected")
    places = [spectrum.place for spectrum in layout.spectra]
    for place in values:
        if place not in places:
            name = "/".join(place)
            hint = nearest(name, ["/".join(known) for known in places])
            raise ValueError(f"data.counts: {name} is no spectrum{hint}")
    missing = next((place for place in places if place not in values), None)
    if missing is not None:
        raise ValueError(f"data.counts: {'/'.join(missing)} is missing")
    return np.array([values[place] for place in places])


def source_of(experiment: Experiment, detector: str, period: str) -> str:
    """The file that holds a spectrum, for messages."""
    data = experiment.config.data
    if data is None:
        return "data"
    if data.on is not None:
        return (
            (data.off or data.on)
            if period == experiment.layout.spectra[-1].period.name
            else data.on
        )
    name = data.name_of(detector, period)
    return name if data.is_pattern else f"{name}, {detector}/{period}"


def _first_period(experiment: Experiment, detector: str) -> str:
    return next(s.period.name for s in experiment.layout.spectra if s.detector.name == detector)


def _info(spectrum: LayoutSpectrum, bins: Bins | None) -> SpectrumInfo:
    """A spectrum of which the flux is not known here."""
    period = spectrum.period
    return SpectrumInfo(
        detector=spectrum.detector.name,
        period=period.name,
        edges_kev=np.array([0.0, 1.0]) if bins is None else bins.edges_kev,
        kg_days=spectrum.kg_days,
        live_days=spectrum.live_days,
        mass_kg=spectrum.detector.mass_kg,
        flux_cm2_s=0.0,
        flux_fraction=period.power_share[""] + period.residual_flux,
        powered=not period.is_off,
        start=period.start,
        stop=period.stop,
    )
