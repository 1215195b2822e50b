"""A plateau with a turn-on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from detectors.efficiency import Efficiency
from sim.config.efficiency.section import EfficiencySection
from sim.section import OF_A_LABORATORY, NonNegative, Positive


class ErfEfficiency(EfficiencySection):
    """Plateau with an optional error-function turn-on of the given Gaussian width."""

    model: Literal["erf"] = "erf"
    """Shape of the efficiency."""
    plateau: Annotated[float, Field(gt=0, le=1), OF_A_LABORATORY] = 1.0
    """Efficiency far above the turn-on."""
    half_kev: NonNegative = 0.0
    """Where it is half the plateau."""
    width_kev: Positive | None = None
    """Gaussian width of the turn-on; left out: the plateau everywhere."""
    acts_on: Literal["true", "reconstructed"] = "reconstructed"
    """The energy that it depends on."""

    @model_validator(mode="after")
    def _turn_on(self) -> ErfEfficiency:
        if self.half_kev > 0 and self.width_kev is None:
            raise ValueError("half_kev goes with width_kev, the width of the turn-on")
        return self

    def build(self, texts: Mapping[str, str]) -> Efficiency:
        """The error function."""
        return Efficiency(self.plateau, self.half_kev, self.width_kev, self.acts_on)

    @property
    def turns_on(self) -> bool:
        """Not without a width."""
        return self.width_kev is not None

    def moved(self, factor: float) -> Self | None:
        """With half_kev multiplied."""
        if self.width_kev is None:
            return None
        return self.model_copy(update={"half_kev": factor * self.half_kev})
