"""Variations: an experiment with some of its keys set to other values, validated again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.config.detector import UnitConfig, WholeDetector
from sim.config.errors import problems_of
from sim.config.file import ExperimentConfig
from sim.experiment import ConfigurationError, Experiment, made_experiment
from sim.last_used import Kept
from sim.syntax.overrides import expected_entry, index_of
from sim.syntax.sites import refuse_late_site
from sim.syntax.spelling import nearest
from sim.syntax.units import in_key_units

_CAPACITY = 4096


def varied(experiment: Experiment, changes: Mapping[str, object]) -> Experiment:
    """A copy with values set by key: ``section.key``, entries of lists by index.

    Only the sections that change are validated again, and what ties sections together.

    Raises
    ------
    ConfigurationError
        for a key that is not there, or a value that is not valid.
    """
    changed = _varied_config(experiment, changes)
    return made_experiment(changed, experiment.source, experiment.files, experiment.name)


def _varied_config(experiment: Experiment, changes: Mapping[str, object]) -> ExperimentConfig:
    config = experiment.config
    content = {name: getattr(config, name) for name in type(config).model_fields}
    refused: dict[tuple[str, ...], str] = {}
    resolution = config.detector.resolution
    electron_kev = None if resolution is None else resolution.electron_kev
    try:
        refuse_late_site(changes)
    except ValueError as error:
        raise ConfigurationError(f"{experiment.name}: {error}") from None
    for key, value in changes.items():
        first, *rest = key.split(".")
        _field(config, first, key)
        converted = in_key_units(value, refused, (first, *rest), electron_kev)
        content[first] = _changed(content[first], rest, converted, key)
    try:
        return ExperimentConfig.model_validate(content)
    except ValidationError as error:
        problems = [f"{experiment.name}: {problem}" for problem in problems_of(error, refused)]
        raise ConfigurationError(problems[0], problems) from None


class Variations:
    """Variations of one experiment, of which each section is validated once for its values."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        fields = type(experiment.config).model_fields
        self._content = {name: getattr(experiment.config, name) for name in fields}
        self._sections: Kept[object] = Kept(_CAPACITY)

    def at(self, changes: Mapping[str, object]) -> Experiment:
        """The experiment with values set by key, as ``varied``."""
        by_section: dict[str, dict[str, object]] = {}
        for key, value in changes.items():
            by_section.setdefault(key.partition(".")[0], {})[key] = value
        try:
            changed = {name: self._section(name, own) for name, own in by_section.items()}
            config = ExperimentConfig.model_validate(self._content | changed)
            return Experiment(config, self._experiment.source, self._experiment.files)
        except ValueError:  # said in full, or due to what other sections now are
            return varied(self._experiment, changes)

    def _section(self, name: str, changes: dict[str, object]) -> object:
        """A section with its changes, beside the others as they are."""
        key = tuple((key, type(value), value) for key, value in changes.items())
        return self._sections.once(
            key, lambda: getattr(_varied_config(self._experiment, changes), name)
        )


def value_at(experiment: Experiment, key: str) -> object:
    """Value of a key, defaults included; ConfigurationError for a key that is not there."""
    node: object = experiment.config
    for part in key.split("."):
        node = _entry(node, part, key)
    return node


def _changed(node: Any, parts: list[str], value: object, key: str) -> Any:
    """A node with one value below it replaced; what is on the way becomes plain data."""
    if not parts:
        return value
    part, *rest = parts
    if isinstance(node, UnitConfig) and part in WholeDetector.model_fields:
        own = dict(node)
        return own | {part: _added(own.get(part), rest, value)}
    changed = _changed(_entry(node, part, key), rest, value, key)
    if isinstance(node, BaseModel):
        return dict(node) | {part: changed}
    if isinstance(node, tuple):
        place = _place(node, part, key)
        return (*node[:place], changed, *node[place + 1 :])
    return {**node, part: changed}


def _added(table: Any, parts: list[str], value: object) -> Any:
    """A table with a value at a path, whether there was one or not."""
    if not parts:
        return value
    own = table if isinstance(table, dict) else {}
    return {**own, parts[0]: _added(own.get(parts[0]), parts[1:], value)}


def _entry(node: object, part: str, key: str) -> Any:
    if isinstance(node, BaseModel):
        return _field(node, part, key)
    if isinstance(node, tuple):
        return node[_place(node, part, key)]
    if isinstance(node, dict) and part in node:
        return node[part]
    raise ConfigurationError(f"{key}: {part} is not in this experiment")


def _place(entries: tuple[Any, ...], part: str, key: str) -> int:
    """Place of an entry by its index, its name, or its model where it has no name."""
    names = [getattr(entry, "name", None) or getattr(entry, "model", None) for entry in entries]
    place = index_of(part, names)
    if place is None:
        raise ConfigurationError(f"{key}: {expected_entry(names)}, found {part}")
    return place


def _field(section: BaseModel, part: str, key: str) -> Any:
    if isinstance(section, UnitConfig) and part in (section.model_extra or {}):
        return (section.model_extra or {})[part]
    fields = type(section).model_fields
    if part not in fields:
        raise ConfigurationError(f"{key}: unknown key{nearest(part, list(fields))}")
    return getattr(section, part)
