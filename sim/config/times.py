"""Points in time and tables by name, as sections of an experiment file state them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sim.section import Fraction, NonNegative, Positive


def _utc(value: Any) -> Any:
    """A date, a date-time or its ISO text as a date-time in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("a date or date-time such as 2026-01-31 expected") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise ValueError("a date or date-time such as 2026-01-31 expected")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


UtcTime = Annotated[datetime, BeforeValidator(_utc)]
"""A TOML date (its start in UTC) or date-time (UTC unless it says otherwise)."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=100)]
"""Name of a detector, period, core or background."""

PositiveByName = Positive | dict[str, Positive]
NonNegativeByName = NonNegative | dict[str, NonNegative]
FractionByName = Fraction | dict[str, Fraction]
"""One number, or a table by name."""
