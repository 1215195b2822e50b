"""Acceptance: whether a value of a parameter lies in the unified interval of a data set.

A value is accepted where the probability that data made there have a smaller statistic than the
data, P(t_toy < t_data), is below the confidence level; the nuisances are at their fit to the data,
and auxiliary measurements fluctuate about it.  Statistics that are equal count as not smaller.
Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), physics/9711021; with nuisances profiled: Karbach,
arXiv:1109.0714; NOvA, arXiv:2207.14353.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, xlogy

from analysis.fits.batch import Toys, batch_statistics, toys_at
from analysis.fits.intervals import Profile
from analysis.fits.minimum import Minimum, minimise
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

FIRST_TOYS = 2_000
MOST_TOYS = 5_000_000
_BATCH = 20_000
_MOST_OUTCOMES = 20_000
NEGLIGIBLE = 1e-7
_ERRORS = 3.0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What toys made at a value say: the share with a smaller statistic, and how well it is known.

    error is the binomial one, 0 where probabilities were summed; n_failed toys could not be
    fitted and count as not smaller.
    """

    value: float
    accepted: bool
    share: float
    error: float
    n_toys: int
    n_failed: int


class AcceptanceTest:
    """Tests of the values of one parameter of a likelihood at a confidence level.

    The same random numbers serve all values, so that shares change with the value and not with
    noise.  most_toys bounds what one value may take.
    """

    def __init__(
        self, likelihood: Likelihood, name: str, best: Minimum, cl: float, seed: int, most_toys: int
    ) -> None:
        self._likelihood, self._name, self._best = likelihood, name, best
        self._profile = Profile(likelihood, name, best)
        self._others = likelihood.others(name)
        self.cl, self.seed, self.most_toys = cl, seed, most_toys
        self.n_toys = self.n_failed = 0

    def at(self, value: float, most_toys: int | None = None) -> Acceptance:
        """Accept or exclude a value by three errors; accept it if the toys cannot tell."""
        observed = max(self._profile(value) - self._best.value, 0.0)
        threshold = observed - max(1e-6, 1e-9 * observed)
        truth = minimise(self._likelihood, {**self._others, self._name: value}, self._best.x).x
        summed = self._summed(truth, value, threshold)
        if summed is not None:
            return summed
        return self._sampled(truth, value, threshold, most_toys or self.most_toys)

    def _sampled(
        self, truth: FloatArray, value: float, threshold: float, most_toys: int
    ) -> Acceptance:
        n = smaller = failed = 0
        wanted = min(FIRST_TOYS, most_toys)
        while True:
            while n < wanted:
                size = min(_BATCH, wanted - n)
                toys = toys_at(self._likelihood, truth, size, self.seed, n)
                found = batch_statistics(self._likelihood, toys, self._name, value)
                smaller += int(np.sum(found.statistic[found.converged] < threshold))
                failed += int(np.sum(~found.converged))
                n += size
            share, error = smaller / n, (self.cl * (1 - self.cl) / n) ** 0.5
            decided = abs(share - self.cl) > _ERRORS * error
            if decided or n >= most_toys:
                break
            wanted = min(5 * n, most_toys)
        self.n_toys += n
        self.n_failed += failed
        return Acceptance(value, not decided or share < self.cl, share, error, n, failed)

    def _summed(self, truth: FloatArray, value: float, threshold: float) -> Acceptance | None:
        """By summing the probabilities of all data sets, where these are few."""
        outcomes = few_outcomes(self._likelihood, truth)
        if outcomes is None:
            return None
        counts, probability = outcomes
        toys = Toys(np.asfortranarray(counts), np.tile(truth, (len(counts), 1)))
        found = batch_statistics(self._likelihood, toys, self._name, value)
        smaller = found.converged & (found.statistic < threshold)
        share = float(np.sum(probability[smaller]))
        failed = int(np.sum(~found.converged))
        self.n_failed += failed
        return Acceptance(value, share < self.cl, share, 0.0, 0, failed)


def few_outcomes(
    likelihood: Likelihood, truth: FloatArray, negligible: float = NEGLIGIBLE
) -> tuple[FloatArray, FloatArray] | None:
    """All counts (m, n) that are not negligible at a truth, and their probabilities (m,).

    None where they are more than 20000, or the data are more than counts: bins with errors of
    their own, auxiliary measurements.
    """
    if np.any(likelihood.variances > 0) or np.any(likelihood.inverse_sigmas > 0):
        return None
    expected = np.maximum(likelihood.expected(truth), 0.0)
    ranges: list[FloatArray] = []
    n_outcomes = 1
    for mean in expected:
        reach = 12.0 + 8.0 * float(mean) ** 0.5
        counts = np.arange(max(0.0, np.floor(mean - reach)), np.ceil(mean + reach) + 1)
        log_p = xlogy(counts, mean) - mean - gammaln(counts + 1)
        kept = counts[log_p > np.log(negligible)]
        n_outcomes *= kept.size
        if n_outcomes > _MOST_OUTCOMES:
            return None
        ranges.append(kept)
    counts = np.stack([grid.ravel() for grid in np.meshgrid(*ranges, indexing="ij")], axis=1)
    log_p = np.sum(xlogy(counts, expected) - expected - gammaln(counts + 1), axis=1)
    probability = np.exp(log_p)
    kept_rows = probability > negligible
    return counts[kept_rows], probability[kept_rows]
