"""The JSON Schema of the experiment file: for editors, and for what ``nuem explain`` says.

What a key means is written below it in the source, as a string.  This is read from the source
when it is asked for, so that nobody else pays for it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from sim.config.file import ExperimentConfig
from sim.section import Section
from sim.syntax.units import Unit, unit_of

Node = dict[str, Any]

_OF_ONE_DETECTOR = ("material", "mass_kg", "threshold_kev", "min_ionization_kev", "resolution")
REQUIRED_ELSEWHERE = {
    "DetectorConfig": _OF_ONE_DETECTOR,
    "ExposureConfig": ("on_days", "off_days"),
    "AnalysisConfig": ("window_kev", "bin_width_kev"),
}
"""What sections must state unless there are units or periods which do."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def experiment_schema() -> Node:
    """JSON Schema of an experiment file, with meanings, and texts with units where allowed."""
    schema = ExperimentConfig.model_json_schema()
    models = {model.__name__: model for model in _sections(Section)}
    _describe(schema, ExperimentConfig)
    for name, section in schema["$defs"].items():
        _describe(section, models[name])
    schema["anyOf"] = [
        {"properties": {"detector": {"required": list(_OF_ONE_DETECTOR)}}},
        {"properties": {"detector": {"required": ["unit"]}}},
        {"properties": {"exposure": {"required": ["period"]}}},
    ]
    for name, keys in REQUIRED_ELSEWHERE.items():
        schema["$defs"][name]["x-required"] = list(keys)
    return {"$schema": _DIALECT, "title": "experiment file of nuem"} | schema


def unit_remark(unit: Unit) -> str:
    """What the description of a key with a unit ends with."""
    return f" In {unit.symbol}, or a text with a unit."


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What each key of a section means, by key."""
    found: dict[str, str] = {}
    for ancestor in reversed(model.__mro__):
        found |= _strings_below_keys(ancestor.__module__).get(ancestor.__name__, {})
    return {key: text for key, text in found.items() if key in model.model_fields}


def _sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from _sections(child)


def _describe(section: Node, model: type[BaseModel]) -> None:
    section.pop("title", None)
    texts = meanings(model)
    section["properties"] = {
        key: _described(key, entry, texts.get(key, ""))
        for key, entry in section.get("properties", {}).items()
    }


def _described(key: str, entry: Node, meaning: str) -> Node:
    """One key: no title, no null (TOML has none), its meaning and its unit."""
    plain = {name: value for name, value in entry.items() if name != "title"}
    if plain.get("default", 0) is None:
        del plain["default"]
    if len(plain.get("allOf", [])) == 1:  # how older versions of pydantic refer to a section
        plain |= plain.pop("allOf")[0]
    kinds = plain.get("anyOf", [])
    if {"type": "null"} in kinds:
        left = [kind for kind in kinds if kind != {"type": "null"}]
        del plain["anyOf"]
        plain = (left[0] if len(left) == 1 else {"anyOf": left}) | plain
    unit = unit_of(key)
    if unit is not None:
        plain = _with_unit(plain, unit)
        meaning += unit_remark(unit)
    return {"description": meaning} | plain if meaning else plain


def _with_unit(entry: Node, unit: Unit) -> Node:
    if "prefixItems" in entry:
        return entry | {"prefixItems": [_with_unit(item, unit) for item in entry["prefixItems"]]}
    if "items" in entry:
        return entry | {"items": _with_unit(entry["items"], unit)}
    outer = {name: entry[name] for name in ("description", "default") if name in entry}
    if entry.get("type") == "object":
        return entry | {"additionalProperties": _with_unit(entry["additionalProperties"], unit)}
    if "anyOf" in entry:  # a number or a table by name
        kinds = [k if k.get("type") != "object" else _with_unit(k, unit) for k in entry["anyOf"]]
        return {"anyOf": [*kinds, {"type": "string", "pattern": unit.pattern}]} | outer
    number = {name: value for name, value in entry.items() if name not in outer}
    return {"anyOf": [number, {"type": "string", "pattern": unit.pattern}]} | outer


@cache
def _strings_below_keys(module: str) -> dict[str, dict[str, str]]:
    """Strings right below the annotated names of each class of a module."""
    if module not in sys.modules or not module.startswith("sim."):
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: _strings_of(node) for node in classes}


def _strings_of(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for entry, after in zip(node.body, node.body[1:], strict=False):
        match entry, after:
            case (
                ast.AnnAssign(target=ast.Name(id=key)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[key] = " ".join(text.split())
    return found
