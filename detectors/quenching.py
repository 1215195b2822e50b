"""Quenching: the ionization energy (electron equivalent) that a nuclear recoil leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from detectors.tables import FloatArray, as_float_array


def lindhard_k(z: int, a: float) -> float:
    """k = 0.133 Z^(2/3) A^(-1/2): 0.157 for germanium, 0.146 for silicon.

    Source: Lindhard et al., Mat. Fys. Medd. Dan. Vid. Selsk. 33, no. 10 (1963).
    """
    return float(0.133 * z ** (2 / 3) * a**-0.5)


@dataclass(frozen=True, slots=True)
class Lindhard:
    """Q = k g / (1 + k g), g = 3 e^0.15 + 0.7 e^0.6 + e, e = 11.5 Z^(-7/3) T[keV].

    Source: Lindhard et al. 1963; Lewin & Smith, Astropart. Phys. 6, 87 (1996), section 3.
    """

    z: int
    k: float

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy."""
        epsilon = 11.5 * self.z ** (-7 / 3) * as_float_array(recoil_kev)
        g = 3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon
        return np.asarray(self.k * g / (1 + self.k * g))

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil


def recoils_at_kev(
    quenching: Lindhard, ionization_kev: float, low_kev: float, high_kev: float
) -> list[float]:
    """Every recoil energy between low and high whose ionization is the given one.

    Found by scanning 2000 logarithmic steps and bisection, so that curves that are not monotonic
    give all their crossings.
    """

    def excess(recoil_kev: float) -> float:
        return float(quenching.ionization_kev(recoil_kev)[0]) - ionization_kev

    scan = np.geomspace(low_kev, high_kev, 2001)
    above = quenching.ionization_kev(scan) > ionization_kev
    changes = np.flatnonzero(above[1:] != above[:-1])
    return [float(brentq(excess, scan[i], scan[i + 1], xtol=1e-15)) for i in changes]
