"""Feldman-Cousins intervals: where the acceptance of values ends.

Source: Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), physics/9711021.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtri, xlogy

from analysis.fits.batch import batch_statistics, toys_at
from analysis.fits.intervals import bounded_upper_limit, two_sided_intervals
from analysis.fits.minimum import Minimum
from analysis.fits.toy_fits import ToyProfiles
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.acceptance import AcceptanceTest, checked_toys, resolution
from analysis.statistics.search import closed_in, excluded_beyond
from analysis.statistics.tested import Calibration, ToyBudget
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter

_GRID_POINTS = 25
_FINER_IF_SUMMED = 10
_TOYS_FOR_PIECES = 32_000
_MARGIN_IN_SIGMA = 2.0
_EQUAL = 1e-7
_CALIBRATION_POINTS = 2**31


def counting_interval(
    n: int, background: float, cl: float, *, monotonic: bool = True
) -> tuple[float, float]:
    """Unified interval for a Poisson mean s with known background b and n observed counts.

    Counts are accepted for each s in the order of P(n | s + b) / P(n | max(0, n - b) + b).  With
    monotonic, the upper end is not smaller than for any larger background (their section IV B).
    """
    low, high = _counting_interval(n, background, cl)
    if monotonic:
        larger = np.arange(background, background + 6.0, 0.02)
        high = max(high, *(_counting_interval(n, float(b), cl)[1] for b in larger))
    return low, high


@dataclass(frozen=True, slots=True)
class UnifiedIntervals:
    """Best physical x, and the accepted intervals, rounded outwards.

    errors holds, for each end, what the noise of the toys makes of it: 0 where probabilities were
    summed, and at a bound.  n_toys counts all toys, n_failed those that could not be fitted.
    """

    best_fit: float
    intervals: tuple[tuple[float, float], ...]
    errors: tuple[tuple[float, float], ...]
    n_toys: int
    n_failed: int


def feldman_cousins(
    likelihood: Likelihood,
    parameter: SignalParameter,
    cl: float,
    budget: ToyBudget,
) -> UnifiedIntervals:
    """The unified interval of a signal parameter, nuisances profiled.

    A bracket of values is widened until its ends are excluded; values inside it show whether there
    are gaps; each end is then closed in on by halving, and the excluded side is given.  Most values
    take far fewer toys than they may (``AcceptanceTest``).

    Raises
    ------
    NotEnoughToysError
        if no affordable number of toys resolves the confidence level.
    FitError
        if a fit fails.
    """
    needed = checked_toys(cl)
    name = parameter.fitted
    best, low, high, minima = _bracket(likelihood, parameter, cl)
    most = max(budget.most_toys, needed)
    test = AcceptanceTest(likelihood, name, best, cl, budget.seed, most)
    best_fit = float(best.x[likelihood.index(name)])
    search = _Search(test, best_fit, resolution(likelihood, best, name))
    if not parameter.bounded:
        low = search.beyond(low)
    high = search.beyond(high)
    ends = search.ends(low, high, minima, bounded=parameter.bounded)
    return UnifiedIntervals(
        best_fit,
        tuple((lower.value, upper.value) for lower, upper in ends),
        tuple((lower.error, upper.error) for lower, upper in ends),
        test.n_toys,
        test.n_failed,
    )


@dataclass(frozen=True, slots=True)
class _End:
    value: float
    error: float = 0.0


class _Search:
    """Ends of the accepted set from tests of single values."""

    def __init__(self, test: AcceptanceTest, best_fit: float, resolution: float) -> None:
        self._test, self._best, self._resolution = test, best_fit, resolution

    def beyond(self, value: float) -> float:
        """A value that is excluded, from the given one outwards."""
        return excluded_beyond(self._test.at, self._best, value, self._resolution).value

    def ends(
        self, low: float, high: float, minima: Sequence[float], *, bounded: bool
    ) -> list[tuple[_End, _End]]:
        """Intervals between excluded values; a gap is one only where a value is excluded.

        Minima of the profile are looked at besides an even grid: a strip around one may be narrow.
        """
        most = min(_TOYS_FOR_PIECES, self._test.most_toys)
        points = _GRID_POINTS if bounded else 2 * _GRID_POINTS
        # where probabilities are summed a value is quick, and pieces are narrow
        if self._test.at(high, most_toys=most).error == 0:
            points *= _FINER_IF_SUMMED
        between = [minimum for minimum in minima if low < minimum < high]
        values = np.unique([*np.linspace(low, high, points), *between, self._best])
        found = [self._test.at(float(v), most_toys=most) for v in values]
        accepted = np.array([one.accepted for one in found])
        accepted[values == self._best] = True
        accepted[-1] = False
        if not bounded:
            accepted[0] = False
        closed = [] if not accepted[0] else [_End(float(values[0]))]
        for i in np.flatnonzero(accepted[1:] != accepted[:-1]):
            sides = (found[i], found[i + 1])
            inner, outer = sides if accepted[i] else sides[::-1]
            closed.append(_End(*closed_in(self._test.at, inner, outer, self._resolution)))
        return list(zip(closed[::2], closed[1::2], strict=True))


def _bracket(
    likelihood: Likelihood, parameter: SignalParameter, cl: float
) -> tuple[Minimum, float, float, tuple[float, ...]]:
    """Best physical point, where the profile is two errors beyond what cl asks for, all minima."""
    rise = (float(ndtri((1 + cl) / 2)) + _MARGIN_IN_SIGMA) ** 2
    if parameter.one_sided:
        best, high = bounded_upper_limit(likelihood, parameter.fitted, rise)
        return best, 0.0, high, ()
    found = two_sided_intervals(likelihood, parameter.fitted, rise, bounded=parameter.bounded)
    low, high = found.intervals[0][0], found.intervals[-1][1]
    return found.best, 0.0 if parameter.bounded else low, high, found.minima


def calibration_point(point: int) -> int:
    """A point whose random streams the calibration of the toys at another point may use."""
    return point + _CALIBRATION_POINTS


def calibrated_levels(
    profiles: ToyProfiles, values: FloatArray, rise: FloatArray, calibration: Calibration
) -> FloatArray:
    """From which confidence level on the interval of each data set holds a value (m,).

    n toys are made at the value, with the nuisances at their fit to the data set; the level is
    (1 + the number of them with a smaller statistic) / (n + 1).  Among its own toys the rank of
    the data's statistic is uniform, so that, as long as the nuisances do not matter, this covers
    exactly where cl (n + 1) is whole (n = 199 at 90 %), and less than 1 / (n + 1) too little
    elsewhere.  Equal statistics, as discrete data have them, count as not smaller.
    rise (m,) is the statistic of each data set at its value.
    """
    likelihood, name = profiles.likelihood, profiles.name
    _, points = profiles.conditional(values)
    levels = np.ones(len(values))
    for i, (truth, value, observed) in enumerate(zip(points, values, rise, strict=True)):
        toys = toys_at(likelihood, truth, calibration.n_toys, *calibration.stretch(i))
        found = batch_statistics(likelihood, toys, name, float(value))
        smaller = int(np.sum(found.statistic[found.converged] < observed - _EQUAL))
        levels[i] = (1 + smaller) / (int(np.sum(found.converged)) + 1)
    return levels


def _counting_interval(n: int, background: float, cl: float) -> tuple[float, float]:
    """Lowest and highest accepted signal on a grid of 0.005, without correction."""
    counts = np.arange(0, int(3 * (n + background) + 60))
    best = np.maximum(counts, background)
    signals = np.arange(0, n + 6 * (n + 1) ** 0.5 + 6, 0.005)
    mean = signals[:, None] + background
    log_p = xlogy(counts, mean) - mean
    order = np.argsort(xlogy(counts, best) - best - log_p, axis=1, kind="stable")
    probability = np.exp(log_p - gammaln(counts + 1))
    cumulative = np.cumsum(np.take_along_axis(probability, order, axis=1), axis=1)
    taken = np.sum(cumulative < cl, axis=1) + 1
    rank = np.argmax(order == n, axis=1)
    accepted = signals[rank < taken]
    return float(accepted[0]), float(accepted[-1])
