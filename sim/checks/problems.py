"""Whatever an experiment that could be read is refused for, as far as it can be told apart."""

from __future__ import annotations

from sim.experiment import Experiment
from sim.instruments.checks import table_problems
from sim.instruments.target import check_targets
from sim.model_assembly import build_model


def problems_of_experiment(experiment: Experiment) -> list[str]:
    """A line for the material and each table that is wrong, or else for what folding refuses."""
    problems = []
    try:
        check_targets(experiment)
    except ValueError as error:
        problems.append(str(error))
    problems += table_problems(experiment)
    if problems:
        return problems
    try:
        build_model(experiment)
    except ValueError as error:
        problems.append(str(error).removeprefix(f"{experiment.name}: "))
    return problems
