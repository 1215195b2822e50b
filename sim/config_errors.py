"""One clear line for a configuration that is not valid: key, what was found, nearest valid name."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sim.config import ExperimentConfig

Location = tuple[int | str, ...]
_TAG_FIELDS = ("shape", "model")


def first_problem(error: ValidationError) -> str:
    """The most telling problem of a validation (an unknown key), and how many more there are."""
    problems = error.errors(include_url=False)
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    models, path = _walk(first["loc"])
    if first["type"] == "extra_forbidden":
        path = [*_walk(first["loc"][:-1])[1], str(first["loc"][-1])]  # its key may be any text
        keys = [key for model in models for key in model.model_fields]
        message = f"unknown key{nearest(path[-1], keys)}"
    elif first["type"] == "missing":
        message = "this key is required"
    elif first["type"] == "union_tag_invalid":
        allowed = [tag.strip("'") for tag in first["ctx"]["expected_tags"].split(", ")]
        message = f"unknown variant {first['ctx']['tag']!r}{nearest(first['ctx']['tag'], allowed)}"
    else:
        message = first["msg"].removeprefix("Value error, ")
        found = first["input"]
        if isinstance(found, str | int | float):
            message += f", found {found!r}"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = ".".join(path)
    line = f"{where}: {message}{more}" if where else f"{message}{more}"
    return " ".join(line.split())


def nearest(word: str, candidates: Sequence[str]) -> str:
    """A hint: the nearest valid name, or all of them."""
    longer = [name for name in candidates if word and name.startswith(word)]
    matches = longer or get_close_matches(word, candidates, n=1, cutoff=0.5)
    return f"; nearest valid name: {matches[0]}" if matches else f"; valid: {', '.join(candidates)}"


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
        elif isinstance(part, str) and ("[" in part or "(" in part or part in ("float", "str")):
            continue
        path.append(str(part))
    return models, path


def _tags(model: type[BaseModel]) -> tuple[object, ...]:
    """Values of the key that tells this section from the others of its union."""
    return tuple(
        value
        for name in _TAG_FIELDS
        if name in model.model_fields
        for value in get_args(model.model_fields[name].annotation)
    )


def _sections_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _sections_in(argument)]
