"""A Gaussian line and lines tied to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.backgrounds import BackgroundShape, GaussianLine
from detectors.resolution import ResolutionModel
from sim.config.backgrounds.component import BackgroundComponent, FloatingNumber
from sim.config.resolution.section import ResolutionSection
from sim.section import Norm, Positive, PositiveByName, RelativeUncertainty, Section


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

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """The line and its satellites, as wide as the resolution where no width is stated."""
        sigma_kev = floating.get("sigma_kev") or self._sigma_kev(resolution)
        center_kev = floating.get("center_kev", self.center_kev)
        lines: list[BackgroundShape] = [GaussianLine(rate, center_kev, sigma_kev)]
        for i, tied in enumerate(self.satellite):
            area = rate * floating.get(_ratio_key(i), tied.ratio)
            lines.append(GaussianLine(area, tied.center_kev, tied.sigma_kev or sigma_kev))
        return lines

    def floating_numbers(self, resolution: ResolutionSection) -> tuple[FloatingNumber, ...]:
        """Centre and width, and ratios of satellites."""
        numbers = []
        if self.center_uncertainty or self.sigma_uncertainty:
            sigma_kev = self._sigma_kev(resolution.build())
            numbers = [
                FloatingNumber("center_kev", self.center_kev, self.center_uncertainty),
                FloatingNumber("sigma_kev", sigma_kev, self.sigma_uncertainty),
            ]
        ratios = [
            FloatingNumber(_ratio_key(i), tied.ratio, tied.ratio_uncertainty, exponential=False)
            for i, tied in enumerate(self.satellite)
        ]
        return (*numbers, *ratios)

    def _sigma_kev(self, resolution: ResolutionModel) -> float:
        """Its own width, or the resolution at its centre."""
        return self.sigma_kev or float(resolution.sigma_kev(self.center_kev)[0])


def _ratio_key(satellite: int) -> str:
    return f"satellite.{satellite}.ratio"
