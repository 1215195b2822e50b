"""Assembly: from an experiment's configuration to the objects of the lower floors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detectors.matter.materials import Constituent
from detectors.quenching.curve import Quenching
from sim.cross_sections.ionization.stepping import CountedElectrons
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.instruments.instrument import Instrument, instruments_of
from sim.instruments.target import target as target


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


def quenching(
    instrument: Instrument,
    element: Constituent,
    factor: float = 1.0,
    steps: tuple[float, ...] = (),
) -> Quenching:
    """Quenching of one element's recoils, its uncertain number multiplied by factor.

    steps are standard deviations along the directions of a fitted curve's covariance.
    """
    detector = instrument.detector
    symbol = element.atom.symbol
    section = detector.quenching_by_element.get(symbol, detector.quenching)
    steps = steps[: section.n_directions(element)]
    if any(steps):
        curve = section.moved(element, steps)
    else:
        curve = section.build(element, instrument.files)
    return curve if factor == 1.0 else curve.scaled(factor)


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
    efficiency = detector.efficiency.build(instrument.files)
    if efficiency.acts_on == "reconstructed" and energy_scale != 1.0:
        efficiency = efficiency.at_scale(energy_scale)
    return detector.resolution.response(
        ionization_kev,
        edges_kev / energy_scale,
        efficiency,
        detector.threshold_kev / energy_scale,
        detector.min_ionization_kev,
        factor=resolution_factor,
        truncated=detector.truncated_resolution,
    )


def counting_response(instrument: Instrument, ionization_kev: FloatArray) -> FloatArray:
    """Probability (1, n_true) that a deposit is counted: no energy is measured."""
    detector = instrument.detector
    lowest = max(detector.min_ionization_kev, detector.threshold_kev)
    efficiency = detector.efficiency.build(instrument.files).at(ionization_kev)
    return np.asarray((efficiency * (ionization_kev >= lowest))[None])


def with_threshold(instrument: Instrument, factor: float) -> Instrument:
    """With the middle of the turn-on, or without one threshold_kev, multiplied by a factor.

    Raises
    ------
    ValueError
        where there is neither.
    """
    if factor == 1.0:
        return instrument
    detector = instrument.detector
    moved = detector.efficiency.moved(factor)
    if moved is not None:
        return replace(instrument, detector=detector.model_copy(update={"efficiency": moved}))
    if detector.efficiency.turns_on or detector.threshold_kev == 0:
        raise ValueError(
            f"systematics.threshold: {detector.name!r} has neither efficiency.half_kev with a "
            f"width nor a threshold_kev above 0"
        )
    return instrument.at_threshold(factor * detector.threshold_kev)
