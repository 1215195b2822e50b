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
_MOST_WORK, _LEAST_TOYS = 10**8, 200
"""Bins times squared parameters times toys, some seconds of work; and the fewest toys."""
_FEW_TOYS = 400
"""Toys that let a truth pass: if they cover it to one of their errors."""


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
    the Standard Model if it is inside; 2000 toys each, 200 to 2000 where these are dear, 400
    where these cover it to one of their errors, or sums where outcomes are few.

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
    test = AcceptanceTest(likelihood, name, best, cl, seed, _affordable(likelihood))
    found = [_covered(test, x, rise, cl) for x in sorted(truths)]
    return min(found, key=lambda one: one.share)


def _affordable(likelihood: Likelihood) -> int:
    """Toys a truth: fewer where a toy is dear, as with many bins and free parameters."""
    size = likelihood.counts.size * int(np.sum(~likelihood.fixed)) ** 2
    return int(np.clip(_MOST_WORK // size, _LEAST_TOYS, FIRST_TOYS))


def _covered(test: AcceptanceTest, x: float, rise: float, cl: float) -> Acceptance:
    """What is covered at a truth: few toys where these see enough, else as many as are wanted."""
    found = test.at(x, statistic=rise, most_toys=min(_FEW_TOYS, test.most_toys))
    error = (cl * (1 - cl) / max(found.n_toys, 1)) ** 0.5
    if found.n_toys in (0, test.most_toys) or found.share >= cl - error:
        return found
    return test.at(x, statistic=rise)
