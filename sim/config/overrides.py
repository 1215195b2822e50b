"""Changes to an experiment file from outside of it: ``section.key=VALUE``."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from sim.config.units import looks_like_a_quantity

_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_TOML_WORDS = ("true", "false", "nan", "inf")


def parsed_override(override: str) -> tuple[str, Any]:
    """Key and value of KEY=VALUE; bare words and quantities such as 180 eV are strings.

    Raises
    ------
    ValueError
        for anything that is not KEY=VALUE with VALUE in TOML.
    """
    key, separator, value = (part.strip() for part in override.partition("="))
    if not separator or not all(key.split(".")):
        raise ValueError(f"--set {override!r}: KEY=VALUE expected")
    return key, _value(value, override)


def apply_override(data: dict[str, Any], override: str) -> str:
    """Set one key of the data of an experiment file; returns the key.

    Raises
    ------
    ValueError
        for a change that cannot be read, or a place that is not there.
    """
    key, value = parsed_override(override)
    *path, last = key.split(".")
    table: Any = data
    for part in path:
        table = _entry(table, part, key)
    if isinstance(table, list):
        _entry(table, last, key)
        table[int(last)] = value
    elif isinstance(table, dict):
        table[last] = value
    else:
        raise ValueError(f"--set {key}: {'.'.join(path)} is not a table")
    return key


def _entry(table: Any, part: str, key: str) -> Any:
    if isinstance(table, dict):
        return table.setdefault(part, {})
    if isinstance(table, list):
        if part.isascii() and part.isdigit() and int(part) < len(table):
            return table[int(part)]
        raise ValueError(f"--set {key}: an index below {len(table)} expected, found {part}")
    raise ValueError(f"--set {key}: {part} has no table to stand in")


def _value(value: str, override: str) -> Any:
    if _BARE_WORD.fullmatch(value) and value not in _TOML_WORDS:
        return value
    try:
        content = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        if looks_like_a_quantity(value) and "\n" not in value:
            return value
        content = {}
    if set(content) != {"value"}:
        raise ValueError(f"--set {override!r}: the value is not valid TOML")
    return content["value"]
