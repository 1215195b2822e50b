"""Quenching: the ionization energy (electron equivalent) that a nuclear recoil leaves.

Every model answers ``ionization_kev(recoil_kev)``; it need not be monotonic.  ``scaled(factor)``
is the handle of its uncertainty: with a relative uncertainty s, the curves one sigma up and down
are ``scaled(1 + s)`` and ``scaled(1 - s)``; which number is scaled, each model says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from detectors.tables import FloatArray, as_float_array

_HALVINGS = 60

# Germanium, 0.4 to 6.3 keV: Bonhomme et al. (CONUS), Eur. Phys. J. C 82, 815 (2022),
# arXiv:2202.03754.
CONUS_K = 0.162
CONUS_K_UNCERTAINTY = 0.004


class Quenching(Protocol):
    """What a quenching model can do."""

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""

    def turning_points_kev(self) -> FloatArray:
        """Increasing recoil energies between which the curve is monotonic."""

    def scaled(self, factor: float) -> Self:
        """The same model with its uncertain number multiplied by a factor > 0."""


def lindhard_k(z: int, a: float) -> float:
    """k = 0.133 Z^(2/3) A^(-1/2): 0.157 for germanium, 0.146 for silicon.

    Source: Lindhard et al., Mat. Fys. Medd. Dan. Vid. Selsk. 33, no. 10 (1963).
    """
    return float(0.133 * z ** (2 / 3) * a**-0.5)


def reduced_energy(z: int, energy_kev: FloatArray) -> FloatArray:
    """Lindhard's epsilon = 11.5 Z^(-7/3) T[keV], of an atom in its own element."""
    return np.asarray(11.5 * z ** (-7 / 3) * energy_kev)


def lindhard_g(epsilon: FloatArray) -> FloatArray:
    """g = 3 e^0.15 + 0.7 e^0.6 + e, Lewin & Smith, Astropart. Phys. 6, 87 (1996), section 3."""
    return np.asarray(3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon)


@dataclass(frozen=True, slots=True)
class Lindhard:
    """Q = k g / (1 + k g), g = 3 e^0.15 + 0.7 e^0.6 + e, e = 11.5 Z^(-7/3) T[keV].

    Source: Lindhard et al. 1963; Lewin & Smith, Astropart. Phys. 6, 87 (1996), section 3.
    ``scaled`` multiplies k.
    """

    z: int
    k: float

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy."""
        g = lindhard_g(reduced_energy(self.z, as_float_array(recoil_kev)))
        return np.asarray(self.k * g / (1 + self.k * g))

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil

    def turning_points_kev(self) -> FloatArray:
        """None: the curve rises everywhere."""
        return np.empty(0)

    def scaled(self, factor: float) -> Lindhard:
        """Lindhard's curve with k times the factor."""
        return replace(self, k=self.k * checked_factor(factor))


@dataclass(frozen=True, slots=True)
class ConstantQuenching:
    """E_ee = Q T with one factor Q: a scintillator's recoil species; 1 for a phonon detector.

    ``scaled`` multiplies Q.
    """

    quenching_factor: float

    def __post_init__(self) -> None:
        if not 0 < self.quenching_factor < np.inf:
            raise ValueError(f"a quenching factor > 0 expected, found {self.quenching_factor:g}")

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        return self.quenching_factor * as_float_array(recoil_kev)

    def turning_points_kev(self) -> FloatArray:
        """None: a straight line."""
        return np.empty(0)

    def scaled(self, factor: float) -> ConstantQuenching:
        """The factor Q times another factor."""
        return ConstantQuenching(self.quenching_factor * checked_factor(factor))


def recoils_at_kev(
    quenching: Quenching, ionization_kev: float, low_kev: float, high_kev: float
) -> list[float]:
    """Every recoil energy between low and high whose ionization is the given one, increasing.

    Between its turning points the curve is monotonic and crosses once or not at all, so that none
    is missed; 2000 logarithmic steps guard against a model that forgot a turning point.  Where the
    curve jumps across the given ionization, the place of the jump is a crossing.
    """
    turning = quenching.turning_points_kev()
    inside = turning[(low_kev < turning) & (turning < high_kev)]
    scan = np.union1d(np.geomspace(low_kev, high_kev, 2001), inside)
    above = quenching.ionization_kev(scan) > ionization_kev
    changes = np.flatnonzero(above[1:] != above[:-1])
    low, high = scan[changes], scan[changes + 1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = (quenching.ionization_kev(middle) > ionization_kev) == above[changes + 1]
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return [float(recoil) for recoil in high]


def checked_factor(factor: float) -> float:
    """The factor of ``scaled``, or ValueError unless it is finite and > 0."""
    if not 0 < factor < np.inf:
        raise ValueError(f"quenching can be scaled by a factor > 0, found {factor:g}")
    return factor
