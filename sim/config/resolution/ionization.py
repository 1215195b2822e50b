"""Resolution of an ionization detector."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from detectors.resolution import FWHM_PER_SIGMA, Resolution
from sim.config.resolution.section import ResolutionSection
from sim.section import NonNegative, Positive


class IonizationResolution(ResolutionSection):
    """sigma^2 = (noise_fwhm_kev / 2.355)^2 + pair_energy_kev * fano_factor * E."""

    model: Literal["ionization"] = "ionization"
    """Formula of the resolution."""
    noise_fwhm_kev: NonNegative
    """Full width at half maximum of the electronic noise."""
    fano_factor: NonNegative = 0.0
    """Fano factor F."""
    pair_energy_kev: Positive = 2.96e-3
    """Energy per electron-hole pair."""

    @model_validator(mode="after")
    def _finite_width(self) -> IonizationResolution:
        if self.noise_fwhm_kev == 0 and self.fano_factor == 0:
            raise ValueError("the resolution must have a width: noise_fwhm_kev or fano_factor > 0")
        return self

    def build(self, factor: float = 1.0) -> Resolution:
        """Noise and the statistics of charge carriers."""
        return Resolution(
            factor * self.noise_fwhm_kev / float(FWHM_PER_SIGMA),
            factor**2 * self.fano_factor,
            self.pair_energy_kev,
        )
