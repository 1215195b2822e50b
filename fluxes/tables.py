"""Reader of tables of numbers, the cited ones and a user's: columns by name, '#' comments."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import resources
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fluxes.table_cells import (
    Line,
    cells,
    check_decimal_commas,
    comments_above,
    content_lines,
    header_cells,
    is_number,
    number,
    separator_of,
)
from fluxes.table_histograms import histogram_of, is_histogram

FloatArray = npt.NDArray[np.float64]

ROUNDING = 1e-4
"""Share of a bin by which its end and the start of the next may differ, and are one."""


class Headers(Protocol):
    """What understands the header of a table: units that it states, and those of its comments."""

    def column(self, cell: str) -> tuple[str, str]:
        """Name of the column that a header's cell means, and the factor of its numbers."""

    def check_comments(self, comments: Sequence[str], *, named: bool) -> None:
        """ValueError if comments contradict columns; named: a header names them as well."""


class PlainHeaders:
    """Takes every name as it stands."""

    def column(self, cell: str) -> tuple[str, str]:
        """The cell itself, with a factor of 1."""
        return cell, "1"

    def check_comments(self, comments: Sequence[str], *, named: bool) -> None:
        """Nothing is contradicted."""


PLAIN = PlainHeaders()
"""Names as they stand."""


def parse_table(
    text: str,
    source: str,
    required: tuple[str, ...] = (),
    *,
    histogram: tuple[str, ...] = (),
    contents: str = "",
    headers: Headers = PLAIN,
) -> dict[str, FloatArray]:
    """Columns of a numeric table by name.

    Cells are separated by commas, by semicolons, or by blanks and tabs; what follows a '#' is a
    comment.  The first line names the columns, every other holds one finite number a column.  The
    names may be missing, or stand in the comment above the numbers, if the table has just the
    required columns, two or more, in their order or in that of the comment.

    histogram: the columns, low and high ends of bins first, that may stand in place of the
    required ones; without a header they are known by bins that adjoin.  contents: the column that
    the contents of a histogram of UHI or ROOT are (``fluxes.table_histograms``), whose bins are
    the first two of histogram; its errors are the column error.  headers: what names mean.

    Raises
    ------
    ValueError
        with the source and the line for a missing header, a missing column, a line of another
        length, or a value that is not a finite number.
    """
    if contents and is_histogram(text):
        return _of_histogram(text, source, (*histogram[:2], contents), headers)
    lines = content_lines(text)
    if lines:
        check_decimal_commas(lines[0][1], f"{source}, line {lines[0][0]}", all_cells=True)
    first = cells(lines[0][1], separator_of(lines[0][1])) if lines else []
    if first and all(map(is_number, first)):
        may_be_bins = histogram != required and len(first) == len(histogram)
        known = _adjoining(lines, histogram) if may_be_bins else required
        columns = _columns_without_header(text, lines[0], first, source, known, headers)
        separator = separator_of(lines[0][1])
    else:
        columns, separator = _named_columns(text, lines, source, headers)
        lines = lines[1:]
    names = [name for name, _ in columns]
    if not lines:
        raise ValueError(
            f"{source}: a header line and at least one row expected, found "
            f"{len(content_lines(text))} line(s)"
        )
    wanted = histogram if any(name in names for name in histogram[:2]) else required
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ValueError(f"{source}: column {missing[0]!r} is missing; found {', '.join(names)}")
    if len(set(names)) != len(names):
        raise ValueError(f"{source}: a column name stands twice in {', '.join(names)}")
    factors = [factor for _, factor in columns]
    rows = [_numbers(line, factors, f"{source}, line {n}", separator) for n, line in lines]
    values = np.array(rows, dtype=np.float64).T
    return dict(zip(names, np.ascontiguousarray(values), strict=True))


