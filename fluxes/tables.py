"""Reader of tables of numbers, the cited ones and a user's: columns by name, '#' comments."""

from __future__ import annotations

import csv
import math
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


_Line = tuple[int, str]


def parse_table(text: str, source: str, required: tuple[str, ...] = ()) -> dict[str, FloatArray]:
    """Columns of a numeric table by name.

    Cells are separated by commas, or by blanks and tabs; what follows a '#' is a comment.  The
    first line names the columns, every other holds one finite number a column.  The names may be
    missing, or stand in the comment above the numbers, if the table has just the required
    columns, two or more, in their order or in that of the comment.

    Raises
    ------
    ValueError
        with the source and the line for a missing header, a missing column, a line of another
        length, or a value that is not a finite number.
    """
    lines = _content(text)
    first = _cells(lines[0][1]) if lines else []
    if first and all(map(_is_number, first)):
        names = _names_without_header(text, lines[0], first, source, required)
    else:
        names, lines = [name.strip("\"'") for name in first], lines[1:]
    if not lines:
        raise ValueError(
            f"{source}: a header line and at least one row expected, found "
            f"{len(_content(text))} line(s)"
        )
    missing = [name for name in required if name not in names]
    if missing:
        raise ValueError(f"{source}: column {missing[0]!r} is missing; found {', '.join(names)}")
    if len(set(names)) != len(names):
        raise ValueError(f"{source}: a column name stands twice in {', '.join(names)}")
    rows = [_numbers(line, len(names), f"{source}, line {number}") for number, line in lines]
    columns = np.array(rows, dtype=np.float64).T
    return dict(zip(names, np.ascontiguousarray(columns), strict=True))


def line_of_row(text: str, row: int) -> int:
    """Line, from 1, of a row, from 0, of the numbers of a table that can be read."""
    lines = _content(text)
    has_header = not all(map(_is_number, _cells(lines[0][1])))
    return lines[row + has_header][0]


def _content(text: str) -> list[_Line]:
    """Numbers and texts of the lines that hold more than a comment, without their comments."""
    stripped = (line.partition("#")[0].strip() for line in text.splitlines())
    return [(number, line) for number, line in enumerate(stripped, start=1) if line]


def _names_without_header(
    text: str, first: _Line, cells: list[str], source: str, required: tuple[str, ...]
) -> list[str]:
    """The required names, in the order of a comment right above the numbers if it has them all."""
    if len(required) < 2 or len(cells) != len(required):
        raise ValueError(
            f"{source}, line {first[0]}: a header line with the names of the columns expected, "
            f"found numbers"
        )
    above = [line.strip("#\t ") for line in text.splitlines()[: first[0] - 1]]
    named = _cells(next((line for line in reversed(above) if line), ""))
    return named if sorted(named) == sorted(required) else list(required)


def _cells(line: str) -> list[str]:
    if "," in line:
        return [cell.strip() for cell in line.split(",")]
    return line.split()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(line: str, expected: int, where: str) -> list[float]:
    cells = _cells(line)
    if len(cells) != expected:
        raise ValueError(f"{where}: {expected} values expected, found {len(cells)}")
    return [_number(cell, where) for cell in cells]


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{where}: a number expected, found {cell!r}") from None
    if not math.isfinite(value):
        raise ValueError(f"{where}: a finite number expected, found {cell!r}")
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
