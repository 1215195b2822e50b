"""Resolution of a silicon CCD."""

from __future__ import annotations

from typing import Literal

from detectors.resolution import Resolution, silicon_ccd_resolution
from sim.config.resolution.section import ResolutionSection
from sim.section import NonNegative, Positive


class CcdResolution(ResolutionSection):
    """Silicon CCD: noise_electrons of readout noise an event, and the Fano term."""

    citations = ("Rodrigues2021",)

    model: Literal["ccd"]
    """Formula of the resolution."""
    noise_electrons: Positive
    """Readout noise of an event, rms."""
    fano_factor: NonNegative = 0.119
    """Fano factor F."""
    pair_energy_kev: Positive = 3.749e-3
    """Energy per electron-hole pair."""

    @property
    def electron_kev(self) -> float:
        """Energy of one pair."""
        return self.pair_energy_kev

    def build(self, factor: float = 1.0) -> Resolution:
        """Readout noise and the statistics of charge carriers."""
        return silicon_ccd_resolution(
            factor * self.noise_electrons, factor**2 * self.fano_factor, self.pair_energy_kev
        )
