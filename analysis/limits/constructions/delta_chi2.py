"""-2 Delta ln L from the best physical point, two-sided: the construction of older papers.

Wilks, Ann. Math. Stat. 9, 60 (1938), one degree of freedom.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.fits.intervals import bounded_upper_limit, two_sided_intervals
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import (
    FAR_FROM_BOUND,
    Construction,
    Found,
    Promise,
)
from analysis.statistics.asymptotics import coverage_of_rise, upper_limits_of_rise
from analysis.statistics.tested import Tested, ToyBudget
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter


class DeltaChi2(Construction):
    """Values whose profile lies within Phi^-1((1 + cl) / 2)^2 of the best, 2.7055 at 90 %.

    Of a bounded parameter it is an upper limit, which then is one of about 95 %.
    """

    name = "delta-chi2"
    rank = 1
    for_unbounded = True
    by_asimov_rise = True

    def rise(self, cl: float) -> float:
        """Phi^-1((1 + cl) / 2)^2."""
        return float(ndtri((1 + cl) / 2) ** 2)

    def intervals(
        self,
        likelihood: Likelihood,
        parameter: SignalParameter,
        cl: float,
        budget: ToyBudget | None = None,
    ) -> Found:
        """From the bound where there is one, else every interval of the profile."""
        if parameter.one_sided:
            best, upper = bounded_upper_limit(likelihood, parameter.fitted, self.rise(cl))
            return Found(float(best.x[likelihood.index(parameter.fitted)]), ((0.0, upper),))
        found = two_sided_intervals(
            likelihood, parameter.fitted, self.rise(cl), bounded=parameter.bounded
        )
        return Found(found.best_fit, found.intervals)

    def levels(self, tested: Tested) -> FloatArray:
        """2 Phi(sqrt q) - 1."""
        rise = tested.one_sided if tested.bounded else tested.rise
        return np.asarray(2 * ndtr(np.sqrt(rise)) - 1)

    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Up to x + z for x >= 0, x + sqrt(x^2 + z^2) below, z^2 the rise."""
        return 0.0, float(self.upper_limits_of_estimates(cl, np.array(x)))

    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """As ``interval_of_estimate``."""
        return upper_limits_of_rise(self.rise(cl), x)

    def predicted_coverage(self, cl: float, truth: float) -> float:
        """(1 + cl) / 2 far from the bound, more near it."""
        return coverage_of_rise(self.rise(cl), truth)

    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """What is predicted far from the bound, at least cl near it, where bins are full."""
        if not gaussian:
            return None
        if truth >= FAR_FROM_BOUND:
            return Promise.equal(self.predicted_coverage(cl, truth), ".3f")
        return Promise.at_least(cl)


CONSTRUCTION = DeltaChi2()
