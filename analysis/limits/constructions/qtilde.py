"""q~: -2 Delta ln L from the best physical point, one-sided.

Cowan, Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011), arXiv:1007.1727 (CCGV), Eqs.
(62)-(67).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.fits.intervals import bounded_upper_limit
from analysis.fits.minimum import Minimum
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import FAR_FROM_BOUND, Promise, UpperLimit
from analysis.statistics.asymptotics import coverage_of_rise, upper_limits_of_rise
from analysis.statistics.tested import Tested
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter


class QTilde(UpperLimit):
    """Upper limit where the rise is Phi^-1(cl)^2, 1.6424 at 90 %; never empty.

    The asymptotic distribution is that of a parameter whose best fit is inside; it covers more
    than cl within 1.28 sigma of the bound.
    """

    name = "qtilde"
    rank = 0
    by_asimov_rise = True
    references = ("Cowan2011",)

    def rise(self, cl: float) -> float:
        """Phi^-1(cl)^2."""
        return float(ndtri(cl) ** 2)

    def upper_limit(
        self, likelihood: Likelihood, parameter: SignalParameter, cl: float
    ) -> tuple[Minimum, float]:
        """Where the profile has risen from the best physical point."""
        return bounded_upper_limit(likelihood, parameter.fitted, self.rise(cl))

    def levels(self, tested: Tested) -> FloatArray:
        """Phi(sqrt q)."""
        q = tested.one_sided
        return np.where(q > 0, ndtr(np.sqrt(q)), 0.0)

    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Up to x + z for x >= 0, x + sqrt(x^2 + z^2) below, z^2 the rise."""
        return 0.0, float(self.upper_limits_of_estimates(cl, np.array(x)))

    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """As ``interval_of_estimate``."""
        return upper_limits_of_rise(self.rise(cl), x)

    def predicted_coverage(self, cl: float, truth: float) -> float:
        """cl far from the bound, more near it."""
        return coverage_of_rise(self.rise(cl), truth)

    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """cl far from the bound, at least cl near it, where bins are full."""
        if not gaussian:
            return None
        return Promise.equal(cl) if truth >= FAR_FROM_BOUND else Promise.at_least(cl)


CONSTRUCTION = QTilde()
