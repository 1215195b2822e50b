"""Power history: the power of each core as a table of times, constant in each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sim.layout.calendar import Span, days_between
from sim.syntax.records import Record, read_records
from sim.syntax.spelling import nearest

_ISOTOPES = ("u235", "u238", "pu239", "pu241")
_SLACK_DAYS = 1e-6


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """Powers of the cores [GW] in a span, and the fission fractions if the table states them."""

    span: Span
    powers_gw: Mapping[str, float]
    fractions: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class PowerHistory:
    """Rows that adjoin."""

    source: str
    rows: tuple[HistoryRow, ...]

    def within(self, span: Span) -> list[tuple[float, HistoryRow]]:
        """Rows that a span touches, each with its share of the span.

        Raises
        ------
        ValueError
            unless the rows cover the span.
        """
        first, last = self.rows[0].span.start_day, self.rows[-1].span.stop_day
        if span.start_day < first - _SLACK_DAYS or span.stop_day > last + _SLACK_DAYS:
            raise ValueError(
                f"{self.source} covers days {first:g} to {last:g} from the start of the first "
                f"period, not {span.start_day:g} to {span.stop_day:g}"
            )
        found = []
        for row in self.rows:
            low = max(span.start_day, row.span.start_day)
            high = min(span.stop_day, row.span.stop_day)
            if high > low:
                found.append(((high - low) / span.days, row))
        return found


def read_power_history(
    text: str, source: str, full_gw: Mapping[str, float], start: datetime | None
) -> PowerHistory:
    """History of the cores whose full powers are given; days count from start.

    Columns are start, stop (dates) or start_day, stop_day, one for each core (``power`` if there is
    one) as a fraction, or ``NAME_gw`` in GW, and if wanted the fission fractions.

    Raises
    ------
    ValueError
        for a table that is none, or rows that do not adjoin.
    """
    dated = "start_day" not in _header(text)
    columns = ("start", "stop") if dated else ("start_day", "stop_day")
    records = read_records(text, source, columns)
    if dated and start is None:
        raise ValueError(f"{source} has dates: the periods need start and stop as dates")
    names = [name for name in records[0].cells if name not in columns]
    _check_columns(source, names, list(full_gw))
    rows = [_row(record, columns, names, full_gw, start) for record in records]
    for before, after, record in zip(rows, rows[1:], records[1:], strict=False):
        gap = after.span.start_day - before.span.stop_day
        if abs(gap) > _SLACK_DAYS:
            word = "a gap" if gap > 0 else "an overlap"
            raise ValueError(f"{record.place}: rows must adjoin: {word} of {abs(gap):g} days")
    return PowerHistory(source, tuple(rows))


def _header(text: str) -> str:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return next((line for line in lines if line), "")


def _check_columns(source: str, names: Sequence[str], cores: Sequence[str]) -> None:
    known = {*cores, *(f"{core}_gw" for core in cores), *_ISOTOPES}
    known |= {"power", "power_gw"} if len(cores) == 1 else set()
    for name in names:
        if name not in known:
            raise ValueError(f"{source}: unknown column {name!r}{nearest(name, sorted(known))}")
    for core in cores:
        own = [core, f"{core}_gw"] + (["power", "power_gw"] if len(cores) == 1 else [])
        if len([name for name in own if name in names]) != 1:
            raise ValueError(f"{source}: one column {core!r} or '{core}_gw' expected")
    given = [name for name in _ISOTOPES if name in names]
    if given and len(given) < len(_ISOTOPES):
        raise ValueError(f"{source}: all of {', '.join(_ISOTOPES)} expected, or none")


def _row(
    record: Record,
    columns: tuple[str, str],
    names: Sequence[str],
    full_gw: Mapping[str, float],
    start: datetime | None,
) -> HistoryRow:
    if columns == ("start", "stop") and start is not None:
        low, high = (days_between(start, record.time(column)) for column in columns)
    else:
        low, high = (record.number(column) for column in columns)
    if not low < high:
        raise ValueError(f"{record.place}: {columns[1]} must lie after {columns[0]}")
    powers = {}
    for core, full in full_gw.items():
        name = next(n for n in (core, f"{core}_gw", "power", "power_gw") if n in names)
        value = record.number(name)
        if value < 0:
            raise ValueError(f"{record.place}: {name}: a power >= 0 expected, found {value:g}")
        powers[core] = value if name.endswith("_gw") and name != core else value * full
    fractions = None
    if "u235" in names:
        fractions = {isotope: record.number(isotope) for isotope in _ISOTOPES}
        if abs(sum(fractions.values()) - 1) > 1e-3:
            raise ValueError(f"{record.place}: the fission fractions must sum to 1")
    return HistoryRow(Span(low, high - low), powers, fractions)
