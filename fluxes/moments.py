"""FluxMoments: the three cumulative moments through which a flux enters every rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxes import kernels
from fluxes.spectrum import PiecewiseSpectrum
from fluxes.tables import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FluxMoments:
    """M_n(E) = integral of phi(x) x^-n dx above E, n = 0, 1, 2; analytic in every cell.

    Every cross section of this house is a polynomial of degree two in 1/E at fixed recoil, so
    a folded rate is a sum of three products with these moments.
    """

    spectrum: PiecewiseSpectrum
    cumulative: FloatArray

    @classmethod
    def of(cls, spectrum: PiecewiseSpectrum) -> FluxMoments:
        """Moments of a flux density; spectrum in cm^-2 s^-1 MeV^-1."""
        cumulative = kernels.cumulative_moments(spectrum.edges_mev, spectrum.coefficients)
        return cls(spectrum, cumulative)

    @property
    def max_energy_mev(self) -> float:
        """Highest energy of the flux."""
        return float(self.spectrum.edges_mev[-1])

    def above(self, energy_mev: FloatArray) -> FloatArray:
        """(M_0, M_1, M_2) above each energy, shape (3, n), in cm^-2 s^-1 MeV^-n.

        Raises
        ------
        ValueError
            if an energy is not a positive number (M_1 and M_2 diverge at 0).
        """
        energy = np.ascontiguousarray(np.atleast_1d(energy_mev), dtype=np.float64)
        if not np.all(energy > 0):
            bad = int(np.argmax(~(energy > 0)))
            raise ValueError(f"energy_mev must be > 0: energy_mev[{bad}] = {energy[bad]:g}")
        moments: FloatArray = kernels.moments_above(
            energy, self.spectrum.edges_mev, self.spectrum.coefficients, self.cumulative
        )
        return moments
