"""Electrons, then gain: charge counted in a liquid or a CCD, electron by electron.

An energy E makes N electrons, a whole number of mean E / W and variance F E / W; each is extracted
with the probability e; an extracted one gives a charge of mean 1 and relative width w.  F below 1
is that of Fano (Phys. Rev. 72, 26 (1947)), and N a Gaussian rounded to whole numbers, as in NEST
(Szydagis et al., JINST 6, P10002 (2011)).  F = 1 is Poisson.  Above it, where recombination
fluctuates, N is Poisson with a mean distributed as a gamma variate: negative binomial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr, xlog1py, xlogy

from detectors.counted_response import counted_response_matrix, counts_that_reach
from detectors.efficiency import EfficiencyCurve
from detectors.photo_electrons import poisson_probability
from detectors.resolution import PhononResolution
from detectors.tables import FloatArray, as_float_array

_REACH_IN_SIGMA = 10.0


@dataclass(frozen=True, slots=True)
class Electrons:
    """W, F, e and the widths of the gain, all of an event with n extracted electrons.

    The charge is Gaussian around n with variance n single_width^2 + noise^2, in electrons; the
    reconstructed energy is charge times W / e, so that its mean is E.
    """

    pair_energy_kev: float
    fano_factor: float
    extraction: float = 1.0
    single_width: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not self.pair_energy_kev > 0:
            raise ValueError(f"pair_energy_kev must be > 0, found {self.pair_energy_kev:g}")
        if not 0 < self.extraction <= 1:
            raise ValueError(f"extraction must lie in (0, 1], found {self.extraction:g}")
        if not min(self.fano_factor, self.single_width, self.noise) >= 0:
            raise ValueError(f"fano_factor, single_width and noise must be >= 0, found {self}")

    @property
    def electron_kev(self) -> float:
        """Reconstructed energy of one extracted electron: W / e."""
        return self.pair_energy_kev / self.extraction

    @property
    def extracted_excess(self) -> float:
        """Variance over mean of the extracted electrons: e F + 1 - e."""
        return self.extraction * self.fano_factor + 1 - self.extraction

    def sigma_kev(self, ionization_kev: FloatArray | float) -> FloatArray:
        """Standard deviation of the reconstructed energy: sets grids; the shape is discrete."""
        mean = as_float_array(ionization_kev) / self.electron_kev
        variance = mean * (self.extracted_excess + self.single_width**2) + self.noise**2
        return self.electron_kev * np.sqrt(variance)

    def charge_resolution(self) -> PhononResolution:
        """Width of the reconstructed energy at a fixed number of extracted electrons."""
        return PhononResolution(
            baseline_sigma_kev=self.noise * self.electron_kev,
            sqrt_term_kev=self.single_width**2 * self.electron_kev,
        )

    def probability(self, counts: FloatArray, ionization_kev: FloatArray) -> FloatArray:
        """P(n extracted | E), shape (n_counts, n_true)."""
        means = ionization_kev / self.electron_kev
        if self.fano_factor == 1:
            return poisson_probability(counts, means)
        if self.fano_factor > 1:
            return _negative_binomial(counts, means, self.extracted_excess)
        return self._thinned(counts, ionization_kev / self.pair_energy_kev)

    def _thinned(self, counts: FloatArray, means: FloatArray) -> FloatArray:
        """Rounded Gaussians of which each electron is extracted or not."""
        highest = float(np.max(means, initial=0.0))
        reach = highest + _REACH_IN_SIGMA * math.sqrt(self.fano_factor * highest) + 1
        made = np.arange(math.ceil(reach) + 1, dtype=np.float64)
        before = rounded_gaussian(made, means, self.fano_factor)
        if self.extraction == 1:
            found = np.zeros((counts.size, means.size))
            n = min(counts.size, made.size)
            found[:n] = before[:n]
            return found
        return _binomial(counts, made, self.extraction) @ before


def electron_response_matrix(
    ionization_kev: FloatArray,
    edges_kev: FloatArray,
    electrons: Electrons,
    efficiency: EfficiencyCurve,
    threshold_kev: float,
    min_ionization_kev: float,
) -> FloatArray:
    """Probability that a true energy is reconstructed in each bin, (n_bins, n_true).

    R[b, t] = sum_n P(n | E_t) P(b | n), see ``counted_response_matrix``.
    """
    widths = electrons.charge_resolution()
    counts = counts_that_reach(
        edges_kev, ionization_kev, 1 / electrons.electron_kev, widths, electrons.extracted_excess
    )
    return counted_response_matrix(
        ionization_kev,
        edges_kev,
        counts * electrons.electron_kev,
        electrons.probability(counts, ionization_kev),
        widths,
        efficiency,
        threshold_kev,
        min_ionization_kev,
    )


def rounded_gaussian(counts: FloatArray, means: FloatArray, fano_factor: float) -> FloatArray:
    """P(n) of a Gaussian of variance F m rounded to whole numbers, all below 1/2 to 0."""
    sigma = np.sqrt(fano_factor * means)
    score = (counts[:, None] + 0.5 - means) / np.where(sigma > 0, sigma, 1e-300)
    upper = ndtr(score)
    return np.asarray(np.diff(upper, axis=0, prepend=0.0))


def _negative_binomial(counts: FloatArray, means: FloatArray, excess: float) -> FloatArray:
    """Mean m and variance excess m: shape r = m / (excess - 1), p = 1 / excess."""
    n, shape = counts[:, None], means / (excess - 1)
    safe = np.maximum(shape, 1e-300)
    log = gammaln(n + safe) - gammaln(safe) - gammaln(n + 1)
    log += shape * -math.log(excess) + xlogy(n, 1 - 1 / excess)
    return np.asarray(np.exp(log))


def _binomial(counts: FloatArray, made: FloatArray, probability: float) -> FloatArray:
    """P(n of N), shape (n_counts, n_made)."""
    n, N = counts[:, None], made[None, :]
    left = np.maximum(N - n, 0.0)
    log = gammaln(N + 1) - gammaln(n + 1) - gammaln(left + 1)
    log += xlogy(n, probability) + xlog1py(left, -probability)
    return np.where(n <= N, np.exp(log), 0.0)
