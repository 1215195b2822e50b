"""The [[background]] sections: shapes, how they scale between periods, how well they are known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.config_section import NonNegative, Norm, Positive, RelativeUncertainty, Section


class BackgroundComponent(Section):
    """Rates are as measured, efficiency included.

    scaling: ``time`` (ON and OFF alike), ``reactor`` (ON only), ``decay`` (half-life, the rate is
    that at the start of the ON period), ``free`` (a norm of its own in each period).
    norm: ``free``, or the relative 1-sigma uncertainty of the norm, 0 for a fixed one.  A free
    norm may become negative as long as the total does not: shapes are a family, not a census.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
    scaling: Literal["time", "reactor", "decay", "free"] = "time"
    norm: Norm = "free"
    half_life_days: Positive | None = None

    @model_validator(mode="after")
    def _half_life(self) -> BackgroundComponent:
        if (self.scaling == "decay") != (self.half_life_days is not None):
            raise ValueError("half_life_days goes with scaling = 'decay', and only with it")
        return self


class FlatBackground(BackgroundComponent):
    """A constant rate."""

    shape: Literal["flat"]
    rate_per_kev_kg_day: Positive


class ExponentialBackground(BackgroundComponent):
    """rate * exp(-(E - reference_kev) / scale_kev).

    An uncertainty of a shape is ``free``, or relative, 0 for a fixed one: see
    ``sim.background_shapes``.
    """

    shape: Literal["exponential"]
    rate_per_kev_kg_day: Positive
    reference_kev: NonNegative
    scale_kev: Positive
    scale_uncertainty: Norm = 0.0


class PowerLawBackground(BackgroundComponent):
    """rate * (E / reference_kev)^index."""

    shape: Literal["power-law"]
    rate_per_kev_kg_day: Positive
    reference_kev: Positive
    index: float


class LineSatellite(Section):
    """A line tied to another: its area is ratio times the other's, its width the other's too.

    ratio_uncertainty is the relative uncertainty of the ratio, a Gaussian constraint.
    """

    center_kev: Positive
    ratio: Positive
    ratio_uncertainty: RelativeUncertainty = 0.0
    sigma_kev: Positive | None = None


class LineBackground(BackgroundComponent):
    """A Gaussian line; its width is the detector's resolution unless sigma_kev is given.

    Uncertainties of centre and width as those of ``ExponentialBackground``.
    """

    shape: Literal["line"]
    rate_per_kg_day: Positive
    center_kev: Positive
    center_uncertainty: Norm = 0.0
    sigma_kev: Positive | None = None
    sigma_uncertainty: Norm = 0.0
    satellite: tuple[LineSatellite, ...] = ()


class TableBackground(BackgroundComponent):
    """A table with the columns energy_kev, rate_per_kev_kg_day, joined by straight lines."""

    shape: Literal["table"]
    file: str


BackgroundConfig = Annotated[
    FlatBackground | ExponentialBackground | PowerLawBackground | LineBackground | TableBackground,
    Field(discriminator="shape"),
]
