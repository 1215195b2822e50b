"""Energy resolution of an ionization detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.tables import FloatArray, as_float_array

FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))


@dataclass(frozen=True, slots=True)
class Resolution:
    """sigma^2 = sigma_0^2 + eps F E: electronic noise and the statistics of charge carriers.

    E is the ionization energy (electron equivalent), eps the energy of an electron-hole pair
    (2.96 eV in germanium), F the Fano factor.
    """

    noise_sigma_kev: float
    fano_factor: float
    pair_energy_kev: float

    def sigma_kev(self, ionization_kev: FloatArray | float) -> FloatArray:
        """Standard deviation at each ionization energy."""
        energy = as_float_array(ionization_kev)
        return np.sqrt(self.noise_sigma_kev**2 + self.pair_energy_kev * self.fano_factor * energy)
