"""Flux basis: the few fluxes that are folded, of which the flux of every period is a sum.

Periods whose flux has one shape share a member.  Where burn-up gives more shapes than there are
isotopes, the members are the spectra of the isotopes (at each baseline, if they oscillate), of
neutron capture and of spent fuel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fluxes.moments import FluxMoments
from fluxes.reactor.core import Core
from fluxes.reactor.flux import ReactorFlux, normalised_fractions, spectrum_per_fission
from fluxes.spectra.model import FISSILE_ISOTOPES
from fluxes.spectra.neutron_capture import neutron_capture_spectrum
from fluxes.spectrum import PiecewiseSpectrum, weighted_sum
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.folding.reactor_flux import Source, flux_deviations, seen_at
from sim.layout.periods import Period, full_cores

Key = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class FluxBasis:
    """moments of K members, and how much of each is in the flux of every period, (P, K).

    deviations holds the moments of the one-sigma shifts per fission, at each of B baselines, none
    unless they are asked for; fissions_cm2_s (P, B) multiplies them.  full is the flux at full
    power; totals_cm2_s (P,) are the fluxes of the periods.
    """

    moments: tuple[FluxMoments, ...]
    weights: FloatArray
    deviations: tuple[tuple[FluxMoments, ...], ...]
    fissions_cm2_s: FloatArray
    full: ReactorFlux
    totals_cm2_s: FloatArray

    def scaled(self, factor: float, full: ReactorFlux) -> FluxBasis:
        """The basis of the same reactor with a flux that is larger by a factor."""
        return FluxBasis(
            self.moments,
            factor * self.weights,
            self.deviations,
            factor * self.fissions_cm2_s,
            full,
            factor * self.totals_cm2_s,
        )


def flux_basis(experiment: Experiment, *, linear: bool = True) -> FluxBasis:
    """The basis of an experiment's periods.

    linear is False where rates are not linear in the flux: then every shape is folded.

    Raises
    ------
    ValueError
        for a spectrum that cannot be had as configured.
    """
    source = Source.of(experiment)
    layout = experiment.layout
    periods = layout.periods
    seen = {s.period.name for s in layout.spectra if s.kg_days > 0}
    full = source.with_spent_fuel(source.of_cores(full_cores(source.config).values()))
    own = [source.with_spent_fuel(source.of_cores(_cores(p))) for p in periods]
    whole = [source.with_spent_fuel(source.of_cores(p.full.values())) for p in periods]
    totals = np.array(
        [
            flux.total_cm2_s + period.residual_flux * at_full.total_cm2_s
            for flux, at_full, period in zip(own, whole, periods, strict=True)
        ]
    )
    shapes = _Shapes(source, full)
    for period, flux, at_full in zip(periods, own, whole, strict=True):
        shapes.add(_cores(period), flux, float(period.name in seen))
        shapes.add(period.full.values(), at_full, period.residual_flux * (period.name in seen))
    members, weights = shapes.members_and_weights()
    if linear and len(members) > _n_isotopes(source, periods):
        members, weights = _isotopes(source, periods)
    baselines = _baselines(source, periods)
    deviations: tuple[tuple[FluxMoments, ...], ...] = ()
    if experiment.config.systematics.flux_shape:
        deviations = tuple(
            tuple(FluxMoments.of(seen_at(shift, baseline)) for baseline in baselines)
            for shift in flux_deviations(experiment)
        )
    return FluxBasis(
        moments=tuple(FluxMoments.of(spectrum) for spectrum in members),
        weights=weights,
        deviations=deviations,
        fissions_cm2_s=_fissions(source, periods, baselines),
        full=full,
        totals_cm2_s=totals,
    )


class _Shapes:
    """Members by their shape: the flux at full power first, if it is there at all."""

    def __init__(self, source: Source, full: ReactorFlux) -> None:
        self._source = source
        key = self._key(full_cores(source.config).values(), full)
        self._found: dict[Key, ReactorFlux] = {key: full}
        self._parts: list[tuple[Key, float]] = []

    def add(self, cores: Iterable[Core], flux: ReactorFlux, factor: float) -> None:
        """factor times a flux of cores, two of which make a period."""
        key: Key = ()
        if flux.total_cm2_s > 0 and factor > 0:
            key = self._key(cores, flux)
            factor *= flux.total_cm2_s / self._found.setdefault(key, flux).total_cm2_s
        self._parts.append((key, factor))

    def members_and_weights(self) -> tuple[list[PiecewiseSpectrum], FloatArray]:
        used = {key for key, _ in self._parts if key}
        order = [key for key in self._found if key in used] or list(self._found)
        weights = np.zeros((len(self._parts) // 2, len(order)))
        for i, (key, factor) in enumerate(self._parts):
            if key:
                weights[i // 2, order.index(key)] += factor
        return [self._found[key].spectrum() for key in order], weights

    def _key(self, cores: Iterable[Core], flux: ReactorFlux) -> Key:
        """What the shape of a flux depends on: shares of fission fractions and baselines."""
        source, shares = self._source, dict[str, float]()
        for core in cores:
            fractions = (
                "" if source.model.total else repr(normalised_fractions(core.fission_fractions))
            )
            baseline = core.baseline_m if source.config.oscillation else 0.0
            name = f"{fractions} {baseline!r}"
            shares[name] = shares.get(name, 0.0) + source.fissions_cm2_s(core)
        total = sum(shares.values())
        spent = source.spent_fuel()
        if spent is not None and flux.total_cm2_s > 0:
            shares["spent fuel"] = spent.total_cm2_s / flux.total_cm2_s * (total or 1.0)
        return tuple(
            sorted((name, round(s / (total or 1.0), 12)) for name, s in shares.items() if s > 0)
        )


def _cores(period: Period) -> list[Core]:
    return [core for _, core in period.cores]


def _baselines(source: Source, periods: Sequence[Period]) -> list[float | None]:
    """Baselines at which spectra differ: one, None, without oscillation."""
    if not source.config.oscillation:
        return [None]
    found = {core.baseline_m for core in full_cores(source.config).values()}
    return [*sorted(found)]


def _fissions(
    source: Source, periods: Sequence[Period], baselines: Sequence[float | None]
) -> FloatArray:
    """Fissions cm^-2 s^-1 of each period from the cores at each baseline."""
    out = np.zeros((len(periods), len(baselines)))
    for i, period in enumerate(periods):
        for factor, cores in ((1.0, _cores(period)), (period.residual_flux, period.full.values())):
            for core in cores:
                b = 0 if baselines == [None] else baselines.index(core.baseline_m)
                out[i, b] += factor * source.fissions_cm2_s(core)
    return out


def _n_isotopes(source: Source, periods: Sequence[Period]) -> int:
    kinds = 1 if source.model.total else len(FISSILE_ISOTOPES) + (source.captures > 0)
    spent = source.config.spent_fuel is not None
    return kinds * len(_baselines(source, periods)) + spent


def _isotopes(
    source: Source, periods: Sequence[Period]
) -> tuple[list[PiecewiseSpectrum], FloatArray]:
    """Members that are isotopes, all with the edges of their sum, so that they share a grid."""
    baselines = _baselines(source, periods)
    members: list[PiecewiseSpectrum] = []
    columns: list[FloatArray] = []
    kinds = [("", 1.0)] if source.model.total else [(name, 1.0) for name in FISSILE_ISOTOPES]
    if source.captures > 0:
        kinds.append(("capture", source.captures))
    for name, factor in kinds:
        for baseline in baselines:
            members.append(seen_at(_of_isotope(source, name), baseline))
            columns.append(factor * _isotope_fissions(source, periods, name, baseline))
    spent = source.spent_fuel()
    if spent is not None:
        members.append(spent.spectrum())
        columns.append(np.array([1.0 + period.residual_flux for period in periods]))
    padded = [
        weighted_sum([float(i == j) for j in range(len(members))], members)
        for i in range(len(members))
    ]
    return padded, np.array(columns).T


def _of_isotope(source: Source, name: str) -> PiecewiseSpectrum:
    if name == "capture":
        return neutron_capture_spectrum()
    only = {isotope: float(isotope == name or not name) for isotope in FISSILE_ISOTOPES}
    return spectrum_per_fission(
        source.model, only, 0.0, off_equilibrium=source.config.off_equilibrium
    )


def _isotope_fissions(
    source: Source, periods: Sequence[Period], name: str, baseline: float | None
) -> FloatArray:
    """Fissions cm^-2 s^-1 of an isotope, or of all, in each period."""

    def fissions(core: Core) -> float:
        if baseline is not None and core.baseline_m != baseline:
            return 0.0
        share = normalised_fractions(core.fission_fractions).get(name, 1.0)
        return share * source.fissions_cm2_s(core)

    return np.array(
        [
            sum(map(fissions, _cores(p))) + p.residual_flux * sum(map(fissions, p.full.values()))
            for p in periods
        ]
    )
