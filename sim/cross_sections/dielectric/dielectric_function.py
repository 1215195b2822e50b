"""The dielectric function of a medium, from its extinction by Kramers and Kronig's relation."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np
import numpy.typing as npt

from detectors.tables import FloatArray
from sim.cross_sections.constants import ALPHA
from sim.cross_sections.dielectric.dielectric_kernels import kramers_kronig
from sim.cross_sections.dielectric.extinction import END_OF_TABLES_EV, Extinction, extinction
from sim.cross_sections.dielectric.media import ELECTRON_MASS_EV, HBAR_C_EV_CM, Medium

ComplexArray = npt.NDArray[np.complex128]

_BOHR_RADIUS_CM = HBAR_C_EV_CM / (ALPHA * ELECTRON_MASS_EV)
_LINES_OF_LIQUIDS = {"Xe": (8.437, 27.32), "Ar": (11.828, 11.083)}
"""Strongest resonance [eV] below the ionization threshold (NIST, Atomic Spectra Database
[remembered]) and static polarisability in atomic units (Schwerdtfeger & Nagle, Mol. Phys. 117,
1200 (2019), as in mendeleev 1.3.0)."""
_WIDTH_OF_LINES_EV = 0.5
_START_OF_LINES_EV = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class DielectricFunction:
    """epsilon at energies that increase, both (n,).

    strength_beyond: what (2 / pi) int E Im(-1 / epsilon) dE holds above the last energy, in eV^2.
    """

    energy_ev: FloatArray
    epsilon: ComplexArray
    strength_beyond_ev2: float = 0.0

    @property
    def loss(self) -> FloatArray:
        """Energy-loss function Im(-1 / epsilon), (n,)."""
        return np.asarray(self.epsilon.imag / np.abs(self.epsilon) ** 2)

    def strength_ev2(self) -> float:
        """(2 / pi) int E Im(-1 / epsilon) dE, which is (hbar omega_p)^2 of all electrons."""
        from scipy.integrate import trapezoid

        inside = trapezoid(self.energy_ev * self.loss, self.energy_ev)
        return float(2 / pi * inside) + self.strength_beyond_ev2


def dielectric_function(medium: Medium) -> DielectricFunction:
    """epsilon = (n + i k)^2 of a medium up to 100 keV; n by one integral over k.

    n - 1 = (2 / pi) P int w k / (w^2 - E^2) dw.  In the noble liquids the atoms keep what they
    absorb as gases: k gives the polarisability of an atom, to which a line at the first resonance
    adds what a measured one has beyond, and Clausius and Mossotti's relation makes epsilon of it.
    """
    found = extinction(medium)
    if medium.name in _LINES_OF_LIQUIDS:
        found = _from_lower(found)
    k = found.k[: found.inside]
    index = kramers_kronig(found.energy_ev, found.k, found.inside) + 1j * k
    energy = found.energy_ev[: found.inside]
    if medium.name in _LINES_OF_LIQUIDS:
        epsilon = _clausius_mossotti(2 * index + _line(medium, found, energy))
    else:
        epsilon = (1 + index) ** 2
    return DielectricFunction(energy, epsilon, 2 / pi * float(k[-1]) * END_OF_TABLES_EV**2)


def _from_lower(found: Extinction) -> Extinction:
    """Energies down to where the line below the threshold has its tail; k is 0 there."""
    start = found.energy_ev[0]
    lower = np.geomspace(_START_OF_LINES_EV, start * (1 - 1e-4), 300)
    return Extinction(
        np.concatenate([lower, found.energy_ev]),
        np.concatenate([np.zeros(lower.size), found.k]),
        found.inside + lower.size,
    )


def _line(medium: Medium, found: Extinction, energy_ev: FloatArray) -> ComplexArray:
    """Susceptibility 4 pi N alpha of the line, of atoms on their own."""
    from scipy.integrate import trapezoid

    resonance_ev, polarisability = _LINES_OF_LIQUIDS[medium.name]
    static = 4 * pi * medium.units_per_cm3 * polarisability * _BOHR_RADIUS_CM**3
    missing = static - 4 / pi * float(trapezoid(found.k / found.energy_ev, found.energy_ev))
    return np.asarray(
        missing
        * resonance_ev**2
        / (resonance_ev**2 - energy_ev**2 - 1j * _WIDTH_OF_LINES_EV * energy_ev)
    )


def _clausius_mossotti(susceptibility: ComplexArray) -> ComplexArray:
    """epsilon with (epsilon - 1) / (epsilon + 2) = chi / 3."""
    return np.asarray((1 + 2 / 3 * susceptibility) / (1 - susceptibility / 3))
