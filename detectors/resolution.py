"""Energy resolution: the standard deviation of the reconstructed energy at each true one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detectors.tables import FloatArray, as_float_array

FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))

# Silicon at 123 K: Rodrigues et al., Nucl. Instrum. Meth. A 1010, 165511 (2021), arXiv:2004.11499.
SILICON_PAIR_ENERGY_KEV = 3.749e-3
SILICON_FANO_FACTOR = 0.119


class ResolutionModel(Protocol):
    """What a resolution model can do."""

    def sigma_kev(self, ionization_kev: FloatArray | float) -> FloatArray:
        """Standard deviation at each ionization energy."""


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


@dataclass(frozen=True, slots=True)
class PhononResolution:
    """sigma^2 = sigma_0^2 + (a E)^2 + b E: a cryogenic phonon detector.

    sigma_0 is the width of the baseline, a = linear_fraction the fluctuation of the gain or of the
    place of the event, b = sqrt_term_kev any statistical term (0: none); E is the energy that the
    phonons carry.
    """

    baseline_sigma_kev: float
    linear_fraction: float = 0.0
    sqrt_term_kev: float = 0.0

    def __post_init__(self) -> None:
        if not min(self.baseline_sigma_kev, self.linear_fraction, self.sqrt_term_kev) >= 0:
            raise ValueError(f"every term of the resolution must be >= 0, found {self}")

    def sigma_kev(self, ionization_kev: FloatArray | float) -> FloatArray:
        """Standard deviation at each energy."""
        energy = as_float_array(ionization_kev)
        variance = self.baseline_sigma_kev**2 + (self.linear_fraction * energy) ** 2
        return np.sqrt(variance + self.sqrt_term_kev * energy)


def silicon_ccd_resolution(
    noise_electrons: float,
    fano_factor: float = SILICON_FANO_FACTOR,
    pair_energy_kev: float = SILICON_PAIR_ENERGY_KEV,
) -> Resolution:
    """Resolution of a silicon CCD whose readout noise is given in electrons (rms) per event.

    sigma^2 = (eps N)^2 + eps F E.  An event of n pixels has the noise sqrt(n) times that of one.
    Pair energies from 3.66 to 3.8 eV are in use; the default is the one measured at 123 K.
    """
    return Resolution(noise_electrons * pair_energy_kev, fano_factor, pair_energy_kev)
