"""The flux of an experiment's reactor in its ON and OFF periods, and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

from fluxes.reactor.cores import Core, flux_of_cores, mean_fission_fractions
from fluxes.reactor.flux import ReactorFlux, fission_rate_per_s, spectrum_per_fission
from fluxes.reactor.oscillation import mixing_parameters, oscillated, three_flavour
from fluxes.reactor.spent_fuel import decays_per_fission, spent_fuel_spectrum, with_spent_fuel
from fluxes.spectra.fission import spectrum_model
from fluxes.spectra.model import SpectrumModel
from fluxes.spectra.user import spectrum_model_from_table
from fluxes.spectrum import PiecewiseSpectrum, weighted_sum
from fluxes.uncertainty.covariance import flux_uncertainty
from sim.config.reactor import (
    DEFAULT_NEUTRON_CAPTURES,
    FissionFractions,
    ReactorConfig,
    SpentFuelConfig,
)
from sim.experiment import Experiment
from sim.folding.tables import with_line

_OMITTED_VARIANCE = 1e-3
"""Share of the variance of any flux moment that the components of the flux shape may lack."""


@dataclass(frozen=True, slots=True, eq=False)
class PeriodFluxes:
    """Flux of the ON period, and of the OFF period: off_share of the ON flux, plus off.

    reactor is the ON flux without spent fuel.
    """

    reactor: ReactorFlux
    on: ReactorFlux
    off_share: float
    off: ReactorFlux | None


def period_fluxes(experiment: Experiment) -> PeriodFluxes:
    """Flux of both periods with the active normalisation.

    OFF holds the cores that are on then, the spent fuel, and exposure.off_residual_flux of ON.

    Raises
    ------
    ValueError
        for a spectrum that cannot be had as configured.
    """
    config = experiment.config.reactor
    reactor = on = _reactor(experiment)
    off = []
    if any(core.off_thermal_power_gw > 0 for core in config.core):
        off.append(_off_cores(experiment, reactor))
    if config.spent_fuel is not None:
        decays = _decays(config, config.spent_fuel)
        share = config.spent_fuel.fraction
        off.append(ReactorFlux(spent_fuel_spectrum(decays), share * reactor.total_cm2_s))
        both = with_spent_fuel(reactor.per_fission, share, decays)
        on = ReactorFlux(both, (1 + share) * reactor.total_cm2_s)
    return PeriodFluxes(
        reactor=reactor,
        on=on,
        off_share=experiment.config.exposure.off_residual_flux,
        off=ReactorFlux.sum_of(off) if off else None,
    )


def neutron_captures_per_fission(experiment: Experiment) -> float:
    """Captures on U-238 whose decays are added to the spectrum of an experiment."""
    return _captures(experiment.config.reactor, _model(experiment))


def flux_cross_check_cm2_s(experiment: Experiment) -> float | None:
    """The total flux that is not active: from power and baseline, or as stated or published."""
    reactor = experiment.config.reactor
    if reactor.active_normalisation == "flux":
        return _from_power(experiment, off=False).total_cm2_s if reactor.has_power else None
    return reactor.flux_cm2_s or experiment.config.published.flux_cm2_s


@dataclass(frozen=True, slots=True, eq=False)
class FluxShift:
    """A one-sigma shift of the flux densities: of ON, and of what cores add to OFF."""

    on: PiecewiseSpectrum
    off: PiecewiseSpectrum | None


def flux_deviations(experiment: Experiment, reactor: ReactorFlux) -> list[FluxShift]:
    """Uncorrelated one-sigma shifts of a reactor's flux: the components of its covariance.

    The spectrum per fission shifts in the same way in every core and period; the fission
    fractions are those of the mean of the cores.  Spent fuel is taken as exact.

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
        mean_fission_fractions(_cores(config, off=False), config.energies_per_fission),
        _captures(config, spectrum_model(config.spectrum)),
        off_equilibrium=config.off_equilibrium,
    )
    has_off = any(core.off_thermal_power_gw > 0 for core in config.core)
    return [
        FluxShift(
            _seen(experiment, shift, reactor, off=False),
            _seen(experiment, shift, reactor, off=True) if has_off else None,
        )
        for shift in known.components(_OMITTED_VARIANCE)
    ]


