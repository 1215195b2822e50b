"""The likelihood over its common parameters, what is local to a group of spectra at its minimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.likelihood.blocks import BoolArray
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray


def local_parameters(likelihood: Likelihood, x: FloatArray) -> BoolArray:
    """Free parameters (P,) that are eliminated group by group from a step at x."""
    reduction = likelihood.reduced(~likelihood.fixed, likelihood.fixed & (x == 0))
    rows = reduction.place[:-1]
    return np.asarray((rows >= 0) & (rows < reduction.arrow[2][1]))


class LocalProfile:
    """min of -2 ln L over the local parameters at values of the common ones.

    Each minimum starts where the last one was.  By the envelope theorem the derivatives by the
    common parameters are the partial ones at the minimum.
    """

    def __init__(self, likelihood: Likelihood, x: FloatArray, common: BoolArray) -> None:
        self._likelihood, self._common = likelihood, common
        self._x = x.copy()
        self._inner = replace(
            likelihood,
            fixed=likelihood.fixed | common,
            inverse_sigmas=np.where(common, 0.0, likelihood.inverse_sigmas),
        )
        self._at = np.full(int(np.sum(common)), np.nan)

    def point(self, values: FloatArray) -> FloatArray:
        """The minimum (P,) at values of the common parameters."""
        if not np.array_equal(values, self._at):
            centers = self._inner.centers.copy()
            centers[self._common] = values
            self._x, _ = replace(self._inner, centers=centers).descend(self._x)
            self._at = np.array(values)
        return self._x

    def __call__(self, values: FloatArray) -> float:
        return self._likelihood.value(self.point(values))

    def gradient(self, values: FloatArray) -> FloatArray:
        """Derivative by the common parameters."""
        return self._likelihood.gradient(self.point(values))[self._common]
