"""The central potential of an atom, in which bound and free orbitals are solved alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from detectors.tables import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Potential:
    """V(r) = -charge(r) / r in Hartree, the charge a cubic spline in ln r, constant beyond it."""

    charge: CubicSpline
    lowest: float
    highest: float

    @classmethod
    def of(cls, radius: FloatArray, values: FloatArray) -> Potential:
        """Through values of V at increasing radii."""
        spline = CubicSpline(np.log(radius), -radius * values)
        return cls(spline, float(radius[0]), float(radius[-1]))

    def __call__(self, radius: FloatArray) -> FloatArray:
        """V at radii of any shape."""
        inside = np.clip(radius, self.lowest, self.highest)
        return np.asarray(-self.charge(np.log(inside)) / radius)
