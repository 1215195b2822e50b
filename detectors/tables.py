"""The shipped tables of ``detectors/data``, and checks of arrays."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@cache
def shipped_rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a shipped table as ``{column: text}``; lines that start with '#' are comments."""
    text = resources.files("detectors.data").joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(csv.DictReader(lines))


@cache
def shipped_elements(name: str) -> dict[str, tuple[dict[str, str], ...]]:
    """Rows of a shipped table with a column ``element``, by element, in the table's order."""
    rows: dict[str, list[dict[str, str]]] = {}
    for row in shipped_rows(name):
        rows.setdefault(row["element"], []).append(row)
    return {element: tuple(found) for element, found in rows.items()}


def check_increasing(values: FloatArray, name: str) -> None:
    """Raise ValueError unless the values are a finite array of one dimension that increases."""
    if values.ndim != 1 or values.size == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"{name}: finite numbers in one dimension expected, at least one")
    if not np.all(np.diff(values) > 0):
        i = int(np.argmax(~(np.diff(values) > 0)))
        raise ValueError(
            f"{name} must increase strictly: {name}[{i + 1}] = {values[i + 1]} after {values[i]}"
        )


def check_steps(values: FloatArray, name: str) -> None:
    """As ``check_increasing``, but a value may stand twice: what belongs to it makes a step."""
    again = np.diff(values) == 0
    check_increasing(values[np.append(True, ~again)] if values.size else values, name)
    if np.any(again[1:] & again[:-1]):
        i = int(np.argmax(again[1:] & again[:-1])) + 2
        raise ValueError(f"{name}[{i}] = {values[i]} stands three times: a step has two rows")


def as_float_array(values: FloatArray | float) -> FloatArray:
    """Contiguous float64 array of at least one dimension."""
    return np.ascontiguousarray(np.atleast_1d(values), dtype=np.float64)
