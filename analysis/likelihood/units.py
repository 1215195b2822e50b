"""Units of parameters where no model was built."""

from __future__ import annotations

from sim.experiment import Experiment
from sim.physics import physics_of


def parameter_unit(experiment: Experiment, name: str) -> str:
    """Unit of a parameter of an experiment, by its user's name; ValueError for another."""
    return physics_of(experiment.config).theory.signal.parameter(name).unit
