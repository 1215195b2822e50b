"""Changes to an experiment file from outside of it: ``section.key=VALUE``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from sim.syntax.units import looks_like_a_quantity

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
    """Set one key of the data of an experiment file; returns the key, with indices for names.

    An entry of an array is addressed by its index, or by its ``name``, or by its ``model`` where it
    has no name.

    Raises
    ------
    ValueError
        for a change that cannot be read, or a place that is not there.
    """
    key, value = parsed_override(override)
    table: Any = data
    *path, last = key.split(".")
    found: list[str] = []
    for part in path:
        place, table = _entry(table, part, key)
        found.append(place)
    if isinstance(table, list):
        last, _ = _entry(table, last, key)
        table[int(last)] = value
    elif isinstance(table, dict):
        table[last] = value
    else:
        raise ValueError(f"--set {key}: {'.'.join(path)} is not a table")
    return ".".join([*found, last])


def index_of(part: str, names: Sequence[str | None]) -> int | None:
    """Place of an entry of an array by its index or its name, None if it is not there."""
    if part.isascii() and part.isdigit() and int(part) < len(names):
        return int(part)
    return names.index(part) if part in names else None


def _entry(table: Any, part: str, key: str) -> tuple[str, Any]:
    """Key or index of what a part of a path means, and what is there."""
    if isinstance(table, dict):
        return part, table.setdefault(part, {})
    if isinstance(table, list):
        names = [
            entry.get("name") or entry.get("model") if isinstance(entry, dict) else None
            for entry in table
        ]
        place = index_of(part, names)
        if place is None:
            raise ValueError(f"--set {key}: {expected_entry(names)}, found {part}")
        return str(place), table[place]
    raise ValueError(f"--set {key}: {part} has no table to stand in")


def expected_entry(names: Sequence[str | None]) -> str:
    """What an entry of an array may be addressed by, in words."""
    known = [name for name in names if name]
    more = f" or one of {', '.join(known)}" if known else ""
    return f"an index below {len(names)}{more} expected"


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
