"""Readers of tables: the shipped ones of ``detectors/data`` and columns of a user's text."""

from __future__ import annotations

import csv
import math
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


def columns_of_text(text: str, source: str, names: tuple[str, ...]) -> tuple[FloatArray, ...]:
    """Columns of a comma-separated text: one array for each name, in the order of the names.

    The first line that is neither empty nor a '#' comment names the columns; every other line
    holds one finite number a column.

    Parameters
    ----------
    source
        where the text comes from, for the error messages.

    Raises
    ------
    ValueError
        with the source and the line for a missing column or row, a line of another length, or a
        value that is not a finite number.
    """
    lines = [
        (number, next(csv.reader([line])))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    for name in names:
        if header.count(name) != 1:
            found = ", ".join(header) or "nothing"
            raise ValueError(f"{source}: one column {name!r} expected, found {found}")
    if len(lines) < 2:
        raise ValueError(f"{source}: at least one row of numbers expected below the header")
    rows = [_numbers(cells, len(header), f"{source}, line {n}") for n, cells in lines[1:]]
    columns = np.array(rows, dtype=np.float64).T
    return tuple(np.ascontiguousarray(columns[header.index(name)]) for name in names)


def check_increasing(values: FloatArray, name: str) -> None:
    """Raise ValueError unless the values are a finite array of one dimension that increases."""
    if values.ndim != 1 or values.size == 0 or not np.all(np.isfinite(values)):
        raise ValueError(f"{name}: finite numbers in one dimension expected, at least one")
    if not np.all(np.diff(values) > 0):
        i = int(np.argmax(~(np.diff(values) > 0)))
        raise ValueError(
            f"{name} must increase strictly: {name}[{i + 1}] = {values[i + 1]:g} "
            f"after {values[i]:g}"
        )


def as_float_array(values: FloatArray | float) -> FloatArray:
    """Contiguous float64 array of at least one dimension."""
    return np.ascontiguousarray(np.atleast_1d(values), dtype=np.float64)


def _numbers(cells: list[str], expected: int, where: str) -> list[float]:
    if len(cells) != expected:
        raise ValueError(f"{where}: {expected} values expected, found {len(cells)}")
    return [_number(cell, where) for cell in cells]


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{where}: a number expected, found {cell.strip()!r}") from None
    if not math.isfinite(value):
        raise ValueError(f"{where}: a finite number expected, found {cell.strip()}")
    if value != 0 and not 1e-100 <= abs(value) <= 1e100:
        raise ValueError(f"{where}: a size of 1e-100 to 1e100 or 0 expected, found {value:g}")
    return value
