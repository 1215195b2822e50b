"""Reader of the cited tables: comma-separated numbers with a header line and '#' comments."""

from __future__ import annotations

import csv
import math
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def parse_table(text: str, source: str, required: tuple[str, ...] = ()) -> dict[str, FloatArray]:
    """Columns of a numeric table by name.

    The first line that is neither empty nor a '#' comment names the columns; every other line
    holds one finite number a column.

    Raises
    ------
    ValueError
        with the source and the line for a missing header, a missing column, a line of another
        length, or a value that is not a finite number.
    """
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) < 2:
        raise ValueError(
            f"{source}: a header line and at least one row expected, found {len(lines)} line(s)"
        )
    names = [name.strip() for name in next(csv.reader([lines[0][1]]))]
    missing = [name for name in required if name not in names]
    if missing:
        raise ValueError(f"{source}: column {missing[0]!r} is missing; found {', '.join(names)}")
    if len(set(names)) != len(names):
        raise ValueError(f"{source}: a column name stands twice in {', '.join(names)}")
    rows = [_numbers(line, len(names), f"{source}, line {number}") for number, line in lines[1:]]
    columns = np.array(rows, dtype=np.float64).T
    return dict(zip(names, np.ascontiguousarray(columns), strict=True))


def _numbers(line: str, expected: int, where: str) -> list[float]:
    cells = next(csv.reader([line]))
    if len(cells) != expected:
        raise ValueError(f"{where}: {expected} values expected, found {len(cells)}")
    return [_number(cell, where) for cell in cells]


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{where}: a number expected, found {cell.strip()!r}") from None
    if not math.isfinite(value):
        raise ValueError(f"{where}: a finite number expected, found {cell.strip()!r}")
    if value != 0 and not 1e-100 <= abs(value) <= 1e100:
        raise ValueError(f"{where}: a size of 1e-100 to 1e100 or 0 expected, found {value:g}")
    return value


@cache
def shipped_text(name: str) -> str:
    """Text of a file of ``fluxes/data``."""
    return resources.files("fluxes.data").joinpath(name).read_text(encoding="utf-8")


def shipped_rows(name: str) -> dict[str, dict[str, float]]:
    """Rows of a shipped table whose first column is a key, as ``{key: {column: number}}``."""
    lines = [line for line in shipped_text(name).splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines)
    key = (rows.fieldnames or [""])[0]
    return {row[key]: {k: float(v) for k, v in row.items() if k != key} for row in rows}
