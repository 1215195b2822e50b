"""Calendar: days from the start of the first period, and periods split into parts."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

MOST_PARTS = 10_000
_SECONDS_PER_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Span:
    """From start_day, counted from the start of the first period, to start_day + days."""

    start_day: float
    days: float

    @property
    def stop_day(self) -> float:
        """The first moment after it."""
        return self.start_day + self.days


def days_between(start: datetime, stop: datetime) -> float:
    """UTC days from start to stop."""
    return (stop - start).total_seconds() / _SECONDS_PER_DAY


def split_span(span: Span, split: int | str, start: datetime | None) -> list[Span]:
    """Parts of a span: month, week, "7 d" or a number of them; the last may be shorter.

    start is the date of the span's start, which months need.

    Raises
    ------
    ValueError
        for months without dates, or more than 10000 parts.
    """
    if isinstance(split, int):
        cuts = [span.days * i / split for i in range(split)]
    elif split == "month":
        if start is None:
            raise ValueError("split = 'month' needs start and stop as dates")
        cuts = _months(start, span.days)
    else:
        step = 7.0 if split == "week" else float(split.rstrip("days "))
        count = ceil(span.days / step * (1 - 1e-12)) if step > 0 else MOST_PARTS + 1
        if count > MOST_PARTS:
            raise ValueError(f"split makes more than {MOST_PARTS} parts")
        cuts = [step * i for i in range(count)]
    ends = [*cuts[1:], span.days]
    return [Span(span.start_day + a, b - a) for a, b in zip(cuts, ends, strict=True)]


def part_name(name: str, part: int, parts: int) -> str:
    """Name of a part, counted from 1: ``run-01``."""
    return f"{name}-{part:0{max(2, len(str(parts)))}d}"


def moment(start: datetime | None, day: float) -> datetime | None:
    """The date of a day that is counted from start."""
    return None if start is None else start + timedelta(days=day)


def _months(start: datetime, days: float) -> list[float]:
    cuts: list[float] = []
    for k in range(MOST_PARTS + 1):
        month = start.month - 1 + k
        year, number = start.year + month // 12, month % 12 + 1
        day = min(start.day, monthrange(year, number)[1])
        cut = days_between(start, start.replace(year=year, month=number, day=day))
        if cut >= days:
            return cuts
        cuts.append(cut)
    raise ValueError(f"split makes more than {MOST_PARTS} parts")
