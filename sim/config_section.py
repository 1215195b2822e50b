"""The base of all sections of an experiment file, and the number types that they use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
RelativeUncertainty = Annotated[float, Field(ge=0, le=0.5)]
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
