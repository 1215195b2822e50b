"""Assembly: from an experiment's configuration to the objects of the lower floors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detectors import resolution as resolutions
from detectors.efficiency import Efficiency, EfficiencyCurve, TabulatedEfficiency
from detectors.matter.materials import Constituent
from detectors.photo_electrons import PhotoElectrons, photo_electron_response_matrix
from detectors.quenching.alternatives import AdiabaticLindhard, LinearQuenching, ModifiedLindhard
from detectors.quenching.binding import SARKIS_GERMANIUM, SARKIS_SILICON
from detectors.quenching.curve import ConstantQuenching, Lindhard, Quenching, lindhard_k
from detectors.quenching.tabulated import dresden2_quenching
from detectors.resolution import FWHM_PER_SIGMA, Resolution, ResolutionModel
from detectors.response import response_matrix
from sim.config import detector as configured
from sim.config import quenching as quenchings
from sim.cross_sections.ionization.stepping import CountedElectrons
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.instruments.instrument import Instrument, instruments_of
from sim.instruments.tables import efficiency_table, quenching_table
from sim.instruments.target import target as target

_SARKIS = {"Si": SARKIS_SILICON, "Ge": SARKIS_GERMANIUM}


def remarks(experiment: Experiment) -> list[str]:
    """What a user should know of the ionization model, a line each; often nothing.

    Raises
    ------
    ValueError
        if the model does not apply to a target.
    """
    physics = experiment.config.physics
    if "electron" not in experiment.config.analysis.channels:
        return []
    lines = []
    for instrument in instruments_of(experiment):
        check_lowest_recoil(instrument)
        found = instrument.physics.ionization.scope(target(instrument.detector))
        lines += [f"ionization {physics.ionization}: {found}"] if found else []
        lines += _stepped(instrument)
    if physics.epa_medium == "density-effect":
        lines.append(
            "physics.epa_medium = 'density-effect' is deprecated, being too low by factors below "
            "3 keV: use physics.ionization = 'pai'"
        )
    return list(dict.fromkeys(lines))


def _stepped(instrument: Instrument) -> list[str]:
    """That terms which only a count of electrons speaks of are by stepping in other models."""
    if isinstance(instrument.physics.ionization, CountedElectrons):
        return []
    names = ", ".join(instrument.physics.theory.mediated)
    return [f"ionization {instrument.ionization}: {names} by stepping"] if names else []


def check_lowest_recoil(instrument: Instrument) -> None:
    """Raise ValueError where an electron channel starts below what its ionization model knows."""
    if "electron" not in instrument.channels:
        return
    ionization = instrument.physics.ionization
    lowest = ionization.lowest_kev(target(instrument.detector))
    start = instrument.window_start_kev
    if start < lowest:
        raise ValueError(
            f"physics.ionization = {instrument.ionization!r} holds from {lowest:g} keV on in "
            f"{instrument.detector.material}, the threshold or window start is {start:g} keV: "
            f"allowed are 'best' and 'pai'"
        )


def resolution(detector: configured.WholeDetector, factor: float = 1.0) -> ResolutionModel:
    """Energy resolution of a detector, its width multiplied by factor."""
    section = detector.resolution
    fwhm_per_sigma = float(FWHM_PER_SIGMA)
    match section:
        case configured.IonizationResolution():
            return Resolution(
                factor * section.noise_fwhm_kev / fwhm_per_sigma,
                factor**2 * section.fano_factor,
                section.pair_energy_kev,
            )
        case configured.CcdResolution():
            return resolutions.silicon_ccd_resolution(
                factor * section.noise_electrons,
                factor**2 * section.fano_factor,
                section.pair_energy_kev,
            )
        case configured.PhononResolution():
            return resolutions.PhononResolution(
                factor * section.baseline_fwhm_kev / fwhm_per_sigma,
                factor * section.linear_fraction,
                factor**2 * section.sqrt_term_kev,
            )
        case configured.PhotoElectronResolution():
            return PhotoElectrons(
                section.yield_per_kev / factor**2, section.single_width, section.noise / factor
            )
    raise ValueError("a counting experiment has no resolution")


def quenching(instrument: Instrument, element: Constituent, factor: float = 1.0) -> Quenching:
    """Quenching of one element's recoils, its uncertain number multiplied by factor."""
    detector = instrument.detector
    symbol = element.atom.symbol
    section = detector.quenching_by_element.get(symbol, detector.quenching)
    curve = _quenching(instrument, section, element)
    return curve if factor == 1.0 else curve.scaled(factor)


