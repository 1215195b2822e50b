"""Quenching curves that the field sets against Lindhard's: two changes of it, and a line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.quenching.curve import Lindhard, checked_factor, reduced_energy
from detectors.tables import FloatArray, as_float_array

_FIRST_KEV = 0.1


@dataclass(frozen=True, slots=True)
class ModifiedLindhard:
    """Q = max(0, k g / (1 + k g) - q / e): Lindhard's curve with a constant energy lost, or won.

    e = 11.5 Z^(-7/3) T[keV], so that the ionization is Lindhard's less q / (11.5 Z^(-7/3)) keV;
    q > 0 cuts it off, q < 0 raises Q at low energies (without end towards T = 0).
    Source: Sorensen, Phys. Rev. D 91, 083509 (2015), arXiv:1412.3028; in germanium Liao, Liu &
    Marfatia, Phys. Rev. D 106, L031702 (2022), arXiv:2202.10622.  ``scaled`` multiplies k.
    """

    z: int
    k: float
    q: float

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy > 0."""
        recoil = as_float_array(recoil_kev)
        return np.maximum(0.0, self._unbounded(recoil))

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil

    def turning_points_kev(self) -> FloatArray:
        """Where the ionization begins, for q > 0."""
        if self.q <= 0:
            return np.empty(0)
        from scipy.optimize import brentq

        low = high = _FIRST_KEV
        while self._unbounded(as_float_array(high))[0] < 0:
            high *= 2
        while self._unbounded(as_float_array(low))[0] > 0:
            low /= 2
        root = brentq(lambda t: float(self._unbounded(as_float_array(t))[0]), low, high)
        return np.array([root])

    def scaled(self, factor: float) -> ModifiedLindhard:
        """The same curve with k times the factor."""
        return replace(self, k=self.k * checked_factor(factor))

    def _unbounded(self, recoil_kev: FloatArray) -> FloatArray:
        lindhard = Lindhard(self.z, self.k).factor(recoil_kev)
        return np.asarray(lindhard - self.q / reduced_energy(self.z, recoil_kev))


@dataclass(frozen=True, slots=True)
class AdiabaticLindhard:
    """Q = [1 - exp(-T / xi)] k g / (1 + k g): Lindhard's curve that dies at slow recoils.

    Source: Scholz et al., Phys. Rev. D 94, 122003 (2016), arXiv:1608.03588, Eq. (5): in germanium
    k = 0.1789 +0.0014 -0.0010, xi = 0.16 +0.10 -0.13 keV.  ``scaled`` multiplies k.
    """

    z: int
    k: float
    xi_kev: float

    def __post_init__(self) -> None:
        if not self.xi_kev > 0:
            raise ValueError(f"xi_kev must be > 0, found {self.xi_kev:g}")

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        lindhard = Lindhard(self.z, self.k).factor(recoil)
        return np.asarray(-np.expm1(-recoil / self.xi_kev) * lindhard)

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil

    def turning_points_kev(self) -> FloatArray:
        """None: the curve rises everywhere."""
        return np.empty(0)

    def scaled(self, factor: float) -> AdiabaticLindhard:
        """The same curve with k times the factor."""
        return replace(self, k=self.k * checked_factor(factor))


@dataclass(frozen=True, slots=True)
class LinearQuenching:
    """Q = max(0, intercept + slope T), without a model: for an interpolation of points.

    ``scaled`` multiplies Q.
    """

    intercept: float
    slope_per_kev: float

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return np.maximum(0.0, self.intercept + self.slope_per_kev * recoil)

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil

    def turning_points_kev(self) -> FloatArray:
        """Where Q reaches 0, and before it the highest ionization of a falling line."""
        if self.intercept * self.slope_per_kev >= 0:
            return np.empty(0)
        zero = -self.intercept / self.slope_per_kev
        return np.array([zero / 2, zero] if self.slope_per_kev < 0 else [zero])

    def scaled(self, factor: float) -> LinearQuenching:
        """The line times the factor."""
        factor = checked_factor(factor)
        return LinearQuenching(self.intercept * factor, self.slope_per_kev * factor)
