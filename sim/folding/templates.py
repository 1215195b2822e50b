"""Signal templates: the monomial recoil spectra seen through the detector's response."""

from __future__ import annotations

import numpy as np

from detectors.matter.materials import Constituent
from detectors.quenching.curve import recoils_at_kev
from detectors.response import highest_true_energy_kev
from fluxes.moments import FluxMoments
from sim.config.detector import TableEfficiency
from sim.cross_sections.nucleus import with_strengths
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.folding import assembly
from sim.folding.nuisances import Inputs
from sim.folding.rates import (
    electron_recoil_rates,
    max_electron_recoil_kev,
    max_nucleus_recoils_kev,
    nucleus_recoil_rates,
)
from sim.folding.recoil_grid import recoil_grid
from sim.folding.tables import efficiency_table
from sim.folding.template_table import template_rates
from sim.physics import physics_of

_STEP_IN_SIGMA = 0.5
_REACH_IN_SIGMA = 5.0
_LEAK_IN_SIGMA = 9.0
_TURN_ON_WIDTHS = 6.0
_LOWEST_RECOIL_KEV = 1e-6


def channel_templates(
    experiment: Experiment,
    channel: str,
    inputs: Inputs,
    edges_kev: FloatArray,
    refinement: int = 1,
) -> FloatArray:
    """Counts per kg and day of each template in each bin, (n_templates, n_bins); else 0.

    refinement = 2 halves the recoil grid, to test convergence.
    """
    if channel not in experiment.config.analysis.channels:
        return _nothing(experiment, edges_kev)
    if experiment.config.templates is not None:
        return _table_templates(experiment, channel, edges_kev)
    if channel == "electron":
        return _electron_templates(experiment, inputs, edges_kev, refinement)
    targets = assembly.target(experiment).constituents
    per_element = [
        _nucleus_templates(experiment, inputs, t, edges_kev, refinement) for t in targets
    ]
    return np.asarray(np.sum(per_element, axis=0))


def check_reach(experiment: Experiment, moments: FluxMoments) -> None:
    """Raise ValueError if no selected channel reaches the window, or a model does not."""
    if experiment.config.templates is not None:
        return
    assembly.check_lowest_recoil(experiment)
    end_points = []
    if "electron" in experiment.config.analysis.channels:
        end_points.append(max_electron_recoil_kev(moments))
    if "nucleus" in experiment.config.analysis.channels:
        for target in assembly.target(experiment).constituents:
            recoils = np.linspace(0, max(max_nucleus_recoils_kev(moments, target)), 1001)[1:]
            curve = assembly.quenching(experiment, target).ionization_kev(recoils)
            end_points.append(float(np.max(curve)))
    highest = max(end_points)
    sigma = float(assembly.resolution(experiment.config.detector).sigma_kev(highest)[0])
    start = max(experiment.config.detector.threshold_kev, experiment.config.analysis.window_kev[0])
    if start >= highest + _REACH_IN_SIGMA * sigma:
        raise ValueError(
            f"the threshold or window start, {start:g} keV, lies above the end point of the "
            f"selected channels, {highest:.4g} keV"
        )


def _table_templates(experiment: Experiment, channel: str, edges_kev: FloatArray) -> FloatArray:
    """The table's signal, which counts as that of the first channel."""
    section = experiment.config.templates
    if section is None or channel != experiment.config.analysis.channels[0]:
        return _nothing(experiment, edges_kev)
    found = template_rates(experiment, section.file, edges_kev)
    rates = _nothing(experiment, edges_kev)
    rates[: len(found)] = found
    return with_strengths(rates, channel, physics_of(experiment.config).theory)


def _nothing(experiment: Experiment, edges_kev: FloatArray) -> FloatArray:
    """Empty templates, (n_templates, n_bins)."""
    theory = physics_of(experiment.config).theory
    return np.zeros((len(theory.templates), edges_kev.size - 1))


