"""Signal templates: the monomial recoil spectra seen through the detector's response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from detectors.matter.materials import Constituent
from detectors.quenching.curve import recoils_at_kev
from detectors.response import highest_true_energy_kev
from fluxes.moments import FluxMoments
from sim.cross_sections.ionization.orbital import deviated
from sim.cross_sections.nucleus import with_strengths
from sim.cross_sections.parameters import FloatArray
from sim.folding.nuisances import Inputs
from sim.folding.rates import (
    electron_recoil_rates,
    max_electron_recoil_kev,
    max_nucleus_recoils_kev,
    nucleus_recoil_rates,
)
from sim.folding.recoil_grid import recoil_grid
from sim.instruments import assembly
from sim.instruments.instrument import Instrument
from sim.instruments.template_table import template_rates

_STEP_IN_SIGMA = 0.5
_REACH_IN_SIGMA = 5.0
_LEAK_IN_SIGMA = 9.0
_LOWEST_RECOIL_KEV = 1e-6


def channel_templates(
    instrument: Instrument, channel: str, inputs: Inputs, refinement: int = 1
) -> FloatArray:
    """Counts per kg and day of each template in each bin, (n_templates, n_bins).

    0 for a channel that is not chosen, and in the gaps between regions.  refinement = 2 halves the
    recoil grid, to test convergence.
    """
    if channel not in instrument.channels:
        return _nothing(instrument)
    if instrument.templates is not None:
        return _table_templates(instrument, channel)
    instrument = assembly.with_threshold(instrument, inputs.threshold)
    if channel == "electron":
        rates = _electron_templates(instrument, inputs, refinement)
    else:
        targets = assembly.target(instrument.detector).constituents
        per_element = [_nucleus_templates(instrument, inputs, t, refinement) for t in targets]
        rates = np.asarray(np.sum(per_element, axis=0))
    if instrument.bins is not None:
        rates[:, instrument.bins.gap] = 0.0
    return rates


def end_point_kev(instrument: Instrument, moments: FluxMoments) -> float:
    """Highest ionization energy of the selected channels."""
    end_points = []
    if "electron" in instrument.channels:
        end_points.append(max_electron_recoil_kev(moments))
    if "nucleus" in instrument.channels:
        for target in assembly.target(instrument.detector).constituents:
            recoils = np.linspace(0, max(max_nucleus_recoils_kev(moments, target)), 1001)[1:]
            curve = assembly.quenching(instrument, target).ionization_kev(recoils)
            end_points.append(float(np.max(curve)))
    return max(end_points)


def check_reach(instrument: Instrument, moments: FluxMoments) -> None:
    """Raise ValueError if no selected channel reaches the window, or a model does not."""
    if instrument.templates is not None:
        return
    assembly.check_lowest_recoil(instrument)
    highest = end_point_kev(instrument, moments)
    sigma, start = 0.0, instrument.window_start_kev
    if instrument.bins is not None:
        sigma = float(instrument.detector.resolution.build().sigma_kev(highest)[0])
    if start >= highest + _REACH_IN_SIGMA * sigma:
        raise ValueError(
            f"the threshold or window start, {start:g} keV, lies above the end point of the "
            f"selected channels, {highest:.4g} keV"
        )


def _table_templates(instrument: Instrument, channel: str) -> FloatArray:
    """The table's signal, which counts as that of the first channel."""
    if instrument.templates is None or instrument.bins is None:
        return _nothing(instrument)
    if channel != instrument.channels[0]:
        return _nothing(instrument)
    found = template_rates(instrument.files, instrument.templates, instrument.bins.edges_kev)
    rates = _nothing(instrument)
    rates[: len(found)] = found
    return with_strengths(rates, channel, instrument.physics.theory)


def _electron_templates(instrument: Instrument, inputs: Inputs, refinement: int) -> FloatArray:
    target = assembly.target(instrument.detector)
    lowest, highest = _visible_range_kev(instrument, inputs)
    highest = min(highest, max_electron_recoil_kev(inputs.moments))
    if lowest >= highest:
        return _nothing(instrument)
    jumps = instrument.physics.ionization.jumps_kev(target)
    recoil, weights = recoil_grid(
        lowest,
        highest,
        np.append(jumps, _efficiency_nodes_kev(instrument)),
        _largest_step(instrument, inputs),
        refinement,
    )
    physics = instrument.physics
    if inputs.ionization != 1.0:
        model = deviated(physics.ionization, inputs.ionization - 1)
        physics = replace(physics, ionization=model)
    rates = electron_recoil_rates(inputs.moments, target, physics, recoil)
    return _in_bins(rates * weights, _response(instrument, inputs, recoil))


