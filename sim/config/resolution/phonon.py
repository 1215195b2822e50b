"""Resolution of a cryogenic phonon detector."""

from __future__ import annotations

from typing import Literal

from detectors import resolution
from detectors.resolution import FWHM_PER_SIGMA
from sim.config.resolution.section import ResolutionSection
from sim.section import NonNegative, Positive


class PhononResolution(ResolutionSection):
    """sigma^2 = (baseline_fwhm_kev / 2.355)^2 + (linear_fraction E)^2 + sqrt_term_kev E."""

    quenching_is_stated = True

    model: Literal["phonon"]
    """Formula of the resolution."""
    baseline_fwhm_kev: Positive
    """Full width at half maximum of the baseline."""
    linear_fraction: NonNegative = 0.0
    """a in the term (a E)^2."""
    sqrt_term_kev: NonNegative = 0.0
    """b in the term b E."""

    def build(self, factor: float = 1.0) -> resolution.PhononResolution:
        """Baseline, fluctuations of the gain and a statistical term."""
        return resolution.PhononResolution(
            factor * self.baseline_fwhm_kev / float(FWHM_PER_SIGMA),
            factor * self.linear_fraction,
            factor**2 * self.sqrt_term_kev,
        )
