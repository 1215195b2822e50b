"""The [[background]] sections: shapes, how they scale between periods, how well they are known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.config.times import Name, NonNegativeByName, PositiveByName, UtcTime
from sim.section import (
    OF_A_LABORATORY,
    FileName,
    NonNegative,
    Norm,
    Number,
    Positive,
    RelativeUncertainty,
    Section,
)


class BackgroundComponent(Section):
    """Rates are as measured, efficiency included: a number, or a table by detector or by period.

    scaling: ``time`` (all periods alike), ``reactor`` (with the reactor's power), ``decay``
    (half-life, the rate is that at the reference, by default the start of the first period),
    ``free`` (as ``time``, with norm_per = ``period``).
    norm: ``free``, or the relative 1-sigma uncertainty of the norm, 0 for a fixed one, of each of
    the norms that norm_per says.  A free norm may become negative as long as the total does not:
    shapes are a family, not a census.
    """

    name: Name
    """A name of its own."""
    detectors: tuple[str, ...] | None = None
    """Where it is: names or patterns of detectors; left out: in all."""
    periods: tuple[str, ...] | None = None
    """When it is: names or patterns of periods; left out: in all."""
    scaling: Literal["time", "reactor", "decay", "free"] = "time"
    """How it scales between periods; free: a norm in each."""
    cores: tuple[str, ...] | None = None
    """Cores whose power it follows, for scaling = reactor; left out: all."""
    norm: Norm = "free"
    """free, or the relative uncertainty of the norm, 0 for a fixed one."""
    norm_per: Literal["all", "detector", "period", "detector+period"] = "all"
    """What has a norm of its own."""
    half_life_days: Positive | None = None
    """Half-life, for scaling = decay."""
    reference_date: UtcTime | None = None
    """When the rate is as stated, for scaling = decay; left out: the start of the first period."""
    reference_day: Number | None = None
    """The same in days from the start of the first period."""

    @property
    def norms_per(self) -> str:
        """What has a norm of its own, ``scaling = "free"`` included."""
        return "period" if self.scaling == "free" else self.norm_per

    @model_validator(mode="after")
    def _keys_of_scaling(self) -> BackgroundComponent:
        if (self.scaling == "decay") != (self.half_life_days is not None):
            raise ValueError("half_life_days goes with scaling = 'decay', and only with it")
        if self.reference_date is not None and self.reference_day is not None:
            raise ValueError("give reference_date or reference_day, not both")
        for name in ("reference_date", "reference_day"):
            if self.scaling != "decay" and getattr(self, name) is not None:
                raise ValueError(f"{name} goes with scaling = 'decay'")
        if self.cores is not None and self.scaling != "reactor":
            raise ValueError("cores goes with scaling = 'reactor'")
        if self.scaling == "free" and self.norm_per not in ("all", "period"):
            raise ValueError(
                f"scaling = 'free' means norm_per = 'period': give scaling = 'time' with "
                f"norm_per = {self.norm_per!r}"
            )
        return self


class FlatBackground(BackgroundComponent):
    """A constant rate."""

    shape: Literal["flat"]
    """Shape in energy."""
    rate_per_kev_kg_day: PositiveByName
    """Rate as measured, efficiency included."""


class ExponentialBackground(BackgroundComponent):
    """rate * exp(-(E - reference_kev) / scale_kev).

    An uncertainty of a shape is ``free``, or relative, 0 for a fixed one: see
    ``sim.folding.background_shapes``.
    """

    shape: Literal["exponential"]
    """Shape in energy."""
    rate_per_kev_kg_day: PositiveByName
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
    rate_per_kev_kg_day: PositiveByName
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
    rate_per_kg_day: PositiveByName
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


class CountsBackground(BackgroundComponent):
    """Counts of a counting experiment, as a rate or as numbers."""

    shape: Literal["counts"]
    """Shape in energy: none, for analysis.mode = counting."""
    rate_per_kg_day: PositiveByName | None = None
    """Counts per kg and day."""
    counts: NonNegativeByName | None = None
    """Counts of each spectrum, in place of a rate: a number, or a table by detector or period."""

    @model_validator(mode="after")
    def _rate_or_counts(self) -> CountsBackground:
        if (self.rate_per_kg_day is None) == (self.counts is None):
            raise ValueError("rate_per_kg_day or counts expected, one of them")
        if self.counts is not None and self.scaling != "time":
            raise ValueError("counts are those of each spectrum: they go with scaling = 'time'")
        return self


BackgroundConfig = Annotated[
    FlatBackground
    | ExponentialBackground
    | PowerLawBackground
    | LineBackground
    | TableBackground
    | CountsBackground,
    Field(discriminator="shape"),
]
