"""Assembly: from sections of the configuration to the objects of the lower floors."""

from __future__ import annotations

from detectors.efficiency import Efficiency
from detectors.materials import Constituent
from detectors.quenching import Lindhard, lindhard_k
from detectors.resolution import FWHM_PER_SIGMA, Resolution
from fluxes.reactor import ReactorFlux, fission_rate_per_s, spectrum_per_fission
from fluxes.spectrum import PiecewiseSpectrum
from sim.config import DetectorConfig, ExperimentConfig, PhysicsConfig, ReactorConfig
from sim.couplings import couplings
from sim.rates import Interaction


def reactor_flux(config: ReactorConfig) -> ReactorFlux:
    """Flux of the active normalisation."""
    if config.active_normalisation == "flux" and config.flux_cm2_s is not None:
        return ReactorFlux(_per_fission(config), config.flux_cm2_s)
    return _flux_from_power(config)


def flux_cross_check_cm2_s(config: ExperimentConfig) -> float | None:
    """The total flux that is not active: from power and baseline, or as stated or published."""
    reactor = config.reactor
    if reactor.active_normalisation == "flux":
        return _flux_from_power(reactor).total_cm2_s if reactor.has_power else None
    return reactor.flux_cm2_s or config.published.flux_cm2_s


def interaction(physics: PhysicsConfig) -> Interaction:
    """Switches of the cross sections."""
    return Interaction(
        couplings=couplings(physics.couplings, physics.sin2_theta_w),
        ionization=physics.ionization,
        form_factor=physics.form_factor,
        charge_sign=physics.charge_sign,
    )


def resolution(detector: DetectorConfig) -> Resolution:
    """Energy resolution of a detector."""
    return Resolution(
        noise_sigma_kev=detector.resolution.noise_fwhm_kev / float(FWHM_PER_SIGMA),
        fano_factor=detector.resolution.fano_factor,
        pair_energy_kev=detector.resolution.pair_energy_kev,
    )


def efficiency(detector: DetectorConfig) -> Efficiency:
    """Detection efficiency of a detector."""
    section = detector.efficiency
    return Efficiency(section.plateau, section.half_kev, section.width_kev, section.acts_on)


def quenching(detector: DetectorConfig, target: Constituent) -> Lindhard:
    """Quenching of one element's recoils; the mean mass number of its isotopes sets k."""
    mean_a = sum(nucleus.abundance * nucleus.atomic_mass_u for nucleus in target.isotopes)
    k = detector.quenching.k
    return Lindhard(target.atom.z, lindhard_k(target.atom.z, mean_a) if k is None else k)


def _per_fission(config: ReactorConfig) -> PiecewiseSpectrum:
    return spectrum_per_fission(
        config.spectrum,
        config.fission_fractions.model_dump(),
        config.neutron_captures_per_fission,
    )


def _flux_from_power(config: ReactorConfig) -> ReactorFlux:
    if config.thermal_power_gw is None or config.baseline_m is None:
        raise ValueError("thermal_power_gw and baseline_m are needed for the flux from power")
    fissions = fission_rate_per_s(
        config.thermal_power_gw, config.fission_fractions.model_dump(), config.energies_per_fission
    )
    return ReactorFlux.from_power(_per_fission(config), fissions, config.baseline_m)
