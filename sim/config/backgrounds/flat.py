"""A constant rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.backgrounds import BackgroundShape, Flat
from detectors.resolution import ResolutionModel
from sim.config.backgrounds.component import BackgroundComponent
from sim.section import PositiveByName


class FlatBackground(BackgroundComponent):
    """A constant rate."""

    shape: Literal["flat"]
    """Shape in energy."""
    rate_per_kev_kg_day: PositiveByName
    """Rate as measured, efficiency included."""

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """The rate everywhere."""
        return [Flat(rate)]
