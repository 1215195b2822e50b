"""Tails: CLs+b and CLb with the asymptotic distributions of q~.

Cowan, Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011), Eqs. (64)-(67).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from analysis.fits.intervals import Profile, best_bounded, profile_step
from analysis.fits.minimum import FitError, Minimum, minimise
from analysis.fits.roots import root_between
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.tested import Tested
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter

NEAR_BEST = 1e-3
"""Steps above the best fit from which on -2 ln L rises by more than it is rounded."""


def background_only(likelihood: Likelihood) -> Likelihood:
    """Asimov data of no signal, nuisances at their fit to the data and measured there."""
    null = minimise(likelihood, likelihood.others())
    centers = np.where(likelihood.fixed, likelihood.centers, null.x)
    return replace(likelihood, counts=likelihood.expected(null.x), centers=centers)


class TailFunctions:
    """CLs+b and CLb of one data set as functions of a bounded x."""

    def __init__(self, likelihood: Likelihood, parameter: SignalParameter) -> None:
        self.best, _ = best_bounded(likelihood, parameter.fitted)
        self._likelihood, self._name = likelihood, parameter.fitted
        self._place = likelihood.index(parameter.fitted)
        asimov = background_only(likelihood)
        null = minimise(asimov, asimov.others())
        observed, expected = (
            Profile(part, parameter.fitted, minimum)
            for part, minimum in ((likelihood, self.best), (asimov, null))
        )

        def roots(x: float) -> tuple[float, float]:
            q = 0.0 if x < self.best_fit else max(observed(x) - self.best.value, 0.0)
            return q**0.5, max(expected(x) - null.value, 1e-300) ** 0.5

        self._roots: Callable[[float], tuple[float, float]] = roots

    @property
    def best_fit(self) -> float:
        """The best physical x."""
        return float(self.best.x[self._place])

    @property
    def step(self) -> float:
        """A fraction of the error."""
        return profile_step(self._likelihood, self._name, self.best)

    def signal(self, x: float) -> float:
        """CLs+b."""
        q, a = self._roots(x)
        return float(ndtr(-q) if q <= a else ndtr(-(q * q + a * a) / (2 * a)))

    def background(self, x: float) -> float:
        """CLb."""
        q, a = self._roots(x)
        return float(ndtr(a - q) if q <= a else ndtr(-(q * q - a * a) / (2 * a)))

    def crossing(self, excess: Callable[[float], float]) -> tuple[Minimum, float]:
        """The best fit, and where a falling function crosses zero above it."""
        step = self.step
        low = self.best_fit + NEAR_BEST * step
        high = low + step
        for _ in range(200):
            if excess(high) < 0:
                return self.best, root_between(excess, low, high, 1e-9 * step)
            low, high = high, high + 1.5 * (high - self.best_fit)
        raise FitError("the likelihood does not rise: no limit exists")


def tails(tested: Tested) -> tuple[FloatArray, FloatArray]:
    """CLs+b and CLb of many data sets."""
    q = np.sqrt(tested.one_sided)
    asimov = np.maximum(tested.profiles.background_only().rise(tested.values), 1e-300)
    a = np.sqrt(asimov)
    near = q <= a
    signal = ndtr(np.where(near, -q, -(q * q + asimov) / (2 * a)))
    background = ndtr(np.where(near, a - q, -(q * q - asimov) / (2 * a)))
    return signal, background
