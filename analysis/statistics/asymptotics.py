"""Asymptotics of the bounded mu^2: a Gaussian estimate with a boundary at 0.

The estimate without its bound is x ~ N(m, 1), x and the truth m in units of the standard error.
From it follow the intervals that an estimate leads to and the coverage that is to be expected,
which the constructions use.  The limit grows with x, so that a truth m is covered where x lies
above some x*(m), with probability Phi(m - x*).

Sources: Cowan, Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011) (CCGV), Secs. 3.4 and 3.6;
Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), Sec. IV A.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from analysis.fits.roots import root_between
from sim.cross_sections.parameters import FloatArray

_FAR = 40.0
_LOWEST_MEAN = 0.05
"""The smallest unified upper limit in many; at 90 % that of an estimate of about -13."""


def statistic(m: float, x: float) -> float:
    """-2 Delta ln L at m from the best physical point max(x, 0): (m - x)^2, or m^2 - 2 m x."""
    return (m - x) ** 2 if x >= 0 else m * m - 2 * m * x


def statistic_survival(t: FloatArray, m: float) -> FloatArray:
    """Probability that the statistic at the truth m exceeds t; CCGV, Eq. (44).

    For a truth far from the bound, m = inf, chi-square with one degree of freedom.
    """
    root = np.sqrt(np.maximum(t, 0.0))
    above = ndtr(-root)
    if m == 0:
        return np.asarray(np.where(t < 0, 1.0, above))
    with np.errstate(invalid="ignore"):
        lowest = np.where(root <= m, -root, (m * m - np.asarray(t)) / (2 * m) - m)
    return np.asarray(above + ndtr(lowest))


def critical_statistic(m: float, cl: float) -> float:
    """Value that the statistic at the truth m exceeds with probability 1 - cl."""

    def excess(t: float) -> float:
        return float(statistic_survival(np.array(t), m)) - (1 - cl)

    return root_between(excess, 0.0, 2 * _FAR, 1e-12)


def upper_limits_of_rise(rise: float, x: FloatArray) -> FloatArray:
    """Where the statistic of estimates x has risen: x + z, or x + sqrt(x^2 + z^2) for x < 0."""
    return np.asarray(x + np.sqrt(rise + np.minimum(x, 0.0) ** 2))


def coverage_of_rise(rise: float, m: float) -> float:
    """Probability that the statistic at the truth m has not risen that far, or x lies above m."""
    if m == 0:
        return 1.0
    z = float(rise**0.5)
    return float(ndtr(z if m >= z else (m * m + rise) / (2 * m)))


def upper_limits_of_ratio(cl: float, x: FloatArray) -> FloatArray:
    """Where Phi(x - m) / Phi(x) has fallen to 1 - cl: x + Phi^-1(1 - (1 - cl) Phi(x))."""
    return np.asarray(x - ndtri((1 - cl) * ndtr(x)))


def coverage_of_ratio(cl: float, m: float) -> float:
    """Probability that Phi(x - m) / Phi(x) >= 1 - cl at the truth m."""
    if m == 0:
        return 1.0
    ratio = np.log(1 - cl)
    lowest = m - _FAR - _FAR / m
    x = root_between(lambda x: log_ndtr(x - m) - log_ndtr(x) - ratio, lowest, m)
    return float(ndtr(m - x))


def unified_interval(cl: float, x: float) -> tuple[float, float]:
    """Means between which the statistic of an estimate x is below its critical value."""

    def excess(m: float) -> float:
        return statistic(m, x) - critical_statistic(m, cl)

    best = max(x, 0.0)
    lower = 0.0 if excess(0.0) <= 0 else root_between(excess, 0.0, best, 1e-9)
    highest = best + float(ndtri((1 + cl) / 2)) + 1.0
    return lower, root_between(excess, best, highest, 1e-9)


def unified_upper_limits(cl: float, x: FloatArray) -> FloatArray:
    """Means whose lowest accepted estimate is x, between 400 of them linearly.

    Good to 2e-3 of a standard error or better, and 0.05 at the least.
    """
    reach = max(float(np.max(x)), 0.0) + ndtri((1 + cl) / 2) + 1.0
    means = np.linspace(_LOWEST_MEAN, reach, 400)
    return np.asarray(np.interp(x, [_lowest_accepted(float(m), cl) for m in means], means))


def _lowest_accepted(m: float, cl: float) -> float:
    """Smallest estimate at which the statistic at the truth m > 0 is not critical."""
    critical = critical_statistic(m, cl)
    return m - critical**0.5 if critical <= m * m else (m * m - critical) / (2 * m)
