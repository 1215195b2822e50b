"""Few counts: where asymptotic formulas do not hold."""

from __future__ import annotations

import numpy as np

from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

_FEW = 10.0
_FELT = 0.01


def few_counts(likelihood: Likelihood, far: FloatArray, near: FloatArray) -> str | None:
    """Words for too few counts in the bins whose expectation differs between two points (P,).

    They are those with more than 1 % of the whole difference; None if they expect 10 counts at far
    and hold any, or none of them is Poisson.
    """
    at_far = likelihood.expected(far)
    effect = np.abs(at_far - likelihood.expected(near))
    felt = (likelihood.variances == 0) & (effect > _FELT * np.sum(effect))
    expected, seen = float(np.sum(at_far[felt])), float(np.sum(likelihood.counts[felt]))
    if not np.any(felt) or (expected >= _FEW and seen > 0):
        return None
    return f"few-counts: the bins that decide expect {expected:.3g} and hold {seen:.3g} counts"
