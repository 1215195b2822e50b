"""Feldman-Cousins intervals: exact for a counting experiment, by toys for a likelihood.

Source: Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), physics/9711021.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtri, xlogy

from analysis.fits.batch import batch_statistics, toys_at
from analysis.fits.intervals import Profile, bounded_upper_limit, two_sided_intervals
from analysis.fits.minimum import FitError, minimise
from analysis.fits.toy_fits import ToyProfiles
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

DEFAULT_TOYS = 1000
DEFAULT_SEED = 1
_GRID_POINTS = 25
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


def feldman_cousins(
    likelihood: Likelihood,
    name: str,
    cl: float,
    n_toys: int = DEFAULT_TOYS,
    seed: int = DEFAULT_SEED,
) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Best physical value and accepted intervals of a signal parameter, nuisances profiled.

    At each of 25 values (50 for q and r) the critical value of -2 Delta ln L is the cl quantile of
    toys made there, with the nuisances at their fit to the data and the auxiliary measurements
    fluctuating.  Between the values, the difference to the data's statistic is interpolated
    linearly.

    Raises
    ------
    FitError
        if a fit fails or the values at the ends are not excluded.
    """
    best_x, values = _test_values(likelihood, name, cl)
    place = likelihood.index(name)
    best = minimise(likelihood, likelihood.others(name), best_x)
    if name in likelihood.bounded() and best.x[place] < 0:
        best = minimise(likelihood, likelihood.others())
    profile = Profile(likelihood, name, best)
    excess = np.array(
        [
            profile(value)
            - best.value
            - critical_value(likelihood, name, value, cl, n_toys, seed, i)
            for i, value in enumerate(values)
        ]
    )
    if excess[-1] <= 0 or (name not in likelihood.bounded() and excess[0] <= 0):
        raise FitError("the Feldman-Cousins interval does not end within the values tested")
    return float(best.x[place]), _accepted(values, excess)


def critical_value(
    likelihood: Likelihood, name: str, value: float, cl: float, n_toys: int, seed: int, point: int
) -> float:
    """Quantile cl of -2 Delta ln L at a value of the parameter, in toys made at that value."""
    truth = minimise(likelihood, {**likelihood.others(name), name: value}).x
    toys = toys_at(likelihood, truth, n_toys, seed, 0, point)
    found = batch_statistics(likelihood, toys, name, value)
    if not np.any(found.converged):
        raise FitError(f"none of {n_toys} toys made at {name} = {value:g} could be fitted")
    return float(np.quantile(found.statistic[found.converged], cl))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Toys that give the critical values: how many for each data set, and their random streams.

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


def _test_values(likelihood: Likelihood, name: str, cl: float) -> tuple[FloatArray, FloatArray]:
    """Best point, and values out to where the profile is 2 standard errors beyond those of cl.

    The profile itself says how far that is: without the nuisances the error would be too small.
    """
    rise = (float(ndtri((1 + cl) / 2)) + _MARGIN_IN_SIGMA) ** 2
    if name in likelihood.bounded():
        best, high = bounded_upper_limit(likelihood, name, rise)
        return best.x, np.linspace(0.0, high, _GRID_POINTS)
    found = two_sided_intervals(likelihood, name, rise)
    low, high = found.intervals[0][0], found.intervals[-1][1]
    return found.best.x, np.linspace(low, high, 2 * _GRID_POINTS)


def _accepted(values: FloatArray, excess: FloatArray) -> tuple[tuple[float, float], ...]:
    """Intervals where a piecewise linear function is not positive."""
    inside = excess <= 0
    bounds: list[float] = [float(values[0])] if inside[0] else []
    for i in np.flatnonzero(inside[1:] != inside[:-1]):
        share = excess[i] / (excess[i] - excess[i + 1])
        bounds.append(float(values[i] + share * (values[i + 1] - values[i])))
    if inside[-1]:
        bounds.append(float(values[-1]))
    return tuple(zip(bounds[::2], bounds[1::2], strict=True))


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
