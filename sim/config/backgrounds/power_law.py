"""A power law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from detectors.backgrounds import BackgroundShape, PowerLaw
from detectors.resolution import ResolutionModel
from sim.config.backgrounds.component import BackgroundComponent
from sim.section import OF_A_LABORATORY, Positive, PositiveByName


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

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """The power law."""
        return [PowerLaw(rate, self.reference_kev, self.index)]
