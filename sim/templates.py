"""Signal templates: the monomial recoil spectra seen through the detector's response."""

from __future__ import annotations

import numpy as np

from detectors.materials import Constituent, Material, material
from detectors.quenching import recoils_at_kev
from detectors.response import highest_true_energy_kev, response_matrix
from fluxes.moments import FluxMoments
from sim import assembly
from sim.config import ExperimentConfig
from sim.parameters import MONOMIALS, FloatArray
from sim.rates import (
    electron_recoil_rates,
    max_electron_recoil_kev,
    max_nucleus_recoils_kev,
    nucleus_recoil_rates,
)
from sim.recoil_grid import recoil_grid

_STEP_IN_SIGMA = 0.5
_REACH_IN_SIGMA = 5.0
_LOWEST_RECOIL_KEV = 1e-6


def signal_templates(
    config: ExperimentConfig, moments: FluxMoments, edges_kev: FloatArray, refinement: int = 1
) -> FloatArray:
    """Counts per kg and day of each monomial in each bin, shape (7, n_bins), channels summed.

    Raises
    ------
    ValueError
        if no selected channel reaches the threshold.
    """
    target = material(config.detector.material)
    total = np.zeros((len(MONOMIALS), edges_kev.size - 1))
    if "electron" in config.analysis.channels:
        total += _electron_templates(config, moments, target, edges_kev, refinement)
    if "nucleus" in config.analysis.channels:
        for constituent in target.constituents:
            total += _nucleus_templates(config, moments, constituent, edges_kev, refinement)
    _check_reach(config, moments, target)
    return total


def _electron_templates(
    config: ExperimentConfig,
    moments: FluxMoments,
    target: Material,
    edges_kev: FloatArray,
    refinement: int,
) -> FloatArray:
    resolution = assembly.resolution(config.detector)
    lowest = _lowest_ionization_kev(config, edges_kev)
    highest = min(highest_true_energy_kev(edges_kev, resolution), max_electron_recoil_kev(moments))
    if lowest >= highest:
        return np.zeros((len(MONOMIALS), edges_kev.size - 1))
    recoil, weights = recoil_grid(
        lowest,
        highest,
        np.concatenate([c.atom.binding_kev for c in target.constituents]),
        lambda energy: _STEP_IN_SIGMA * float(resolution.sigma_kev(energy)[0]),
        refinement,
    )
    interaction = assembly.interaction(config.physics)
    rates = electron_recoil_rates(moments, target, interaction, recoil)
    return (rates * weights) @ _response(config, recoil, edges_kev).T


def _nucleus_templates(
    config: ExperimentConfig,
    moments: FluxMoments,
    target: Constituent,
    edges_kev: FloatArray,
    refinement: int,
) -> FloatArray:
    resolution = assembly.resolution(config.detector)
    quenching = assembly.quenching(config.detector, target)
    end_points = max_nucleus_recoils_kev(moments, target)
    end = max(end_points)
    first_visible = recoils_at_kev(
        quenching, _lowest_ionization_kev(config, edges_kev), _LOWEST_RECOIL_KEV, end
    )
    if not first_visible:
        return np.zeros((len(MONOMIALS), edges_kev.size - 1))
    top = recoils_at_kev(
        quenching, highest_true_energy_kev(edges_kev, resolution), _LOWEST_RECOIL_KEV, end
    )
    recoil, weights = recoil_grid(
        first_visible[0],
        max(top, default=end),
        [*end_points, *first_visible],
        lambda t: _STEP_IN_SIGMA * float(resolution.sigma_kev(quenching.ionization_kev(t))[0]),
        refinement,
    )
    interaction = assembly.interaction(config.physics)
    rates = nucleus_recoil_rates(moments, target, interaction, recoil)
    return (rates * weights) @ _response(config, quenching.ionization_kev(recoil), edges_kev).T


def _lowest_ionization_kev(config: ExperimentConfig, edges_kev: FloatArray) -> float:
    """The cut on true ionization, or what still leaks into the first bin (9 sigma below it)."""
    start = max(float(edges_kev[0]), config.detector.threshold_kev)
    sigma = float(assembly.resolution(config.detector).sigma_kev(start)[0])
    return max(config.detector.min_ionization_kev, start - 9 * sigma)


def _response(
    config: ExperimentConfig, ionization_kev: FloatArray, edges_kev: FloatArray
) -> FloatArray:
    detector = config.detector
    return response_matrix(
        ionization_kev,
        edges_kev,
        assembly.resolution(detector),
        assembly.efficiency(detector),
        detector.threshold_kev,
        detector.min_ionization_kev,
    )


def _check_reach(config: ExperimentConfig, moments: FluxMoments, target: Material) -> None:
    """Raise ValueError if every selected channel ends below the threshold."""
    end_points = []
    if "electron" in config.analysis.channels:
        end_points.append(max_electron_recoil_kev(moments))
    if "nucleus" in config.analysis.channels:
        for constituent in target.constituents:
            quenching = assembly.quenching(config.detector, constituent)
            end = max(max_nucleus_recoils_kev(moments, constituent))
            end_points.append(float(quenching.ionization_kev(end)[0]))
    highest = max(end_points)
    sigma = float(assembly.resolution(config.detector).sigma_kev(highest)[0])
    start = max(config.detector.threshold_kev, config.analysis.window_kev[0])
    if start >= highest + _REACH_IN_SIGMA * sigma:
        raise ValueError(
            f"the threshold or window start, {start:g} keV, lies above the end point of the "
            f"selected channels, {highest:.4g} keV"
        )
