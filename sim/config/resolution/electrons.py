"""Electrons, then gain: charge that is counted electron by electron."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from detectors.efficiency import EfficiencyCurve
from detectors.tables import FloatArray
from sim.config.resolution.section import ResolutionSection
from sim.section import Fraction, NonNegative, Positive

if TYPE_CHECKING:
    from detectors.electrons import Electrons


class ElectronResolution(ResolutionSection):
    """Whole electrons: E / pair_energy_kev with fano_factor, extraction, and the gain's width.

    An extracted electron has light_per_electron photo-electrons (Poisson) and beside them a
    relative width single_width; a reconstructed energy is charge * pair_energy_kev / extraction.
    """

    citations = ("Fano1947", "Szydagis2011")

    model: Literal["electrons"]
    """Formula of the resolution."""
    pair_energy_kev: Positive
    """W: energy per electron before extraction."""
    fano_factor: NonNegative = 1.0
    """Variance over mean of the electrons: Fano's below 1, recombination above."""
    extraction: Fraction = 1.0
    """Probability that an electron is extracted."""
    light_per_electron: Positive | None = None
    """Photo-electrons of one extracted electron; left out: no fluctuation of them."""
    single_width: NonNegative = 0.0
    """Relative width of one electron's charge, photo-electrons aside."""
    noise_electrons: NonNegative = 0.0
    """Noise of an event, rms."""

    @model_validator(mode="after")
    def _has_width(self) -> ElectronResolution:
        if self.extraction == 0:
            raise ValueError("extraction must be > 0")
        if not self.build().sigma_kev(1.0)[0] > 0:
            raise ValueError("the resolution must have a width: fano_factor or noise_electrons > 0")
        return self

    @property
    def electron_kev(self) -> float:
        """Reconstructed energy of one extracted electron."""
        return self.pair_energy_kev / self.extraction

    def build(self, factor: float = 1.0) -> Electrons:
        """All widths times a factor: F is such that the variance has it squared, 0 at least."""
        from detectors.electrons import Electrons

        loss = (1 - self.extraction) / self.extraction
        light = 0.0 if self.light_per_electron is None else 1 / self.light_per_electron
        return Electrons(
            self.pair_energy_kev,
            self.fano_factor
            if factor == 1
            else max(factor**2 * (self.fano_factor + loss) - loss, 0.0),
            self.extraction,
            factor * math.sqrt(self.single_width**2 + light),
            factor * self.noise_electrons,
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
        """Discrete: no charge is below zero but by noise, so that nothing is truncated."""
        from detectors.electrons import electron_response_matrix

        return electron_response_matrix(
            ionization_kev,
            edges_kev,
            self.build(factor),
            efficiency,
            threshold_kev,
            min_ionization_kev,
        )