def efficiency(instrument: Instrument) -> EfficiencyCurve:
    """Detection efficiency of a detector."""
    section = instrument.detector.efficiency
    if isinstance(section, configured.TableEfficiency):
        return efficiency_table(instrument, section)
    return Efficiency(section.plateau, section.half_kev, section.width_kev, section.acts_on)


def response(
    instrument: Instrument,
    ionization_kev: FloatArray,
    edges_kev: FloatArray,
    energy_scale: float = 1.0,
    resolution_factor: float = 1.0,
) -> FloatArray:
    """Response matrix (n_bins, n_true) of a detector.

    energy_scale multiplies the reconstructed energy, which is the same as dividing the edges, the
    threshold, and the energies of an efficiency that acts on it.
    """
    detector = instrument.detector
    width = resolution(detector, resolution_factor)
    edges, threshold = edges_kev / energy_scale, detector.threshold_kev / energy_scale
    curve, lowest = _scaled(efficiency(instrument), energy_scale), detector.min_ionization_kev
    if isinstance(width, PhotoElectrons):
        return photo_electron_response_matrix(
            ionization_kev, edges, width, curve, threshold, lowest
        )
    return response_matrix(
        ionization_kev,
        edges,
        width,
        curve,
        threshold,
        lowest,
        truncated=detector.truncated_resolution,
    )


def counting_response(instrument: Instrument, ionization_kev: FloatArray) -> FloatArray:
    """Probability (1, n_true) that a deposit is counted: no energy is measured."""
    detector = instrument.detector
    lowest = max(detector.min_ionization_kev, detector.threshold_kev)
    seen = efficiency(instrument).at(ionization_kev) * (ionization_kev >= lowest)
    return np.asarray(seen[None])


def with_threshold(instrument: Instrument, factor: float) -> Instrument:
    """With the middle of the turn-on, or without one threshold_kev, multiplied by a factor.

    Raises
    ------
    ValueError
        where there is neither.
    """
    if factor == 1.0:
        return instrument
    detector, curve = instrument.detector, instrument.detector.efficiency
    if isinstance(curve, configured.ErfEfficiency) and curve.width_kev is not None:
        moved = curve.model_copy(update={"half_kev": factor * curve.half_kev})
        return replace(instrument, detector=detector.model_copy(update={"efficiency": moved}))
    if isinstance(curve, configured.TableEfficiency) or detector.threshold_kev == 0:
        raise ValueError(
            f"systematics.threshold: {detector.name!r} has neither efficiency.half_kev with a "
            f"width nor a threshold_kev above 0"
        )
    return instrument.at_threshold(factor * detector.threshold_kev)


def _scaled(curve: EfficiencyCurve, energy_scale: float) -> EfficiencyCurve:
    """An efficiency as a function of the reconstructed energy before its scale was applied."""
    if curve.acts_on == "true" or energy_scale == 1.0:
        return curve
    match curve:
        case Efficiency():
            width = None if curve.width_kev is None else curve.width_kev / energy_scale
            return replace(curve, half_kev=curve.half_kev / energy_scale, width_kev=width)
        case TabulatedEfficiency():
            return replace(curve, energy_kev=curve.energy_kev / energy_scale)
    return curve


def _quenching(
    instrument: Instrument, section: quenchings.QuenchingConfig, element: Constituent
) -> Quenching:
    z, symbol = element.atom.z, element.atom.symbol
    match section:
        case quenchings.LindhardQuenching():
            mean_a = sum(n.abundance * n.atomic_mass_u for n in element.isotopes)
            return Lindhard(z, lindhard_k(z, mean_a) if section.k is None else section.k)
        case quenchings.ConstantQuenching():
            return ConstantQuenching(section.factor)
        case quenchings.DresdenQuenching():
            if symbol != "Ge":
                raise ValueError(f"quenching 'dresden2' is for Ge, not for {symbol}")
            return dresden2_quenching(section.curve)
        case quenchings.SarkisQuenching():
            if symbol not in _SARKIS:
                raise ValueError(f"quenching 'sarkis' is for Si and Ge, not for {symbol}")
            curve = _SARKIS[symbol]
            return curve if section.k is None else replace(curve, k=section.k)
        case quenchings.ModifiedQuenching():
            return ModifiedLindhard(z, section.k, section.q)
        case quenchings.AdiabaticQuenching():
            return AdiabaticLindhard(z, section.k, section.xi_recoil_kev)
        case quenchings.LinearQuenching():
            return LinearQuenching(section.intercept, section.slope_per_kev)
        case quenchings.TableQuenching():
            return quenching_table(instrument, section)
