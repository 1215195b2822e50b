"""Tables with texts beside numbers, such as names of detectors and dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Record:
    """A row: its cells by column, and where it stands, for messages."""

    cells: dict[str, str]
    place: str

    def number(self, column: str) -> float:
        """A cell as a finite number; ValueError with the place for another."""
        try:
            value = float(self.cells[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"{self.place}: {column}: a number expected, found {self[column]!r}")
        return value

    def time(self, column: str) -> datetime:
        """A cell as a date or date-time, UTC unless it says otherwise."""
        try:
            value = datetime.fromisoformat(self[column])
        except ValueError:
            raise ValueError(
                f"{self.place}: {column}: a date or date-time expected, found {self[column]!r}"
            ) from None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def read_records(text: str, source: str, required: Sequence[str]) -> list[Record]:
    """Rows of a table with a header; cells are separated by commas, or by blanks and tabs.

    Raises
    ------
    ValueError
        with the source and the line for a missing column or a row of another length.
    """
    stripped = ((i, line.partition("#")[0].strip()) for i, line in enumerate(text.splitlines(), 1))
    lines = [(number, line) for number, line in stripped if line]
    if len(lines) < 2:
        raise ValueError(f"{source}: a header line and at least one row expected")
    names = _cells(lines[0][1])
    missing = next((name for name in required if name not in names), None)
    if missing is not None:
        raise ValueError(f"{source}: column {missing!r} is missing; found {', '.join(names)}")
    if len(set(names)) != len(names):
        raise ValueError(f"{source}: a column name stands twice in {', '.join(names)}")
    records = []
    for number, line in lines[1:]:
        cells, place = _cells(line), f"{source}, line {number}"
        if len(cells) != len(names):
            raise ValueError(f"{place}: {len(names)} values expected, found {len(cells)}")
        records.append(Record(dict(zip(names, cells, strict=True)), place))
    return records


def _cells(line: str) -> list[str]:
    if "," in line:
        return [cell.strip() for cell in line.split(",")]
    return line.split()
