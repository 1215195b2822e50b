"""Counting of photo-electrons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from detectors.efficiency import EfficiencyCurve
from detectors.tables import FloatArray
from sim.config.resolution.section import ResolutionSection
from sim.section import NonNegative, Positive

if TYPE_CHECKING:
    from detectors.photo_electrons import PhotoElectrons


class PhotoElectronResolution(ResolutionSection):
    """Poisson photo-electrons of yield_per_kev, each of relative width single_width."""

    model: Literal["photo-electrons"]
    """Formula of the resolution."""
    yield_per_kev: Positive
    """Photo-electrons per keV."""
    single_width: NonNegative = 0.0
    """Relative width of the charge of one photo-electron."""
    noise: NonNegative = 0.0
    """Electronic noise in photo-electrons."""

    def build(self, factor: float = 1.0) -> PhotoElectrons:
        """Wider by a factor with fewer photo-electrons."""
        from detectors.photo_electrons import PhotoElectrons

        return PhotoElectrons(
            self.yield_per_kev / factor**2, self.single_width, self.noise / factor
        )

    def response(
        self,
        ionization_kev: FloatArray,
        edges_kev: FloatArray,
        efficiency: EfficiencyCurve,
        threshold_kev: float,
        min_ionization_kev: float,
        *,
        factor: float,
        truncated: bool,
    ) -> FloatArray:
        """Poisson's: no charge is below zero, so that there is nothing to truncate."""
        from detectors.photo_electrons import photo_electron_response_matrix

        return photo_electron_response_matrix(
            ionization_kev,
            edges_kev,
            self.build(factor),
            efficiency,
            threshold_kev,
            min_ionization_kev,
        )
