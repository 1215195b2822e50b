"""The base of all sections of an experiment file, and the number types that they use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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


class Section(BaseModel):
    """Frozen; unknown keys, NaN, infinities and values of another type are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


def tag_of(value: object, key: str, default: str) -> str:
    """Which variant of a section a value means: its key ``model`` or ``shape``, or the default."""
    if isinstance(value, dict):
        return str(value.get(key, default))
    return str(getattr(value, key, default))
