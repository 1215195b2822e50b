"""The base of all sections of an experiment file, and the types of values that they use."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

SMALLEST, LARGEST = 1e-15, 1e20


def _of_a_laboratory(value: float) -> float:
    """Refuse sizes of no laboratory, whose products overflow."""
    if value != 0 and not SMALLEST <= abs(value) <= LARGEST:
        raise ValueError(f"a size of {SMALLEST:g} to {LARGEST:g} or 0 expected")
    return value


OF_A_LABORATORY = AfterValidator(_of_a_laboratory)
"""Goes behind the bounds of a number, which stand in the JSON Schema only then."""

Number = Annotated[float, OF_A_LABORATORY]
Positive = Annotated[float, Field(gt=0), OF_A_LABORATORY]
NonNegative = Annotated[float, Field(ge=0), OF_A_LABORATORY]
Inside = Annotated[float, Field(gt=0, lt=1), OF_A_LABORATORY]
"""Between 0 and 1, ends excluded."""
Fraction = Annotated[float, Field(ge=0, le=1), OF_A_LABORATORY]
RelativeUncertainty = Annotated[float, Field(ge=0, le=0.5), OF_A_LABORATORY]
FileName = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Norm = Literal["free"] | NonNegative


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


class Section(BaseModel):
    """Frozen; unknown keys, NaN, infinities and values of another type are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )
