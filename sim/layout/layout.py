"""Layout: the spectra of an experiment, one for each detector and period in which it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import pairwise

from pydantic import ValidationError

from sim.config.detector import WholeDetector
from sim.config.file import ExperimentConfig
from sim.layout.bins import Bins
from sim.layout.detectors import detector_in_period, regions_of, whole_detectors
from sim.layout.periods import Period, check_names, periods_of
from sim.layout.problem import LayoutError
from sim.syntax.spelling import nearest


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """One detector in one period: as it is then, and its exposure; bins None if it counts only.

    live_days is None where only mass times live time is stated.
    """

    detector: WholeDetector
    period: Period
    bins: Bins | None
    live_days: float | None
    kg_days: float

    @property
    def place(self) -> tuple[str, str]:
        """Names of detector and period."""
        return self.detector.name, self.period.name


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Detectors, periods, and spectra in their order: detector first, then period.

    is_plain is True for a file without units and periods: its nuisances have no brackets.
    """

    detectors: tuple[WholeDetector, ...]
    periods: tuple[Period, ...]
    spectra: tuple[Spectrum, ...]
    is_plain: bool

    @classmethod
    def of(cls, config: ExperimentConfig, files: Mapping[str, str]) -> Layout:
        """Of a configuration and the tables that it names.

        Raises
        ------
        LayoutError, pydantic.ValidationError
            for sections that do not go together.
        """
        detectors = whole_detectors(config.detector)
        periods = _with_off(config, periods_of(config.exposure, config.reactor, files))
        _check_unique([*(d.name for d in detectors), *(p.name for p in periods)])
        _check_tables(config, [d.name for d in detectors])
        spectra = tuple(_spectra(config, detectors, periods))
        _check_used(config, detectors, periods, spectra)
        _check_overlaps(spectra)
        plain = not config.detector.unit and not config.exposure.period
        return cls(detectors, periods, spectra, plain)

    def matching(self, detectors: Sequence[str] | None, periods: Sequence[str] | None) -> list[int]:
        """Indices of the spectra whose names match patterns; None matches all.

        Raises
        ------
        ValueError
            for a pattern that matches nothing.
        """
        if detectors is None and periods is None:
            return list(range(len(self.spectra)))
        chosen = (
            matching_names(detectors, [d.name for d in self.detectors], "detector"),
            matching_names(periods, [p.name for p in self.periods], "period"),
        )
        return [
            i
            for i, spectrum in enumerate(self.spectra)
            if all(name in names for name, names in zip(spectrum.place, chosen, strict=True))
        ]


def matching_names(
    patterns: Sequence[str] | None, names: Sequence[str], what: str
) -> tuple[str, ...]:
    """Names that match one of the patterns; ValueError for a pattern that matches none."""
    for pattern in patterns or ():
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(f"{pattern!r} is no {what}{nearest(pattern, names)}")
    if patterns is None:
        return tuple(names)
    return tuple(n for n in names if any(fnmatchcase(n, pattern) for pattern in patterns))


def _with_off(config: ExperimentConfig, periods: tuple[Period, ...]) -> tuple[Period, ...]:
    """Periods with those of [analysis] as OFF, if it states them."""
    stated = config.analysis.off_periods
    if stated is None:
        return periods
    try:
        names = matching_names(stated, [period.name for period in periods], "period")
    except ValueError as error:
        raise LayoutError(("analysis", "off_periods"), str(error)) from None
    return tuple(replace(period, is_off=period.name in names) for period in periods)


def _spectra(
    config: ExperimentConfig, detectors: Sequence[WholeDetector], periods: Sequence[Period]
) -> list[Spectrum]:
    units = {unit.name: unit for unit in config.detector.unit}
    found = []
    for detector in detectors:
        bins = _bins(config, regions_of(units.get(detector.name), config.analysis))
        same: dict[str, WholeDetector] = {}
        for period in periods:
            exposure = _exposure(detector, period, config.exposure.scale)
            if exposure is None:
                continue
            name = period.name if period.section is None else period.section.name
            if name not in same:
                same[name] = _in_period(config, detector, period)
                _check_response(config, same[name], bins)
            found.append(Spectrum(same[name], period, bins, *exposure))
    return found


def _bins(
    config: ExperimentConfig, regions: tuple[tuple[float, float, float], ...] | None
) -> Bins | None:
    if config.analysis.mode == "counting":
        return None
    if regions is None:
        name = "bin_width_kev" if config.analysis.window_kev else "window_kev"
        raise LayoutError(("analysis", name), "this key is required")
    return Bins.of_regions(regions)


