"""The [[background]] sections: shapes, how they scale between periods, how well they are known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.config.section import (
    OF_A_LABORATORY,
    FileName,
    NonNegative,
    Norm,
    Positive,
    RelativeUncertainty,
    Section,
)


class BackgroundComponent(Section):
    """Rates are as measured, efficiency included.

    scaling: ``time`` (ON and OFF alike), ``reactor`` (ON only), ``decay`` (half-life, the rate is
    that at the start of the ON period), ``free`` (a norm of its own in each period).
    norm: ``free``, or the relative 1-sigma uncertainty of the norm, 0 for a fixed one.  A free
    norm may become negative as long as the total does not: shapes are a family, not a census.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=100)]
    """A name of its own."""
    scaling: Literal["time", "reactor", "decay", "free"] = "time"
    """How it scales between ON and OFF; free: a norm in each."""
    norm: Norm = "free"
    """free, or the relative uncertainty of the norm, 0 for a fixed one."""
    half_life_days: Positive | None = None
    """Half-life, for scaling = decay; the rate is that at the start of ON."""

    @model_validator(mode="after")
    def _half_life(self) -> BackgroundComponent:
        if (self.scaling == "decay") != (self.half_life_days is not None):
            raise ValueError("half_life_days goes with scaling = 'decay', and only with it")
        return self


class FlatBackground(BackgroundComponent):
    """A constant rate."""

    shape: Literal["flat"]
    """Shape in energy."""
    rate_per_kev_kg_day: Positive
    """Rate as measured, efficiency included."""


class ExponentialBackground(BackgroundComponent):
    """rate * exp(-(E - reference_kev) / scale_kev).

    An uncertainty of a shape is ``free``, or relative, 0 for a fixed one: see
    ``sim.folding.background_shapes``.
    """

    shape: Literal["exponential"]
    """Shape in energy."""
    rate_per_kev_kg_day: Positive
    """Rate at reference_kev."""
    reference_kev: NonNegative
    """Energy at which the rate is given."""
    scale_kev: Positive
    """Energy over which it falls by e."""
    scale_uncertainty: Norm = 0.0
    """free, or the relative 1-sigma uncertainty of the scale."""


class PowerLawBackground(BackgroundComponent):
    """rate * (E / reference_kev)^index."""

    shape: Literal["power-law"]
    """Shape in energy."""
    rate_per_kev_kg_day: Positive
    """Rate at reference_kev."""
    reference_kev: Positive
    """Energy at which the rate is given."""
    index: Annotated[float, Field(ge=-100, le=100), OF_A_LABORATORY]
    """Exponent; -1 looks like a magnetic moment."""


class LineSatellite(Section):
    """A line tied to another: its area is ratio times the other's, its width the other's too.

    ratio_uncertainty is the relative uncertainty of the ratio, a Gaussian constraint.
    """

    center_kev: Positive
    """Energy of the line."""
    ratio: Positive
    """Its area over that of the line it is tied to."""
    ratio_uncertainty: RelativeUncertainty = 0.0
    """Relative 1-sigma uncertainty of the ratio."""
    sigma_kev: Positive | None = None
    """Standard deviation; left out: as wide as the line it is tied to."""


class LineBackground(BackgroundComponent):
    """A Gaussian line; its width is the detector's resolution unless sigma_kev is given.

    Uncertainties of centre and width as those of ``ExponentialBackground``.
    """

    shape: Literal["line"]
    """Shape in energy."""
    rate_per_kg_day: Positive
    """Counts of the whole line."""
    center_kev: Positive
    """Energy of the line."""
    center_uncertainty: Norm = 0.0
    """free, or the relative 1-sigma uncertainty of the centre."""
    sigma_kev: Positive | None = None
    """Standard deviation; left out: the detector's resolution there."""
    sigma_uncertainty: Norm = 0.0
    """free, or the relative 1-sigma uncertainty of the width."""
    satellite: tuple[LineSatellite, ...] = ()
    """Lines tied to this one."""


class TableBackground(BackgroundComponent):
    """A table with the columns energy_kev, rate_per_kev_kg_day, joined by straight lines."""

    shape: Literal["table"]
    """Shape in energy."""
    file: FileName
    """Table of energy_kev and rate_per_kev_kg_day; must span the window."""


BackgroundConfig = Annotated[
    FlatBackground | ExponentialBackground | PowerLawBackground | LineBackground | TableBackground,
    Field(discriminator="shape"),
]
