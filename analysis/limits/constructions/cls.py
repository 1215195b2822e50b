"""CLs = CLs+b / CLb; it over-covers by construction.

Read, J. Phys. G 28, 2693 (2002); asymptotic distributions of q~: Cowan, Cranmer, Gross & Vitells,
Eur. Phys. J. C 71, 1554 (2011), Eqs. (64)-(67).
"""

from __future__ import annotations

import numpy as np

from analysis.fits.minimum import Minimum
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import Promise, TailLimit
from analysis.statistics.asymptotics import coverage_of_ratio, upper_limits_of_ratio
from analysis.statistics.tails import TailFunctions, tails
from analysis.statistics.tested import Tested
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter


class CLs(TailLimit):
    """Upper limit where CLs+b / CLb = 1 - cl."""

    name = "cls"
    rank = 2
    by_asimov_rise = True
    over_background = True
    references = ("Read2002", "Cowan2011")

    def upper_limit(
        self, likelihood: Likelihood, parameter: SignalParameter, cl: float
    ) -> tuple[Minimum, float]:
        """Where the ratio has fallen to 1 - cl."""
        found, target = TailFunctions(likelihood, parameter), 1 - cl
        return found.crossing(lambda x: found.signal(x) / found.background(x) - target)

    def levels(self, tested: Tested) -> FloatArray:
        """1 - CLs+b / CLb."""
        signal, background = tails(tested)
        return 1 - signal / background

    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Up to x + Phi^-1(1 - (1 - cl) Phi(x))."""
        return 0.0, float(self.upper_limits_of_estimates(cl, np.array(x)))

    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """As ``interval_of_estimate``."""
        return upper_limits_of_ratio(cl, x)

    def predicted_coverage(self, cl: float, truth: float) -> float:
        """More than cl, the more the nearer to the bound."""
        return coverage_of_ratio(cl, truth)

    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """At least cl."""
        return Promise.at_least(cl)


CONSTRUCTION = CLs()
