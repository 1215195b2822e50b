"""What every [[background]] section has beside its shape: where it is, how it scales, its norm."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from detectors.backgrounds import BackgroundShape
from detectors.resolution import ResolutionModel
from detectors.tables import FloatArray
from sim.config.resolution.section import ResolutionSection
from sim.section import Name, Norm, Number, Positive, UtcTime
from sim.syntax.variants import Variant


@dataclass(frozen=True, slots=True)
class FloatingNumber:
    """A number of a shape that may float: its key, its nominal value, how well it is known.

    uncertainty is ``free``, or relative, 0 for a fixed one.  A number that is not exponential may
    change its sign: nominal * (1 + u eta) in place of nominal * exp(u eta).
    """

    key: str
    nominal: float
    uncertainty: Norm
    exponential: bool = True


class BackgroundComponent(Variant):
    """Rates are as measured, efficiency included: a number, or a table by detector or by period.

    scaling: ``time`` (all periods alike), ``reactor`` (with the reactor's power), ``decay``
    (half-life, the rate is that at the reference, by default the start of the first period),
    ``free`` (as ``time``, with norm_per = ``period``).
    norm: ``free``, or the relative 1-sigma uncertainty of the norm, 0 for a fixed one, of each of
    the norms that norm_per says.  A free norm may become negative as long as the total does not:
    shapes are a family, not a census.  is_counted: without energies, for analysis.mode = counting.
    """

    is_counted: ClassVar[bool] = False

    if TYPE_CHECKING:
        shape: str

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

    @abstractmethod
    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """What it consists of, at a rate; floating holds numbers that are not as stated, by key.

        Raises
        ------
        ValueError
            for a table that is none.
        """

    def errors(self, texts: Mapping[str, str], edges_kev: FloatArray) -> FloatArray | None:
        """Errors (n_bins,) of its rates per kg and day from the statistics of a simulation."""
        return None

    def floating_numbers(self, resolution: ResolutionSection) -> tuple[FloatingNumber, ...]:
        """Numbers of the shape that may float, as a detector with a resolution sees them."""
        return ()
