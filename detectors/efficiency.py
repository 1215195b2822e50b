"""Detection efficiency as a function of energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import erf

from detectors.tables import FloatArray, as_float_array


@dataclass(frozen=True, slots=True)
class Efficiency:
    """plateau * (1 + erf((E - half_kev) / (sqrt2 width_kev))) / 2; flat if width_kev is None.

    acts_on says whether E is the true ionization energy or the reconstructed one.
    """

    plateau: float = 1.0
    half_kev: float = 0.0
    width_kev: float | None = None
    acts_on: Literal["true", "reconstructed"] = "reconstructed"

    def at(self, energy_kev: FloatArray | float) -> FloatArray:
        """Efficiency at each energy."""
        energy = as_float_array(energy_kev)
        if self.width_kev is None:
            return np.full_like(energy, self.plateau)
        turn_on = (1 + erf((energy - self.half_kev) / (np.sqrt(2) * self.width_kev))) / 2
        return np.asarray(self.plateau * turn_on)
