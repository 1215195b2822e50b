"""Data sets and the values of a parameter at which they are tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.fits.toy_fits import ToyProfiles
from sim.cross_sections.parameters import FloatArray


@dataclass(frozen=True, slots=True)
class ToyBudget:
    """Toys that one value of a parameter may take, and their seed.

    Of no toys ``feldman-cousins`` takes the distribution of many counts.
    """

    most_toys: int = 500_000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Calibration:
    """Toys that give critical values: how many for each data set, and their random streams.

    The data set of number i has the toys n_toys i, n_toys i + 1, ... of the seed and the point;
    first_index is the number of the first data set.
    """

    n_toys: int
    seed: int
    point: int
    first_index: int = 0

    def stretch(self, i: int) -> tuple[int, int, int]:
        """Seed, first toy and point of the i-th data set from the first one."""
        return self.seed, self.n_toys * (self.first_index + i), self.point


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Data sets (m,), the values of a parameter at which they are tested, and -2 Delta ln L there.

    bounded: limits are upper ones (``SignalParameter.one_sided``).
    calibration says which toys give critical values, for constructions that need them.
    """

    profiles: ToyProfiles
    bounded: bool
    values: FloatArray
    rise: FloatArray
    calibration: Calibration | None = None

    @property
    def one_sided(self) -> FloatArray:
        """q~: 0 where the best fit lies above the value."""
        return np.where(self.profiles.best_fit >= self.values, 0.0, self.rise)
