"""Tables as CSV, in which no spreadsheet takes a text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = tuple("=+-@\t＝＋－＠")
"""What a formula begins with in the known spreadsheets, also in the full width of East Asia."""


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Lines of comma-separated cells; None is an empty one, floats are in full precision.

    A text is one line.  One that begins as a formula does gets an apostrophe before it, which makes
    it a text for spreadsheets; numbers stay numbers, also those that are given as texts.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str) or _is_number(value):
        return value
    line = " ".join(part for part in value.splitlines() if part)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