def _electron_templates(
    experiment: Experiment, inputs: Inputs, edges_kev: FloatArray, refinement: int
) -> FloatArray:
    target = assembly.target(experiment)
    lowest, highest = _visible_range_kev(experiment, inputs, edges_kev)
    highest = min(highest, max_electron_recoil_kev(inputs.moments))
    if lowest >= highest:
        return _nothing(experiment, edges_kev)
    resolution = assembly.resolution(experiment.config.detector, inputs.resolution)
    physics = physics_of(experiment.config)
    jumps = physics.ionization.jumps_kev(target)
    recoil, weights = recoil_grid(
        lowest,
        highest,
        np.append(jumps, _efficiency_nodes_kev(experiment)),
        lambda energy: _STEP_IN_SIGMA * float(resolution.sigma_kev(energy)[0]),
        refinement,
    )
    rates = electron_recoil_rates(inputs.moments, target, physics, recoil)
    return _in_bins(rates * weights, _response(experiment, inputs, recoil, edges_kev))


def _nucleus_templates(
    experiment: Experiment,
    inputs: Inputs,
    target: Constituent,
    edges_kev: FloatArray,
    refinement: int,
) -> FloatArray:
    quenching = assembly.quenching(experiment, target, inputs.quenching)
    end_points = max_nucleus_recoils_kev(inputs.moments, target)
    end = max(end_points)
    lowest, highest = _visible_range_kev(experiment, inputs, edges_kev)
    visible = recoils_at_kev(quenching, lowest, _LOWEST_RECOIL_KEV, end)
    if float(quenching.ionization_kev(_LOWEST_RECOIL_KEV)[0]) >= lowest:
        visible = [_LOWEST_RECOIL_KEV, *visible]
    if not visible:
        return _nothing(experiment, edges_kev)
    beyond = recoils_at_kev(quenching, highest, _LOWEST_RECOIL_KEV, end)
    resolution = assembly.resolution(experiment.config.detector, inputs.resolution)
    recoil, weights = recoil_grid(
        visible[0],
        max(beyond, default=end),
        [
            *end_points,
            *visible,
            *quenching.turning_points_kev(),
            *(
                recoil
                for node in _efficiency_nodes_kev(experiment)
                for recoil in recoils_at_kev(quenching, node, _LOWEST_RECOIL_KEV, end)
            ),
        ],
        lambda t: _STEP_IN_SIGMA * float(resolution.sigma_kev(quenching.ionization_kev(t))[0]),
        refinement,
    )
    physics = physics_of(experiment.config)
    rates = nucleus_recoil_rates(inputs.moments, target, physics, recoil)
    ionization = quenching.ionization_kev(recoil)
    return _in_bins(rates * weights, _response(experiment, inputs, ionization, edges_kev))


def _in_bins(rates: FloatArray, response: FloatArray) -> FloatArray:
    """Rates (n_templates, n) seen in the bins of a response (n_bins, n), (n_templates, n_bins).

    Not a product of matrices: BLAS rounds differently with the number of its threads.
    """
    return np.asarray(np.einsum("mt,bt->mb", rates, response))


def _efficiency_nodes_kev(experiment: Experiment) -> FloatArray:
    """True ionization energies between which an efficiency that acts on them is smooth."""
    curve = experiment.config.detector.efficiency
    if curve.acts_on == "reconstructed":
        return np.zeros(0)
    if isinstance(curve, TableEfficiency):
        return efficiency_table(experiment, curve).energy_kev
    if curve.width_kev is None:
        return np.zeros(0)
    steps = np.arange(-_TURN_ON_WIDTHS, _TURN_ON_WIDTHS + 0.25, 0.5)
    return np.asarray(curve.half_kev + curve.width_kev * steps)


def _visible_range_kev(
    experiment: Experiment, inputs: Inputs, edges_kev: FloatArray
) -> tuple[float, float]:
    """True energies that can be reconstructed in the bins: within 9 sigma, above the lowest."""
    resolution = assembly.resolution(experiment.config.detector, inputs.resolution)
    start = max(float(edges_kev[0]), experiment.config.detector.threshold_kev) / inputs.energy_scale
    leak = start - _LEAK_IN_SIGMA * float(resolution.sigma_kev(start)[0])
    highest = highest_true_energy_kev(edges_kev / inputs.energy_scale, resolution)
    return max(experiment.config.detector.min_ionization_kev, leak), highest


def _response(
    experiment: Experiment, inputs: Inputs, ionization_kev: FloatArray, edges_kev: FloatArray
) -> FloatArray:
    return assembly.response(
        experiment, ionization_kev, edges_kev, inputs.energy_scale, inputs.resolution
    )