def _seen(
    experiment: Experiment, shift: PiecewiseSpectrum, reactor: ReactorFlux, *, off: bool
) -> PiecewiseSpectrum:
    """A shift of the spectrum per fission at the detector: summed over the cores, oscillated."""
    config = experiment.config.reactor
    if not config.has_power:
        return shift.scaled(reactor.fissions_cm2_s)
    spectra, weights = [], []
    for core in _cores(config, off=off):
        rate = fission_rate_per_s(
            core.thermal_power_gw, core.fission_fractions, config.energies_per_fission
        )
        weights.append(rate / (4 * pi * (100 * core.baseline_m) ** 2))
        spectra.append(
            oscillated(shift, three_flavour(mixing_parameters()), core.baseline_m)
            if config.oscillation
            else shift
        )
    if config.active_normalisation == "flux":
        stated = reactor.total_cm2_s / _from_power(experiment, off=False).total_cm2_s
        weights = [stated * weight for weight in weights]
    return weighted_sum(weights, spectra)


def _reactor(experiment: Experiment) -> ReactorFlux:
    config = experiment.config.reactor
    if config.active_normalisation == "power":
        return _from_power(experiment, off=False)
    if config.has_power:
        shape = _from_power(experiment, off=False).per_fission
    else:
        shape = _per_fission(experiment, config.fission_fractions)
    return ReactorFlux(shape, config.flux_cm2_s or 0.0)


def _off_cores(experiment: Experiment, reactor: ReactorFlux) -> ReactorFlux:
    """Flux of the cores that are on in the OFF period, in the scale of a stated flux."""
    found = _from_power(experiment, off=True)
    if experiment.config.reactor.active_normalisation == "power":
        return found
    by_power = _from_power(experiment, off=False).total_cm2_s
    if by_power == 0:
        raise ValueError("reactor.flux_cm2_s is stated, but every core has no power in ON")
    scale = reactor.total_cm2_s / by_power
    return ReactorFlux(found.per_fission, scale * found.total_cm2_s)


def _from_power(experiment: Experiment, *, off: bool) -> ReactorFlux:
    config = experiment.config.reactor
    model = _model(experiment)
    return flux_of_cores(
        _cores(config, off=off),
        model,
        _captures(config, model),
        evaluation=config.energies_per_fission,
        off_equilibrium=config.off_equilibrium,
        oscillation=three_flavour(mixing_parameters()) if config.oscillation else None,
    )


def _cores(config: ReactorConfig, *, off: bool) -> list[Core]:
    """Cores of a period; a flux that is only stated has one core of unknown size."""
    if not config.core:
        power, baseline = config.thermal_power_gw or 1.0, config.baseline_m or 1.0
        return [Core(0.0 if off else power, baseline, config.fission_fractions.model_dump())]
    cores = []
    for core in config.core:
        fractions = core.fission_fractions or config.fission_fractions
        if off:
            fractions = core.off_fission_fractions or fractions
        power = core.off_thermal_power_gw if off else core.thermal_power_gw
        cores.append(Core(power, core.baseline_m, fractions.model_dump()))
    return cores


def _per_fission(experiment: Experiment, fractions: FissionFractions) -> PiecewiseSpectrum:
    config = experiment.config.reactor
    model = _model(experiment)
    return spectrum_per_fission(
        model,
        fractions.model_dump(),
        _captures(config, model),
        off_equilibrium=config.off_equilibrium,
    )


def _model(experiment: Experiment) -> SpectrumModel:
    config = experiment.config.reactor
    if config.spectrum_table is None:
        return spectrum_model(config.spectrum)
    text = experiment.files[config.spectrum_table]
    return with_line(spectrum_model_from_table, text, config.spectrum_table)


def _captures(config: ReactorConfig, model: SpectrumModel) -> float:
    if config.neutron_captures_per_fission is not None:
        return config.neutron_captures_per_fission
    return DEFAULT_NEUTRON_CAPTURES if model.total is None else 0.0


def _decays(config: ReactorConfig, section: SpentFuelConfig) -> dict[str, float]:
    return decays_per_fission(
        config.fission_fractions.model_dump(), section.irradiation_days, section.cooling_days
    )
