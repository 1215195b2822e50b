"""Measured coverage: how often a fixed rise of -2 ln L holds the truths about which data leave it.

Where a rate bends with a parameter, as with an amplitude that can cancel, the profile may have two
valleys that differ, and a fluctuation has two chances to leave the truth outside: Wilks' theorem
(Ann. Math. Stat. 9, 60 (1938)) does not hold, and 0.82 may be covered in place of 0.90.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.fits.intervals import local_minima
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.acceptance import FIRST_TOYS, Acceptance, AcceptanceTest
from sim.cross_sections.signal import SignalParameter

_WITHIN_REACH = 9.0
"""Rise of another valley above the interval's up to which it counts."""


def bends(likelihood: Likelihood, name: str) -> bool:
    """True if the expectation has a term in a parameter and one in its square."""
    linear, square = likelihood.along(name)
    return bool(np.any(linear) and np.any(square))


def least_covered(
    likelihood: Likelihood,
    parameter: SignalParameter,
    cl: float,
    rise: float,
    intervals: Sequence[tuple[float, float]],
    seed: int,
) -> Acceptance:
    """The truth x that intervals of a rise hold least often; the share of its toys is the coverage.

    Truths are the ends of the data's intervals of x, the minima of their profile within reach, and
    the Standard Model if it is inside; 2000 toys each, or sums where outcomes are few.

    Raises
    ------
    FitError
        if a fit fails.
    """
    name, place = parameter.fitted, likelihood.index(parameter.fitted)
    minima = local_minima(likelihood, name)
    best = min(minima, key=lambda minimum: minimum.value)
    reach = best.value + rise + _WITHIN_REACH
    truths = {float(minimum.x[place]) for minimum in minima if minimum.value <= reach}
    truths |= {end for interval in intervals for end in interval}
    if any(low <= 0 <= high for low, high in intervals):
        truths.add(0.0)
    if parameter.bounded:
        truths = {x for x in truths if x >= 0}
    test = AcceptanceTest(likelihood, name, best, cl, seed, FIRST_TOYS)
    found = [test.at(x, statistic=rise) for x in sorted(truths)]
    return min(found, key=lambda one: one.share)
