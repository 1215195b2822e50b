"""Acceptance: whether a value of a parameter lies in the unified interval of a data set.

A value is accepted where the probability that data made there have a smaller statistic than the
data, P(t_toy < t_data), is below the confidence level; the nuisances are at their fit to the data,
and auxiliary measurements fluctuate about it.  Statistics that are equal count as not smaller.
Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), physics/9711021; with nuisances profiled: Karbach,
arXiv:1109.0714; NOvA, arXiv:2207.14353.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.special import gammaln, xlogy

from analysis.fits.batch import BoolArray, Toys, batch_statistics, toys_at
from analysis.fits.intervals import Profile
from analysis.fits.joint_minima import joint_minima
from analysis.fits.minimum import FitError, Minimum, minimise
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.joint_statistics import joint_statistics
from sim.cross_sections.parameters import FloatArray

FIRST_TOYS = 2_000
MOST_TOYS = 5_000_000
_BATCH = 20_000
_MOST_OUTCOMES = 20_000
NEGLIGIBLE = 1e-7
_ERRORS = 3.0
_TOYS_IN_TAIL = 100.0
_FINEST_COUNTS = 0.005


class NotEnoughToysError(FitError):
    """A confidence level that no affordable number of toys can resolve."""


def checked_toys(cl: float, most: int = MOST_TOYS) -> int:
    """Toys at a value that leave 100 of them beyond a confidence level.

    Raises
    ------
    NotEnoughToysError
        if these are more than most.
    """
    needed = ceil(_TOYS_IN_TAIL / (1 - cl) - 1e-6)
    if needed > most:
        raise NotEnoughToysError(
            f"{needed:.3g} toys a value are needed at {100 * cl:.12g} % CL, more than {most:g}"
        )
    return needed


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What toys made at a value say: the share with a smaller statistic, and how well it is known.

    value is that of the parameter, of the first of several.  accepted: at the first of the
    confidence levels, ``holds`` at any.  error is the binomial one, 0 where probabilities were
    summed; n_failed toys could not be fitted and count as not smaller.
    """

    value: float
    accepted: bool
    share: float
    error: float
    n_toys: int
    n_failed: int

    def holds(self, cl: float) -> bool:
        """True unless the share is above a confidence level by three errors."""
        return self.share < cl or not _decided(self.share, cl, self.n_toys)

    def under(self, cl: float) -> bool:
        """True if the share is below a level by three errors of its toys, 2000 at most."""
        n_toys = min(self.n_toys or FIRST_TOYS, FIRST_TOYS)
        return bool(cl - self.share > _ERRORS * (cl * (1 - cl) / n_toys) ** 0.5)

    @property
    def error_of_share(self) -> float:
        """The binomial error at the share itself, 0 where probabilities were summed."""
        return (self.share * (1 - self.share) / self.n_toys) ** 0.5 if self.n_toys else 0.0


def _decided(share: float, cl: float, n_toys: int) -> bool:
    """True where a share differs from a confidence level by three errors; always if summed."""
    error = (cl * (1 - cl) / n_toys) ** 0.5 if n_toys else 0.0
    return abs(share - cl) > _ERRORS * error or not n_toys


class AcceptanceTest:
    """Tests of values of one or more parameters of a likelihood at confidence levels.

    best is the best physical point, others of the signal but freed ones held.  The same random
    numbers serve all values, so that shares change with the value and not with noise.  most_toys
    bounds what one value may take.
    """

    def __init__(
        self,
        likelihood: Likelihood,
        names: str | Sequence[str],
        best: Minimum,
        cls: float | Sequence[float],
        seed: int,
        most_toys: int,
    ) -> None:
        self._likelihood, self._best = likelihood, best
        self._names = (names,) if isinstance(names, str) else tuple(names)
        self._profile = Profile(likelihood, self._names, best)
        self._others = likelihood.others(*self._names)
        self.cls = (cls,) if isinstance(cls, float) else tuple(cls)
        self.seed, self.most_toys = seed, most_toys
        self.n_toys = self.n_failed = 0

    def at(
        self, *values: float, most_toys: int | None = None, statistic: float | None = None
    ) -> Acceptance:
        """Accept or exclude values by three errors; accept them if the toys cannot tell.

        With a statistic in place of the data's the share is the coverage that intervals of such a
        rise have there.
        """
        observed = statistic
        if observed is None:
            observed = max(self._profile(*values) - self._best.value, 0.0)
        threshold = observed - max(1e-6, 1e-9 * observed)
        held = {**self._others, **dict(zip(self._names, values, strict=True))}
        if self._likelihood.freed:
            truth = joint_minima(self._likelihood.with_fixed(held))[0].x
        else:
            truth = minimise(self._likelihood, held, self._best.x).x
        summed = self._summed(truth, threshold)
        if summed is not None:
            return summed
        return self._sampled(truth, threshold, most_toys or self.most_toys)

    def _statistics(self, toys: Toys, truth: FloatArray) -> tuple[FloatArray, BoolArray]:
        """The statistic of toys at the truth, and which were fitted."""
        if len(self._names) > 1 or self._likelihood.freed:
            return joint_statistics(self._likelihood, toys, self._names, truth)
        found = batch_statistics(self._likelihood, toys, self._names[0], self._value(truth))
        return found.statistic, found.converged

    def _value(self, truth: FloatArray) -> float:
        return float(truth[self._likelihood.index(self._names[0])])

    def _sampled(self, truth: FloatArray, threshold: float, most_toys: int) -> Acceptance:
        n = smaller = failed = 0
        wanted = min(FIRST_TOYS, most_toys)
        while True:
            while n < wanted:
                size = min(_BATCH, wanted - n)
                toys = toys_at(self._likelihood, truth, size, self.seed, n)
                statistic, converged = self._statistics(toys, truth)
                smaller += int(np.sum(statistic[converged] < threshold))
                failed += int(np.sum(~converged))
                n += size
            share = smaller / n
            decided = [_decided(share, cl, n) for cl in self.cls]
            if all(decided) or n >= most_toys:
                break
            wanted = min(5 * n, most_toys)
        self.n_toys += n
        self.n_failed += failed
        cl = self.cls[0]
        error = (cl * (1 - cl) / n) ** 0.5
        accepted = not decided[0] or share < cl
        return Acceptance(self._value(truth), accepted, share, error, n, failed)

    def _summed(self, truth: FloatArray, threshold: float) -> Acceptance | None:
        """By summing the probabilities of all data sets, where these are few."""
        outcomes = few_outcomes(self._likelihood, truth)
        if outcomes is None:
            return None
        counts, probability = outcomes
        toys = Toys(np.asfortranarray(counts), np.tile(truth, (len(counts), 1)))
        statistic, converged = self._statistics(toys, truth)
        share = float(np.sum(probability[converged & (statistic < threshold)]))
        failed = int(np.sum(~converged))
        self.n_failed += failed
        return Acceptance(self._value(truth), share < self.cls[0], share, 0.0, 0, failed)


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


def resolution(likelihood: Likelihood, best: Minimum, name: str) -> float:
    """Change of x that changes the expectation by 0.005 counts in all."""
    slope = np.sum(np.abs(likelihood.jacobian(best.x)[:, likelihood.index(name)]))
    return _FINEST_COUNTS / float(slope) if slope > 0 else 0.0
