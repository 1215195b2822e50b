"""Clear lines for a configuration that is not valid: key, what was found, nearest valid name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.config.analysis import BinningKeys
from sim.config.detector import UnitConfig, WholeDetector
from sim.config.file import ExperimentConfig
from sim.syntax.spelling import nearest

Location = tuple[int | str, ...]
_TAG_FIELDS = ("shape", "model")
_TYPES = ("float", "str", "constrained-float", "constrained-str")
_NO_TABLE = ("dict_type", "model_type", "model_attributes_type")
_EXPECTED = "Input should be "


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the key at a path (no path: with the file as a whole)."""

    path: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        where = ".".join(self.path)
        line = f"{where}: {self.message}" if where else self.message
        return " ".join(line.split())


def problems_of(error: ValidationError, refused: Mapping[tuple[str, ...], str]) -> list[Problem]:
    """The problems of a validation, one a key, the most telling (unknown keys) first.

    refused: what was wrong already with the texts at some paths.
    """
    found = error.errors(include_url=False)
    found.sort(key=lambda details: details["type"] != "extra_forbidden")
    said = {_path(details) for details in found if details["type"] not in _NO_TABLE}
    found = [details for details in found if not _is_beside_the_point(details, said)]
    by_path: dict[tuple[str, ...], list[str]] = {}
    for details in found:
        models, path = _walk(details["loc"])
        if details["type"] == "extra_forbidden":  # a key may be any text
            path = [*_walk(details["loc"][:-1])[1], str(details["loc"][-1])]
        known = refused.get(tuple(path)) if details["type"] != "extra_forbidden" else None
        by_path.setdefault(tuple(path), []).append(known or _message(details, models, path))
    return [Problem(path, _either(messages)) for path, messages in by_path.items()]


def _is_beside_the_point(details: ErrorDetails, said: set[tuple[str, ...]]) -> bool:
    """True for "a table expected" of a number that could be right; said: what is not such."""
    if details["type"] not in _NO_TABLE or isinstance(details["input"], dict):
        return False
    return _path(details) in said


def _path(details: ErrorDetails) -> tuple[str, ...]:
    return tuple(_walk(details["loc"])[1])


def _message(details: ErrorDetails, models: list[type[BaseModel]], path: list[str]) -> str:
    kind, found = details["type"], details["input"]
    if kind == "extra_forbidden":
        return f"unknown key{nearest(path[-1], [key for m in models for key in m.model_fields])}"
    if kind == "missing":
        return "this key is required"
    if kind == "union_tag_invalid":
        tag, allowed = details["ctx"]["tag"], details["ctx"]["expected_tags"].split(", ")
        return f"unknown variant {tag!r}{nearest(tag, [name.strip(chr(39)) for name in allowed])}"
    of_bins = path[:-1] == ["analysis"] and path[-1] in BinningKeys.model_fields
    if of_bins and isinstance(found, dict):
        return "what differs by detector stands in its [[detector.unit]], not in a table here"
    message = details["msg"].removeprefix("Value error, ")
    return f"{message}, found {found!r}" if isinstance(found, str | int | float) else message


def _either(messages: list[str]) -> str:
    """The problems of one value that fits none of several types, in one sentence."""
    if len(messages) > 1 and all(message.startswith(_EXPECTED) for message in messages):
        parts = [message.removeprefix(_EXPECTED).partition(", found ") for message in messages]
        return _EXPECTED + " or ".join(part for part, _, _ in parts) + "".join(parts[-1][1:])
    return messages[0]


def _walk(location: Location) -> tuple[list[type[BaseModel]], list[str]]:
    """Sections that a location leads to, and its keys without the names of union members."""
    models: list[type[BaseModel]] = [ExperimentConfig]
    path: list[str] = []
    for part in location:
        owners = [m for m in models if part in m.model_fields]
        tagged = [m for m in models if part in _tags(m)]
        if isinstance(part, str) and owners:
            models = _sections_in(owners[0].model_fields[part].annotation)
        elif tagged:
            models = tagged
            continue
        elif any(part == m.__name__ for m in models):  # a member of a union
            models = [m for m in models if part == m.__name__]
            continue
        elif isinstance(part, str) and ("[" in part or "(" in part or part in _TYPES):
            continue
        path.append(str(part))
    return models, path


@cache
def _tags(model: type[BaseModel]) -> tuple[object, ...]:
    """Values of the key that tells this section from the others of its union."""
    return tuple(
        value
        for name in _TAG_FIELDS
        if name in model.model_fields
        for value in get_args(model.model_fields[name].annotation)
    )


def _sections_in(annotation: Any) -> list[type[BaseModel]]:
    if annotation is UnitConfig:
        return [annotation, WholeDetector]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _sections_in(argument)]
