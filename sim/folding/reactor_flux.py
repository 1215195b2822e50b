"""The flux of an experiment's reactor: at full power, in each period, and its uncertainty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from math import pi

import numpy as np

from fluxes.reactor.core import Core
from fluxes.reactor.cores import flux_of_cores, mean_fission_fractions
from fluxes.reactor.flux import ReactorFlux, fission_rate_per_s
from fluxes.reactor.oscillation import mixing_parameters, oscillated, three_flavour
from fluxes.reactor.spent_fuel import decays_per_fission, spent_fuel_spectrum, with_spent_fuel
from fluxes.spectra.fission import spectrum_model
from fluxes.spectra.model import SpectrumModel
from fluxes.spectrum import PiecewiseSpectrum
from fluxes.uncertainty.covariance import flux_uncertainty
from fluxes.uncertainty.deviations import bin_contents
from sim.config.reactor import DEFAULT_NEUTRON_CAPTURES, ReactorConfig, SpentFuelConfig
from sim.experiment import Experiment
from sim.instruments.flux_table import table_spectrum
from sim.layout.periods import Period, full_cores

_OMITTED_VARIANCE = 1e-3
"""Share of the variance of any flux moment that the components of the flux shape may lack."""
_HASHED_MEV = (0.0, 12.0, 0.25)
"""Bins in which the source of components is told: first, last, width."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The reactor of an experiment: how its cores emit, and the scale of a flux that is stated."""

    config: ReactorConfig
    model: SpectrumModel
    captures: float
    scale: float

    @classmethod
    def of(cls, experiment: Experiment) -> Source:
        """Of an experiment.

        Raises
        ------
        ValueError
            for a spectrum that cannot be had as configured.
        """
        config, model = experiment.config.reactor, _model(experiment)
        source = cls(config, model, _captures(config, model), 1.0)
        if config.active_normalisation == "power":
            return source
        by_power = source.of_cores(full_cores(config).values()).total_cm2_s
        if by_power == 0:
            raise ValueError("reactor.flux_cm2_s is stated, but every core has no power in ON")
        return cls(config, model, source.captures, (config.flux_cm2_s or 0.0) / by_power)

    def of_cores(self, cores: Iterable[Core]) -> ReactorFlux:
        """Flux of cores at their powers, without spent fuel."""
        config = self.config
        found = flux_of_cores(
            list(cores),
            self.model,
            self.captures,
            evaluation=config.energies_per_fission,
            off_equilibrium=config.off_equilibrium,
            oscillation=three_flavour(mixing_parameters()) if config.oscillation else None,
        )
        return found if self.scale == 1.0 else self._stated(found)

    def _stated(self, found: ReactorFlux) -> ReactorFlux:
        total = self.scale * found.total_cm2_s
        stated = self.config.flux_cm2_s or 0.0
        if abs(total - stated) <= 1e-15 * stated:  # in full power exactly what is stated
            total = stated
        return ReactorFlux(found.per_fission, total)

    def spent_fuel(self) -> ReactorFlux | None:
        """Flux of the spent fuel, which is always there."""
        section = self.config.spent_fuel
        if section is None:
            return None
        reactor = self.of_cores(full_cores(self.config).values())
        decays = _decays(self.config, section)
        return ReactorFlux(spent_fuel_spectrum(decays), section.fraction * reactor.total_cm2_s)

    def with_spent_fuel(self, reactor: ReactorFlux) -> ReactorFlux:
        """The flux of cores, and the spent fuel beside them."""
        section, spent = self.config.spent_fuel, self.spent_fuel()
        if section is None or spent is None:
            return reactor
        if reactor.total_cm2_s == 0:
            return spent
        share = spent.total_cm2_s / reactor.total_cm2_s
        both = with_spent_fuel(reactor.per_fission, share, _decays(self.config, section))
        return ReactorFlux(both, (1 + share) * reactor.total_cm2_s)

    def fissions_cm2_s(self, core: Core) -> float:
        """Fissions per second over 4 pi L^2 of a core."""
        rate = fission_rate_per_s(
            core.thermal_power_gw, core.fission_fractions, self.config.energies_per_fission
        )
        return self.scale * rate / (4 * pi * (100 * core.baseline_m) ** 2)


