"""Lines, cells and numbers of a text table: comments, separators, what a number looks like."""

from __future__ import annotations

import math
import re
from decimal import Decimal

LONGEST_NAME = 500
"""Characters of a header or a comment up to which names and units are looked for in it."""
_MOST_COMMENTS = 200
Line = tuple[int, str]
"""Number of a line, from 1, and its text without comments."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_QUOTED_COMMA = re.compile(r"[\"']([+-]?\d*,\d+)[\"']", re.ASCII)
_FORTRAN = re.compile(r"[+-]?[\d.]+[dD][+-]?\d+", re.ASCII)
_HEADER_CELL = re.compile(r"[^\s\[(]+(?:\s*(?:\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)))?")


def content_lines(text: str) -> list[Line]:
    """The lines that hold more than a comment, without their comments."""
    stripped = (line.partition("#")[0].strip() for line in text.splitlines())
    return [(number, line) for number, line in enumerate(stripped, start=1) if line]


def comments_above(text: str, line: int) -> list[str]:
    """The comments above a line, without their marks, those of no words left out."""
    lines = text.splitlines()[max(0, line - 1 - _MOST_COMMENTS) : line - 1]
    above = (comment[:LONGEST_NAME].strip("#\t ") for comment in lines)
    return [comment for comment in above if comment]


def cells(line: str, separator: str | None = None) -> list[str]:
    """Cells of a line: at the separator, or at commas, or else at blanks and tabs."""
    if separator is None and "," in line:
        separator = ","
    if separator is None:
        return line.split()
    return [cell.strip() for cell in line.split(separator)]


def separator_of(header: str) -> str | None:
    """A semicolon if the header has any; None: commas, or else blanks and tabs."""
    return ";" if ";" in header else None


def header_cells(header: str, n_columns: int) -> list[str]:
    """Cells of a line of names, each with a unit that stands behind it in brackets."""
    found = cells(header, separator_of(header))
    if len(found) == n_columns or ";" in header or "," in header or len(header) > LONGEST_NAME:
        return found
    for split in (re.split(r"\t+|\s{2,}", header), _HEADER_CELL.findall(header)):
        if len(split) == n_columns:
            return [cell.strip() for cell in split]
    return found


def is_number(cell: str) -> bool:
    """True for what is a number, NaN and infinities among them."""
    if _NUMBER.fullmatch(cell):
        return True
    return cell.strip("+-").lower() in ("nan", "inf", "infinity")


def check_decimal_commas(line: str, where: str, *, all_cells: bool = False) -> None:
    """Refuse a line with decimal commas in cells parted by blanks, tabs, semicolons or quotes.

    all_cells: only if every cell has one, for a line that may be read in another way.
    """
    quoted = _QUOTED_COMMA.findall(line)
    parts = [part for part in re.split(r"[;\s]+", line) if part]
    found = quoted or [part for part in parts if _DECIMAL_COMMA.fullmatch(part)]
    if quoted or (len(parts) > 1 and found and (len(found) == len(parts) or not all_cells)):
        point = found[0].replace(",", ".")
        raise ValueError(f"{where}: a decimal comma in {found[0]!r}: write {point}")


def number(cell: str, where: str, factor: str = "1") -> float:
    """The number of a cell times a factor, correctly rounded.

    Raises
    ------
    ValueError
        for anything but a finite number of a size that can be used.
    """
    if not _NUMBER.fullmatch(cell):
        if is_number(cell):
            raise ValueError(f"{where}: a finite number expected, found {cell!r}")
        hint = f": write {cell.upper().replace('D', 'E')}" if _FORTRAN.fullmatch(cell) else ""
        raise ValueError(f"{where}: a number expected, found {_short(cell)!r}{hint}")
    try:
        value = float(cell) if factor == "1" else float(Decimal(cell) * Decimal(factor))
    except ArithmeticError:  # an exponent that Decimal does not know
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"{where}: a finite number expected, found {_short(cell)!r}")
    if value != 0 and not 1e-100 <= abs(value) <= 1e100:
        raise ValueError(f"{where}: a size of 1e-100 to 1e100 or 0 expected, found {value:g}")
    return value


def _short(cell: str) -> str:
    return cell if len(cell) <= 60 else f"{cell[:40]} ... {cell[-10:]}"
