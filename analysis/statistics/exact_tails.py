"""Exact tails: CLs+b and CLb of q~, summed where outcomes are few, by toys where counts are.

CLs+b is the probability that data made at a value have a q~ as large as the data's, CLb that of
data made without a signal; the nuisances are at their fits to the data there.  For one counting
bin these are P(<= n; s + b) and P(<= n; b).  Read, J. Phys. G 28, 2693 (2002); q~: Cowan, Cranmer,
Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011), Eq. (16).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.fits.batch import BoolArray, Toys, batch_statistics, toys_at
from analysis.fits.intervals import Profile, bounded_upper_limit, profile_step
from analysis.fits.minimum import Minimum, minimise
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.acceptance import Acceptance, checked_toys, few_outcomes, resolution
from analysis.statistics.few_counts import few_counts
from analysis.statistics.search import closed_in, excluded_beyond
from analysis.statistics.tails import NEAR_BEST
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter

_FIRST_TOYS = 2_000
_MOST_TOYS = 20_000
_BATCH = 20_000
_ERRORS = 3.0
_NEGLIGIBLE = 1e-10
_QUICK = 2_000
"""Outcomes that are summed in a moment."""


@dataclass(frozen=True, slots=True)
class ExactLimit:
    """Best physical x and upper limit on it, rounded outwards, with its error and what it rests on.

    how is ``summed`` or ``toys``; upper is None where 0 is excluded already.
    """

    best_fit: float
    upper: float | None
    error: float
    how: str
    n_toys: int
    n_failed: int


def exact_is_due(likelihood: Likelihood, parameter: SignalParameter, rise: float) -> bool:
    """True where all outcomes can be summed at once, or counts are few.

    These are those of the bins that feel the value at which -2 ln L has risen.
    """
    best, upper = bounded_upper_limit(likelihood, parameter.fitted, rise)
    there = best.x.copy()
    there[likelihood.index(parameter.fitted)] = upper
    outcomes = few_outcomes(likelihood, there, _NEGLIGIBLE)
    if outcomes is not None and len(outcomes[0]) <= _QUICK:
        return True
    return few_counts(likelihood, there, best.x) is not None


def exact_upper_limit(
    likelihood: Likelihood,
    parameter: SignalParameter,
    cl: float,
    rise: float,
    budget: ToyBudget,
    *,
    ratio: bool,
) -> ExactLimit:
    """Where CLs+b, or with ratio CLs+b / CLb, falls to 1 - cl, above the best physical fit.

    rise is that of -2 ln L at a value about as large, from which the search begins.

    Raises
    ------
    NotEnoughToysError
        if no affordable number of toys resolves the confidence level.
    FitError
        if a fit fails or the limit does not exist.
    """
    name = parameter.fitted
    best, first = bounded_upper_limit(likelihood, name, rise)
    test = TailTest(likelihood, name, best, cl, budget, ratio=ratio)
    best_fit = float(best.x[likelihood.index(name)])
    # at the best fit itself every q~ is 0: what holds just above it decides
    lowest = test.at(best_fit + NEAR_BEST * profile_step(likelihood, name, best))
    if not lowest.accepted:
        return ExactLimit(best_fit, None, 0.0, test.how, test.n_toys, test.n_failed)
    finest = 0.0 if test.summed else resolution(likelihood, best, name)
    outer = excluded_beyond(test.at, lowest.value, first, finest)
    upper, error = closed_in(test.at, lowest, outer, finest)
    return ExactLimit(best_fit, upper, error, test.how, test.n_toys, test.n_failed)


class TailTest:
    """Tests of single values: share is 1 - CLs+b or 1 - CLs, accepted while below cl.

    The same random numbers serve all values.  What toys cannot tell is accepted.  A toy that cannot
    be fitted counts as large at the value, and as small without a signal.
    """

    def __init__(
        self,
        likelihood: Likelihood,
        name: str,
        best: Minimum,
        cl: float,
        budget: ToyBudget,
        *,
        ratio: bool,
    ) -> None:
        self._likelihood, self._name, self._best, self._ratio = likelihood, name, best, ratio
        self._profile = Profile(likelihood, name, best)
        self._place, self._others = likelihood.index(name), likelihood.others(name)
        self._null = minimise(likelihood, likelihood.others()).x
        self._seed, self.cl = budget.seed, cl
        self.summed = few_outcomes(likelihood, self._null, _NEGLIGIBLE) is not None
        self._most = 0 if self.summed else max(checked_toys(cl), min(budget.most_toys, _MOST_TOYS))
        self.n_toys = self.n_failed = 0

    @property
    def how(self) -> str:
        """``summed`` or ``toys``."""
        return "toys" if self.n_toys else "summed"

    def at(self, value: float) -> Acceptance:
        """Accept or exclude a value."""
        observed = 0.0
        if value > float(self._best.x[self._place]):
            observed = max(self._profile(value) - self._best.value, 0.0)
        threshold = observed - max(1e-6, 1e-9 * observed)
        truth = minimise(self._likelihood, {**self._others, self._name: value}, self._best.x).x
        found = self._by_sums(truth, value, threshold)
        return found or self._by_toys(truth, value, threshold)

    def _large(self, toys: Toys, value: float, threshold: float) -> tuple[BoolArray, BoolArray]:
        """Which data sets have a q~ as large, and which were fitted."""
        found = batch_statistics(self._likelihood, toys, self._name, value)
        q = np.where(found.best_fit >= value, 0.0, found.statistic)
        return q >= threshold, found.converged

    def _by_sums(self, truth: FloatArray, value: float, threshold: float) -> Acceptance | None:
        tails, failed = [], 0
        for point, as_large in ((truth, True), (self._null, False)):
            outcomes = few_outcomes(self._likelihood, point, _NEGLIGIBLE)
            if outcomes is None:
                return None
            counts, probability = outcomes
            toys = Toys(np.asfortranarray(counts), np.tile(point, (len(counts), 1)))
            large, converged = self._large(toys, value, threshold)
            tails.append(float(np.sum(probability[np.where(converged, large, as_large)])))
            failed += int(np.sum(~converged))
        self.n_failed += failed
        share = 1 - self._tail(*tails)
        return Acceptance(value, share < self.cl, share, 0.0, 0, failed)

    def _by_toys(self, truth: FloatArray, value: float, threshold: float) -> Acceptance:
        large, n, failed = np.zeros(2), 0, 0
        wanted = min(_FIRST_TOYS, self._most)
        while True:
            while n < wanted:
                size = min(_BATCH, wanted - n)
                for k, (point, as_large) in enumerate(((truth, True), (self._null, False))):
                    toys = toys_at(self._likelihood, point, size, self._seed, n, k)
                    own, converged = self._large(toys, value, threshold)
                    large[k] += np.sum(np.where(converged, own, as_large))
                    failed += int(np.sum(~converged))
                n += size
            signal, background = large / n
            tail = self._tail(signal, background)
            error = self._error(signal, background, n)
            decided = abs(tail - (1 - self.cl)) > _ERRORS * error
            if decided or n >= self._most:
                break
            wanted = min(5 * n, self._most)
        self.n_toys += 2 * n
        self.n_failed += failed
        accepted = bool(not decided or tail > 1 - self.cl)
        return Acceptance(value, accepted, float(1 - tail), error, 2 * n, failed)

    def _tail(self, signal: float, background: float) -> float:
        if not self._ratio:
            return signal
        return signal / background if background > 0 else 1.0

    def _error(self, signal: float, background: float, n: int) -> float:
        """Binomial error of the tail, of which at least one toy is taken to lie beyond."""
        p = np.clip([signal, background], 1 / n, 1 - 1 / n)
        relative = (1 - p) / (p * n)
        spread = np.sum(relative) if self._ratio else relative[0]
        return float(max(self._tail(signal, background), 1 / n) * spread**0.5)
