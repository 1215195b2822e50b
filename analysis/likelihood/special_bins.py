"""Special bins: what is neither a plain Poisson count nor a Gaussian one.

A simulated bin expects beta times what the templates say, beta known to a relative spread delta
from the statistics of a simulation (Barlow-Beeston lite: Conway, arXiv:1103.0354): each has its
own beta, which the likelihood eliminates in closed form.  A combined bin has the term of
Neyman's and Pearson's chi-square together (CNP: Ji et al., Nucl. Instrum. Meth. A 961, 163677
(2020)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.likelihood.blocks import BoolArray, IntArray
from sim.cross_sections.parameters import FloatArray

SIMULATION = "simulation"
"""Kind of a beta among the parameters."""
COMBINED = -1.0
"""In place of a spread: a combined bin."""


@dataclass(frozen=True, slots=True, eq=False)
class SpecialBins:
    """spreads (n,): delta^2 of a simulated bin, COMBINED, or 0 for a plain one.

    places (n,) are those of the betas among the parameters, which hold their measured centres;
    both are empty if all bins are plain.
    """

    spreads: FloatArray
    places: IntArray

    @classmethod
    def of(cls, spreads: FloatArray, places: IntArray) -> SpecialBins:
        """Empty if no bin is special."""
        return cls(spreads, places) if np.any(spreads) else PLAIN

    @property
    def arrays(self) -> tuple[FloatArray, IntArray]:
        """As the kernels take them."""
        return self.spreads, self.places

    @property
    def simulated(self) -> IntArray:
        """Bins with a beta."""
        return np.flatnonzero(self.spreads > 0)

    @property
    def combined(self) -> IntArray:
        """Bins with the combined chi-square."""
        return np.flatnonzero(self.spreads < 0)

    def but(self, others: BoolArray) -> SpecialBins:
        """Without some bins (n,), which are plain."""
        return (
            SpecialBins.of(np.where(others, 0.0, self.spreads), self.places)
            if self.spreads.size
            else self
        )

    def moved(self, places: IntArray) -> SpecialBins:
        """Where the parameter at place p has come to places[p]."""
        return SpecialBins(self.spreads, places[self.places])

    def betas(self, x: FloatArray) -> FloatArray:
        """What x (P,) says of the betas, (n,), 1 for other bins."""
        return np.where(self.spreads > 0, x[self.places], 1.0)

    def best_betas(
        self, x: FloatArray, expected: FloatArray, counts: FloatArray, centers: FloatArray
    ) -> FloatArray:
        """x (P,) with the betas that fit the counts (n,) best, for expected ones without them."""
        filled, bins = x.copy(), self.simulated
        spread, n = self.spreads[bins], counts[bins]
        shift = spread * expected[bins] - centers[self.places[bins]]
        filled[self.places[bins]] = (np.sqrt(shift**2 + 4 * n * spread) - shift) / 2
        return filled

    def variances(self, expected: FloatArray) -> FloatArray:
        """Variances (n,) of expected counts: Poisson, with the errors of a simulation."""
        known = np.maximum(self.spreads, 0.0) if self.spreads.size else 0.0
        return np.asarray(expected * (1 + known * expected))


PLAIN = SpecialBins(np.zeros(0), np.zeros(0, dtype=np.int64))


def check_plain(bins: SpecialBins, what: str) -> None:
    """Raise ValueError for a format that knows plain bins only, and a likelihood with others."""
    if bins.simulated.size:
        raise ValueError(f"{what} has no errors of simulations: leave the columns error out")
    if bins.combined.size:
        raise ValueError(f"{what} has Poisson bins only: analysis.statistic = 'cnp' is none")
