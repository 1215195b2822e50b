"""An exponential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.backgrounds import BackgroundShape, Exponential
from detectors.resolution import ResolutionModel
from sim.config.backgrounds.component import BackgroundComponent, FloatingNumber
from sim.config.resolution.section import ResolutionSection
from sim.section import NonNegative, Norm, Positive, PositiveByName


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

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """The exponential, its scale as it floats."""
        scale_kev = floating.get("scale_kev", self.scale_kev)
        return [Exponential(rate, self.reference_kev, scale_kev)]

    def floating_numbers(self, resolution: ResolutionSection) -> tuple[FloatingNumber, ...]:
        """The scale."""
        return (FloatingNumber("scale_kev", self.scale_kev, self.scale_uncertainty),)
