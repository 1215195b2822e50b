"""CLs+b with the exact asymptotic distribution of q~; its interval may be empty.

Cowan, Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011), Eqs. (64)-(67).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from analysis.fits.minimum import Minimum
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import (
    EmptyIntervalError,
    Promise,
    TailLimit,
)
from analysis.statistics.tails import NEAR_BEST, TailFunctions, tails
from analysis.statistics.tested import Tested
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter

_SMALLEST_STEP = 1e-3


class CLsb(TailLimit):
    """Upper limit where CLs+b = 1 - cl."""

    name = "clsb"
    rank = 3
    by_asimov_rise = True
    over_background = False
    references = ("Cowan2011",)

    def upper_limit(
        self, likelihood: Likelihood, parameter: SignalParameter, cl: float
    ) -> tuple[Minimum, float]:
        """Where CLs+b has fallen to 1 - cl; empty where a downward fluctuation excludes 0."""
        found, target = TailFunctions(likelihood, parameter), 1 - cl
        if found.signal(found.best_fit + NEAR_BEST * found.step) < target:
            raise EmptyIntervalError(
                f"a downward fluctuation excludes every {parameter.name}, 0 included"
            )
        return found.crossing(lambda x: found.signal(x) - target)

    def levels(self, tested: Tested) -> FloatArray:
        """1 - CLs+b; at the bound its limit from above, where q and its Asimov value vanish."""
        profiles, smallest = tested.profiles, _SMALLEST_STEP * tested.profiles.error
        if np.all(tested.values >= smallest):
            return 1 - tails(tested)[0]
        values = np.maximum(tested.values, smallest)
        return 1 - tails(replace(tested, values=values, rise=profiles.rise(values)))[0]

    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Up to x + z, where that is positive."""
        upper = x + float(ndtri(cl))
        return (0.0, upper) if upper > 0 else None

    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """None: an interval may be empty."""
        raise ValueError(f"method {self.name!r} has no upper limit of every estimate")

    def predicted_coverage(self, cl: float, truth: float) -> float:
        """cl everywhere."""
        return cl

    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """cl, where bins are full."""
        return Promise.equal(cl) if gaussian else None


CONSTRUCTION = CLsb()
