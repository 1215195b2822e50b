"""Discovery: how often data without a signal look as much like one as the data do.

q0 is -2 ln L of no signal less that of the best fit, 0 where less than none fits best: Cowan,
Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011) (CCGV), Eq. (12).  Its distribution comes
from summed probabilities where outcomes are few, from toys, or from the asymptotic formula, Z =
sqrt(q0), CCGV Eq. (53).  Of a parameter of either sign the statistic is t0, the same without the
condition that the signal is more than none, CCGV Eq. (8), and p = 2 Phi(-sqrt(t0)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

from analysis.fits.batch import (
    BoolArray,
    Toys,
    batch_gradients,
    batch_minima,
    batch_statistics,
    toys_at,
)
from analysis.fits.intervals import local_minima
from analysis.fits.minimum import FitError, Minimum, minimise
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.acceptance import few_outcomes
from sim.cross_sections.parameters import FloatArray

_BATCH = 20_000
_SMALLEST_SUM = 1e-12
"""What the outcomes that a sum leaves out may have together, and more."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Fits with and without a signal: q0, and the best fit of the parameter.

    best_fit may lie below none, where q0 is 0; it is none itself where no fit converges there.
    best (P,) is the point of the best fit.  two_sided: q0 is t0.
    """

    none: float
    best_fit: float
    q0: float
    null: Minimum
    best: FloatArray
    two_sided: bool = False


@dataclass(frozen=True, slots=True)
class NullProbability:
    """Probability that data without a signal have a q0 as large, and the significance.

    how is ``summed``, ``toys`` or ``asymptotic``.  z is 0 for p >= 1/2.  is_bound: no toy, or no
    outcome that was summed, is as large, so that p is smaller and z larger than this.
    n_failed toys could not be fitted and count as large.
    """

    p_value: float
    z: float
    how: str
    n_toys: int = 0
    n_failed: int = 0
    is_bound: bool = False


def excess(likelihood: Likelihood, name: str, none: float) -> Excess:
    """q0 of the data of a likelihood for a parameter whose signal vanishes at none.

    Where -2 ln L rises from none, less than none fits best and q0 is 0.

    Raises
    ------
    FitError
        if a fit fails.
    """
    others, place = likelihood.others(name), likelihood.index(name)
    null = minimise(likelihood, {**others, name: none})
    rising = bool(likelihood.gradient(null.x)[place] >= 0)
    try:
        best = minimise(likelihood, others)
    except FitError:
        if not rising:
            raise
        return Excess(none, none, 0.0, null, null.x)
    found = float(best.x[place])
    q0 = max(null.value - best.value, 0.0) if found > none else 0.0
    return Excess(none, found, q0, null, best.x)


def departure(likelihood: Likelihood, name: str, *, bounded: bool) -> Excess:
    """t0 of the data of a likelihood for a parameter whose Standard Model is 0, in all valleys.

    bounded: the parameter is not below 0.

    Raises
    ------
    FitError
        if a fit fails.
    """
    place = likelihood.index(name)
    null = minimise(likelihood, likelihood.others())
    minima = [m for m in local_minima(likelihood, name) if m.x[place] > 0 or not bounded]
    best = min([null, *minima], key=lambda minimum: minimum.value)
    q0 = max(null.value - best.value, 0.0)
    return Excess(0.0, float(best.x[place]), q0, null, best.x, two_sided=True)


def asymptotic_probability(found: Excess) -> NullProbability:
    """p = Phi(-sqrt q0), or twice that on two sides."""
    root = float(found.q0**0.5)
    if not found.two_sided:
        return NullProbability(float(ndtr(-root)), root, "asymptotic")
    log_p = np.log(2) + log_ndtr(-root)
    return NullProbability(float(np.exp(log_p)), max(float(-ndtri_exp(log_p)), 0.0), "asymptotic")


def summed_probability(likelihood: Likelihood, name: str, found: Excess) -> NullProbability | None:
    """From the probabilities of all outcomes without a signal; None where these are many."""
    outcomes = few_outcomes(likelihood, found.null.x, 1e-2 * _SMALLEST_SUM)
    if outcomes is None:
        return None
    counts, probability = outcomes
    toys = Toys(np.asfortranarray(counts), np.tile(found.null.x, (len(counts), 1)))
    large, converged = _as_large(likelihood, toys, name, found)
    p = float(np.sum(probability[large]))
    z = _z(max(p, _SMALLEST_SUM))
    failed = int(np.sum(~converged))
    return NullProbability(max(p, _SMALLEST_SUM), z, "summed", 0, failed, p < _SMALLEST_SUM)


def toy_probability(
    likelihood: Likelihood, name: str, found: Excess, n_toys: int, seed: int
) -> NullProbability:
    """p = (1 + k) / (1 + n), k of n toys at the fit without a signal having a q0 as large."""
    large = failed = 0
    for first in range(0, n_toys, _BATCH):
        toys = toys_at(likelihood, found.null.x, min(_BATCH, n_toys - first), seed, first)
        own, converged = _as_large(likelihood, toys, name, found)
        large += int(np.sum(own))
        failed += int(np.sum(~converged))
    p = (1 + large) / (1 + n_toys)
    return NullProbability(p, _z(p), "toys", n_toys, failed, large == 0)


def toy_q0(
    likelihood: Likelihood, toys: Toys, name: str, none: float
) -> tuple[FloatArray, BoolArray]:
    """q0 (m,) of data sets, and which were fitted; only those with an excess need a second fit."""
    others, place = likelihood.others(name), likelihood.index(name)
    begin = toys.centers.copy()
    begin[:, place] = none
    null = batch_minima(likelihood, toys, begin, {**others, name: none})
    falling = batch_gradients(likelihood, toys, null.points)[:, place] < 0
    q0, converged = np.zeros(len(begin)), null.converged.copy()
    rows = falling & converged
    if np.any(rows):
        best = batch_minima(likelihood, toys.rows(rows), null.points[rows], others)
        q0[rows] = np.maximum(null.values[rows] - best.values, 0.0)
        converged[rows] = best.converged
    return q0, converged


def _as_large(
    likelihood: Likelihood, toys: Toys, name: str, found: Excess
) -> tuple[BoolArray, BoolArray]:
    """Which data sets have a q0 not below the data's, or none at all; and which were fitted."""
    if found.two_sided:
        own = batch_statistics(likelihood, toys, name, found.none)
        q0, converged = own.statistic, own.converged
    else:
        q0, converged = toy_q0(likelihood, toys, name, found.none)
    threshold = found.q0 - max(1e-6, 1e-9 * found.q0)
    return ~converged | (q0 >= threshold), converged


def _z(p: float) -> float:
    return max(float(-ndtri(p)), 0.0)
