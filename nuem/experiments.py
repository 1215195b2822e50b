"""Experiments: shipped or own files, what they may hold, and what they cite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from analysis.published.citations import Citation as Citation
    from analysis.published.citations import citations as citations
    from sim.config.schema import experiment_schema as experiment_schema
    from sim.experiment import ConfigurationError as ConfigurationError
    from sim.experiment import Experiment as Experiment
    from sim.experiment import load_experiment as load_experiment
    from sim.experiment import parse_experiment as parse_experiment
    from sim.experiment import preset_names as preset_names
    from sim.experiment import preset_text as preset_text
    from sim.instruments.checks import check_tables as check_tables

HOMES = {
    "Citation": "analysis.published.citations",
    "ConfigurationError": "sim.experiment",
    "Experiment": "sim.experiment",
    "check_tables": "sim.instruments.checks",
    "citations": "analysis.published.citations",
    "experiment_schema": "sim.config.schema",
    "load_experiment": "sim.experiment",
    "parse_experiment": "sim.experiment",
    "preset_names": "sim.experiment",
    "preset_text": "sim.experiment",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