def _nucleus_templates(
    instrument: Instrument, inputs: Inputs, target: Constituent, refinement: int
) -> FloatArray:
    quenching = assembly.quenching(instrument, target, inputs.quenching, inputs.quenching_steps)
    end_points = max_nucleus_recoils_kev(inputs.moments, target)
    end = max(end_points)
    lowest, highest = _visible_range_kev(instrument, inputs)
    visible = recoils_at_kev(quenching, lowest, _LOWEST_RECOIL_KEV, end)
    if float(quenching.ionization_kev(_LOWEST_RECOIL_KEV)[0]) >= lowest:
        visible = [_LOWEST_RECOIL_KEV, *visible]
    if not visible:
        return _nothing(instrument)
    beyond = []
    if np.isfinite(highest):
        beyond = recoils_at_kev(quenching, highest, _LOWEST_RECOIL_KEV, end)
    step = _largest_step(instrument, inputs)
    recoil, weights = recoil_grid(
        visible[0],
        max(beyond, default=end),
        [
            *end_points,
            *visible,
            *quenching.turning_points_kev(),
            *(
                recoil
                for node in _efficiency_nodes_kev(instrument)
                for recoil in recoils_at_kev(quenching, node, _LOWEST_RECOIL_KEV, end)
            ),
        ],
        lambda t: step(float(quenching.ionization_kev(t)[0])),
        refinement,
    )
    rates = nucleus_recoil_rates(inputs.moments, target, instrument.physics, recoil)
    ionization = quenching.ionization_kev(recoil)
    return _in_bins(rates * weights, _response(instrument, inputs, ionization))


def _in_bins(rates: FloatArray, response: FloatArray) -> FloatArray:
    """Rates (n_templates, n) seen in the bins of a response (n_bins, n), (n_templates, n_bins).

    Not a product of matrices: BLAS rounds differently with the number of its threads.
    """
    return np.asarray(np.einsum("mt,bt->mb", rates, response))


def _efficiency_nodes_kev(instrument: Instrument) -> FloatArray:
    """True ionization energies between which an efficiency that acts on them is smooth."""
    curve = instrument.detector.efficiency.build(instrument.files)
    if curve.acts_on == "reconstructed" and instrument.bins is not None:
        return np.zeros(0)
    return curve.nodes_kev()


def _largest_step(instrument: Instrument, inputs: Inputs) -> Callable[[float], float]:
    """Widest cell of a grid at an ionization energy, for the resolution to be smooth in it."""
    if instrument.bins is None:
        return lambda energy: np.inf
    resolution = instrument.detector.resolution.build(inputs.resolution)
    return lambda energy: _STEP_IN_SIGMA * float(resolution.sigma_kev(energy)[0])


def _visible_range_kev(instrument: Instrument, inputs: Inputs) -> tuple[float, float]:
    """True energies that can be reconstructed in the bins: within 9 sigma, above the lowest."""
    detector = instrument.detector
    if instrument.bins is None:
        return max(detector.min_ionization_kev, detector.threshold_kev), np.inf
    resolution = detector.resolution.build(inputs.resolution)
    start = instrument.window_start_kev / inputs.energy_scale
    leak = start - _LEAK_IN_SIGMA * float(resolution.sigma_kev(start)[0])
    edges_kev = instrument.bins.edges_kev
    highest = highest_true_energy_kev(edges_kev / inputs.energy_scale, resolution)
    return max(detector.min_ionization_kev, leak), highest


def _response(instrument: Instrument, inputs: Inputs, ionization_kev: FloatArray) -> FloatArray:
    if instrument.bins is None:
        return assembly.counting_response(instrument, ionization_kev)
    edges_kev = instrument.bins.edges_kev
    return assembly.response(
        instrument, ionization_kev, edges_kev, inputs.energy_scale, inputs.resolution
    )


def _nothing(instrument: Instrument) -> FloatArray:
    n_bins = 1 if instrument.bins is None else instrument.bins.edges_kev.size - 1
    return np.zeros((len(instrument.physics.theory.templates), n_bins))
