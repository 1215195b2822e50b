"""The [exposure] section: live times with the reactor on and off, or any number of periods."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from sim.config.reactor import FissionFractions
from sim.section import (
    Fraction,
    FractionByName,
    Name,
    NonNegative,
    NonNegativeByName,
    Number,
    Positive,
    PositiveByName,
    Section,
    UtcTime,
)

_SPLIT = re.compile(r"month|week|[0-9]+(\.[0-9]+)? ?(d|days?)")


class PeriodConfig(Section):
    """A period of data taking, from start to stop (excluded), UTC.

    At most one of live_days, live_fraction and exposure_kg_day, each a number or a table by
    detector; none means the calendar time.  A detector that a table does not name does not run.
    """

    name: Name
    """A name of its own."""
    start: UtcTime | None = None
    """First day, or date-time, in UTC."""
    stop: UtcTime | None = None
    """Day, or date-time, after the last one."""
    start_day: Number | None = None
    """Start in days from that of the first period, in place of dates."""
    days: Positive | None = None
    """Calendar days, goes with start_day."""
    live_days: NonNegativeByName | None = None
    """Live days: a number, or a table by detector."""
    live_fraction: FractionByName | None = None
    """Live time over calendar time: a number, or a table by detector."""
    exposure_kg_day: PositiveByName | None = None
    """Mass times live time: a number, or a table by detector."""
    power_fraction: NonNegativeByName | None = None
    """Fraction of the thermal power: a number, or a table by core; 0 is OFF; left out: 1."""
    residual_flux: Fraction = 0.0
    """Flux on top, as a fraction of that at full power."""
    fission_fractions: FissionFractions | dict[str, FissionFractions] | None = None
    """Shares of the fissions in this period, or tables of them by core."""
    detector: dict[str, Any] = Field(default_factory=dict)
    """Keys of [detector] that are others in this period, for all detectors."""
    unit: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Keys of [detector] that are others in this period, by detector."""
    split: Annotated[int, Field(ge=1, le=10_000)] | str | None = None
    """Makes parts of it: month, week, "7 d", or their number."""

    @property
    def is_dated(self) -> bool:
        """True where start and stop are known, as dates or days."""
        return self.start is not None or self.start_day is not None

    @model_validator(mode="after")
    def _time(self) -> PeriodConfig:
        if (self.start is None) != (self.stop is None):
            raise ValueError("start and stop go together: one is missing")
        if (self.start_day is None) != (self.days is None):
            raise ValueError("start_day and days go together: one is missing")
        if self.start is not None and self.start_day is not None:
            raise ValueError("give start and stop, or start_day and days, not both")
        if self.start is not None and self.stop is not None and not self.start < self.stop:
            raise ValueError("start must lie before stop")
        return self

    @model_validator(mode="after")
    def _live_time(self) -> PeriodConfig:
        stated = [
            name
            for name in ("live_days", "live_fraction", "exposure_kg_day")
            if getattr(self, name) is not None
        ]
        if len(stated) > 1:
            raise ValueError(f"give {stated[0]} or {stated[1]}, not both")
        if "exposure_kg_day" not in stated and "live_days" not in stated and not self.is_dated:
            raise ValueError("start and stop, start_day and days, live_days or exposure_kg_day")
        if isinstance(self.split, str) and not _SPLIT.fullmatch(self.split):
            raise ValueError(f"split: month, week, '7 d' or a number of parts, found {self.split}")
        if self.split is not None and not self.is_dated:
            raise ValueError("split needs start and stop, or start_day and days")
        return self


class ExposureConfig(Section):
    """Live days with the reactor on and off, or periods in place of these keys.

    off_residual_flux is the flux left in OFF periods (neighbouring units, spent fuel) as a
    fraction of the ON flux; off_start_day counts from the start of the ON period, at its end by
    default (it matters only for decaying backgrounds).  scale multiplies all live times.
    """

    on_days: Positive | None = None
    """Live time with the reactor on; goes with off_days."""
    off_days: NonNegative | None = None
    """Live time with the reactor off; 0 for none."""
    off_residual_flux: Fraction = 0.0
    """Flux left in OFF as a fraction of the ON flux, with the ON spectrum."""
    off_start_day: NonNegative | None = None
    """Start of OFF, counted from the start of ON; left out: the end of ON."""
    scale: Positive = 1.0
    """Multiplies all live times, for what-ifs; the calendar stays."""
    period: tuple[PeriodConfig, ...] = ()
    """Sections [[exposure.period]], in place of on_days, off_days and what goes with them."""

    @model_validator(mode="after")
    def _either(self) -> ExposureConfig:
        stated = [
            name
            for name in ("on_days", "off_days", "off_start_day")
            if getattr(self, name) is not None
        ]
        stated += ["off_residual_flux"] if self.off_residual_flux else []
        if self.period and stated:
            raise ValueError(f"{stated[0]} stands beside periods: give one or the other")
        if not self.period:
            for name in ("on_days", "off_days"):
                if getattr(self, name) is None:
                    raise ValidationError.from_exception_data(
                        "ExposureConfig", [{"type": "missing", "loc": (name,), "input": None}]
                    )
        return self