def line_of_row(text: str, row: int) -> int | None:
    """Line, from 1, of a row, from 0, of the numbers of a table that can be read.

    None for a histogram of another program, whose bins have no lines.
    """
    if is_histogram(text):
        return None
    lines = content_lines(text)
    first = cells(lines[0][1], separator_of(lines[0][1]))
    return lines[row + (not all(map(is_number, first)))][0]


def _of_histogram(
    text: str, source: str, names: tuple[str, ...], headers: Headers
) -> dict[str, FloatArray]:
    """Columns of low and high ends, of contents, and of errors unless they are those of counts."""
    try:
        found, factor = histogram_of(text), "1"
        if found.unit is not None:
            stem = names[0].rpartition("_")[0]
            _, factor = headers.column(f"{stem} [{found.unit}]")
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
    edges = found.edges * float(factor)
    columns = dict(zip(names, (edges[:-1], edges[1:], found.contents), strict=True))
    return columns if found.errors is None else {**columns, "error": found.errors}


def _named_columns(
    text: str, lines: list[Line], source: str, headers: Headers
) -> tuple[list[tuple[str, str]], str | None]:
    """Names and factors of a header line, and the separator of the table."""
    if not lines:
        return [], None
    number_of_header, header = lines[0]
    separator = separator_of(header)
    n_columns = len(cells(lines[1][1], separator)) if len(lines) > 1 else 0
    found = [name.strip("\"'") for name in header_cells(header, n_columns)]
    where = f"{source}, line {number_of_header}"
    return _understood(found, headers, comments_above(text, number_of_header), where), separator


def _columns_without_header(
    text: str,
    first: Line,
    found: list[str],
    source: str,
    required: tuple[str, ...],
    headers: Headers,
) -> list[tuple[str, str]]:
    """The required columns, in the order and units of a comment above if it names them all."""
    if len(required) < 2 or len(found) != len(required):
        raise ValueError(
            f"{source}, line {first[0]}: a header line with the names of the columns expected, "
            f"found numbers"
        )
    comments = comments_above(text, first[0])
    named = header_cells(comments[-1], len(required)) if comments else []
    with suppress(ValueError):
        columns = [headers.column(name.strip("\"'")) for name in named]
        if sorted(name for name, _ in columns) == sorted(required):
            return columns
    _check_comments(headers, comments, named=False, where=f"{source}, line {first[0]}")
    return [(name, "1") for name in required]


def _adjoining(lines: list[Line], histogram: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a histogram if the first two columns are bins that adjoin, else none."""
    ends = [cells(line, separator_of(line))[:2] for _, line in lines]
    if len(ends) < 2 or not all(len(pair) == 2 and all(map(is_number, pair)) for pair in ends):
        return ()
    low, high = np.array(ends, dtype=np.float64).T
    with np.errstate(invalid="ignore"):
        adjoin = np.abs(low[1:] - high[:-1]) <= ROUNDING * np.abs(high - low)[:-1]
    return histogram if np.all(adjoin) and np.all(high > low) else ()


def _understood(
    found: list[str], headers: Headers, comments: list[str], where: str
) -> list[tuple[str, str]]:
    try:
        meant = [headers.column(name) for name in found]
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    columns = [
        (cell, "1") if name != cell and name in found else (name, factor)
        for cell, (name, factor) in zip(found, meant, strict=True)
    ]
    _check_comments(headers, comments, named=True, where=where)
    return columns


def _check_comments(headers: Headers, comments: list[str], *, named: bool, where: str) -> None:
    try:
        headers.check_comments(comments, named=named)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _numbers(line: str, factors: list[str], where: str, separator: str | None) -> list[float]:
    found = cells(line, separator)
    try:
        if len(found) != len(factors):
            raise ValueError(f"{where}: {len(factors)} values expected, found {len(found)}")
        return [number(cell, where, factor) for cell, factor in zip(found, factors, strict=True)]
    except ValueError:
        check_decimal_commas(line, where)
        raise


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
