"""Quenching with a binding energy: Lindhard's integral equation with an energy lost per ion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.quenching.curve import checked_factor, lindhard_g, lindhard_k, reduced_energy
from detectors.tables import FloatArray, as_float_array


@dataclass(frozen=True, slots=True)
class BindingQuenching:
    """Q = max(0, (e_R - nu_L(e) - C0 sqrt(e) - C1 - u) / e_R), e = e_R - u; 0 up to T = 2 U.

    e_R = 11.5 Z^(-7/3) T[keV], u the same of the binding energy U, nu_L(e) = e / (1 + k g(e)).
    Semi-analytic solution of Sarkis, Aguilar-Arevalo & D'Olivo, Phys. Rev. D 101, 102001 (2020),
    arXiv:2001.06503, Eqs. (15)-(20): see ``SARKIS_SILICON`` and ``SARKIS_GERMANIUM``; they call it
    reasonable in germanium down to the cut-off at 2 U, in silicon above 0.5 keV.
    ``scaled`` multiplies k.  binding_kev must be > 0: without a binding energy use ``Lindhard``.
    """

    z: int
    k: float
    c0: float
    c1: float
    binding_kev: float

    def __post_init__(self) -> None:
        if not self.binding_kev > 0:
            raise ValueError(f"binding_kev must be > 0, found {self.binding_kev:g}")

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        cut_off = 2 * self.binding_kev
        total = reduced_energy(self.z, np.maximum(recoil, cut_off))
        u = float(reduced_energy(self.z, np.asarray(self.binding_kev)))
        e = total - u
        lost = e / (1 + self.k * lindhard_g(e)) + self.c0 * np.sqrt(e) + self.c1 + u
        return np.where(recoil > cut_off, np.maximum(0.0, (total - lost) / total), 0.0)

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil

    def turning_points_kev(self) -> FloatArray:
        """The cut-off 2 U."""
        return np.array([2 * self.binding_kev])

    def scaled(self, factor: float) -> BindingQuenching:
        """The same curve with k times the factor."""
        return replace(self, k=self.k * checked_factor(factor))


# C0, C1 and U as fitted by Sarkis et al. 2020 (read in a public summary of their Tables III and
# IV, which does not say which k belongs to this fit: Lindhard's own, 0.146 and 0.157, is assumed).
SARKIS_SILICON = BindingQuenching(14, lindhard_k(14, 28.0855), 9.1e-3, 3.33e-5, 0.150)
SARKIS_GERMANIUM = BindingQuenching(32, lindhard_k(32, 72.630), 3.0e-4, 0.62e-5, 0.020)