def _in_period(config: ExperimentConfig, detector: WholeDetector, period: Period) -> WholeDetector:
    if period.section is None:
        return detector
    path = ("exposure", "period", str(config.exposure.period.index(period.section)))
    try:
        own = period.section.unit.get(detector.name, {})
        return detector_in_period(detector, period.section.detector, own)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in details["loc"])
        if details["type"] == "extra_forbidden":
            key = str(details["loc"][-1])
            message = f"unknown key{nearest(key, list(WholeDetector.model_fields))}"
        else:
            message = details["msg"].removeprefix("Value error, ")
        raise LayoutError((*path, "detector", *where.split(".")), message) from None


def _exposure(
    detector: WholeDetector, period: Period, scale: float
) -> tuple[float | None, float] | None:
    """Live days and kg days of a detector in a period, None if it does not run."""
    section, days = period.section, 0.0 if period.span is None else period.span.days
    if section is None:
        return days * scale, _mass_kg(detector) * (days * scale)

    def stated(table: float | dict[str, float]) -> float | None:
        return table.get(detector.name) if isinstance(table, dict) else table

    if section.exposure_kg_day is not None:
        own = stated(section.exposure_kg_day)
        return None if own is None else (None, own * period.part * scale)
    live: float | None = days
    if section.live_days is not None:
        live = stated(section.live_days)
        live = None if live is None else live * period.part
    elif section.live_fraction is not None:
        live = stated(section.live_fraction)
        live = None if live is None else live * days
    if not live:
        return None
    return live * scale, _mass_kg(detector) * (live * scale)


def _mass_kg(detector: WholeDetector) -> float:
    if detector.mass_kg is None:
        raise LayoutError(("detector", "mass_kg"), "this key is required")
    return detector.mass_kg


def _check_unique(names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise LayoutError(
            ("detector", "unit"), f"the name {twice!r} of a detector or period stands twice"
        )


def _check_tables(config: ExperimentConfig, detectors: list[str]) -> None:
    for i, section in enumerate(config.exposure.period):
        path = ("exposure", "period", str(i))
        for key in ("live_days", "live_fraction", "exposure_kg_day", "unit"):
            table = getattr(section, key)
            if isinstance(table, dict):
                check_names(table, detectors, (*path, key), "detector")
        if isinstance(section.fission_fractions, dict):
            cores = list(config.reactor.core_names)
            check_names(section.fission_fractions, cores, (*path, "fission_fractions"), "core")


def _check_used(
    config: ExperimentConfig,
    detectors: Sequence[WholeDetector],
    periods: Sequence[Period],
    spectra: Sequence[Spectrum],
) -> None:
    used = {name for spectrum in spectra for name in spectrum.place}
    for i, detector in enumerate(detectors):
        if detector.name not in used:
            raise LayoutError(("detector", "unit", i), f"{detector.name!r} runs in no period")
    names = [section.name for section in config.exposure.period]
    for period in periods:
        if period.name not in used and period.section is not None:
            raise LayoutError(
                ("exposure", "period", names.index(period.section.name)),
                f"no detector runs in {period.name!r}",
            )


def _check_overlaps(spectra: Sequence[Spectrum]) -> None:
    spans: dict[str, list[tuple[float, float, str]]] = {}
    for spectrum in spectra:
        span = spectrum.period.span
        if span is not None and spectrum.period.section is not None:
            own = spans.setdefault(spectrum.detector.name, [])
            own.append((span.start_day, span.stop_day, spectrum.period.name))
    for detector, own in spans.items():
        for before, after in pairwise(sorted(own)):
            if after[0] < before[1] - 1e-6:
                raise LayoutError(
                    ("exposure", "period"),
                    f"{before[2]!r} and {after[2]!r} overlap: {detector!r} runs in both",
                )


def _check_response(config: ExperimentConfig, detector: WholeDetector, bins: Bins | None) -> None:
    """The detector's energies and its way to measure them must fit the bins."""
    whole = "detector" if not config.detector.unit else f"detector.unit.{detector.name}"
    none = not detector.resolution.measures_energy
    if none != (bins is None):
        raise LayoutError(
            ("detector", "resolution"),
            "model = 'none' goes with analysis.mode = 'counting', and only with it",
        )
    if bins is None:
        return
    high = bins.window_kev[1]
    for key in ("threshold_kev", "min_ionization_kev"):
        value = getattr(detector, key)
        if value >= high:
            raise LayoutError(
                (),
                f"{whole}.{key} = {value:g} lies above analysis.window_kev, which ends at {high:g}",
            )