def reactor_flux(experiment: Experiment) -> ReactorFlux:
    """Flux of all cores at full power, or as stated, without spent fuel."""
    source = Source.of(experiment)
    return source.of_cores(full_cores(source.config).values())


def full_flux(experiment: Experiment) -> ReactorFlux:
    """Flux at full power, or as stated, with the spent fuel."""
    return Source.of(experiment).with_spent_fuel(reactor_flux(experiment))


def period_flux(experiment: Experiment, period: Period) -> ReactorFlux | None:
    """Flux of a period, its residual flux included; None if there is none."""
    source = Source.of(experiment)
    parts = [source.with_spent_fuel(source.of_cores([core for _, core in period.cores]))]
    if period.residual_flux > 0:
        full = source.with_spent_fuel(source.of_cores(period.full.values()))
        parts.append(ReactorFlux(full.per_fission, period.residual_flux * full.total_cm2_s))
    parts = [part for part in parts if part.total_cm2_s > 0]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else ReactorFlux.sum_of(parts)


def neutron_captures_per_fission(experiment: Experiment) -> float:
    """Captures on U-238 whose decays are added to the spectrum of an experiment."""
    return _captures(experiment.config.reactor, _model(experiment))


def flux_cross_check_cm2_s(experiment: Experiment) -> float | None:
    """The total flux that is not active: from power and baseline, or as stated or published."""
    reactor = experiment.config.reactor
    if reactor.active_normalisation != "flux":
        return reactor.flux_cm2_s or experiment.config.published.flux_cm2_s
    if not reactor.has_power:
        return None
    by_power = Source(reactor, _model(experiment), neutron_captures_per_fission(experiment), 1.0)
    return by_power.of_cores(full_cores(reactor).values()).total_cm2_s


def flux_deviations(experiment: Experiment) -> list[PiecewiseSpectrum]:
    """Uncorrelated one-sigma shifts of the spectrum per fission: components of its covariance.

    It shifts in the same way in every core and period; the fission fractions are those of the mean
    of the cores at full power.  Spent fuel is taken as exact.

    Raises
    ------
    ValueError
        for a user's table, whose uncertainty is not known.
    """
    config = experiment.config.reactor
    if config.spectrum == "table":
        raise ValueError("systematics.flux_shape: the uncertainty of a spectrum table is not known")
    known = flux_uncertainty(
        config.spectrum,
        mean_fission_fractions(list(full_cores(config).values()), config.energies_per_fission),
        _captures(config, spectrum_model(config.spectrum)),
        off_equilibrium=config.off_equilibrium,
    )
    return list(known.components(_OMITTED_VARIANCE))


def flux_source(experiment: Experiment) -> str:
    """Name of the source of ``flux_deviations``: ``<model>:<hash of their covariance>``.

    Two experiments have the same one where, and only where, their components are the same.
    """
    edges = np.arange(_HASHED_MEV[0], _HASHED_MEV[1] + 1e-9, _HASHED_MEV[2])
    contents = [bin_contents(shift, edges) for shift in flux_deviations(experiment)]
    digits = ",".join(f"{value:.6e}" for row in contents for value in row)
    return f"{experiment.config.reactor.spectrum}:{sha256(digits.encode()).hexdigest()[:8]}"


def seen_at(spectrum: PiecewiseSpectrum, baseline_m: float | None) -> PiecewiseSpectrum:
    """A spectrum after its oscillation over a baseline; None: as it is."""
    if baseline_m is None:
        return spectrum
    return oscillated(spectrum, three_flavour(mixing_parameters()), baseline_m)


def _model(experiment: Experiment) -> SpectrumModel:
    config = experiment.config.reactor
    if config.spectrum_table is None:
        return spectrum_model(config.spectrum)
    return table_spectrum(experiment)


def _captures(config: ReactorConfig, model: SpectrumModel) -> float:
    if config.neutron_captures_per_fission is not None:
        return config.neutron_captures_per_fission
    return DEFAULT_NEUTRON_CAPTURES if model.total is None else 0.0


def _decays(config: ReactorConfig, section: SpentFuelConfig) -> dict[str, float]:
    return decays_per_fission(
        config.fission_fractions.model_dump(), section.irradiation_days, section.cooling_days
    )
