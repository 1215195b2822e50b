"""Quantile of a posterior with a flat prior: as GEMMA treated the unphysical region.

The prior is flat in x >= 0; profiling the nuisances in place of integrating over them is the
Laplace approximation.  No coverage is guaranteed.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from analysis.fits.intervals import Profile, best_bounded, profile_step
from analysis.fits.minimum import Minimum
from analysis.fits.roots import root_between
from analysis.fits.toy_fits import ToyProfiles
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import Promise, UpperLimit
from analysis.statistics.asymptotics import coverage_of_ratio, upper_limits_of_ratio
from analysis.statistics.tested import Tested
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_PANELS_BELOW, _PANELS_ABOVE = 3, 4
_NEGLIGIBLE_RISE = 50.0


class BayesFlat(UpperLimit):
    """Upper limit below which the posterior holds cl."""

    name = "bayes-flat"
    rank = 4
    asymptotic = False
    toys_per_shard = 8_192
    points_per_shard = 50

    def upper_limit(
        self, likelihood: Likelihood, parameter: SignalParameter, cl: float
    ) -> tuple[Minimum, float]:
        """The quantile, by panels of Gauss-Legendre nodes."""
        name = parameter.fitted
        best, _ = best_bounded(likelihood, name)
        start = float(best.x[likelihood.index(name)])
        profile = Profile(likelihood, name, best)
        end = start + 2 * profile_step(likelihood, name, best)
        while profile(end) - best.value < _NEGLIGIBLE_RISE:
            end = start + 1.5 * (end - start)

        def integral(low: float, high: float) -> float:
            points = (high + low) / 2 + (high - low) / 2 * _NODES
            density = np.exp([-(profile(v) - best.value) / 2 for v in points])
            return float((high - low) / 2 * _WEIGHTS @ density)

        edges = np.linspace(0, end, 41)
        parts = [integral(low, high) for low, high in pairwise(edges)]
        cumulative = np.concatenate([[0.0], np.cumsum(parts)])
        wanted = cl * cumulative[-1]
        panel = int(np.searchsorted(cumulative, wanted)) - 1
        low, high, left = edges[panel], edges[panel + 1], wanted - cumulative[panel]
        upper = root_between(lambda v: integral(low, v) - left, low, high, 1e-9 * end)
        return best, float(upper)

    def levels(self, tested: Tested) -> FloatArray:
        """Posterior probability of smaller values."""
        profiles, values = tested.profiles, tested.values
        end = _negligible_from(profiles, values)
        below = _integral(profiles, np.zeros_like(values), values, _PANELS_BELOW)
        above = _integral(profiles, values, end, _PANELS_ABOVE)
        return below / (below + above)

    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Up to x + Phi^-1(1 - (1 - cl) Phi(x)), as CLs."""
        return 0.0, float(self.upper_limits_of_estimates(cl, np.array(x)))

    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """As ``interval_of_estimate``."""
        return upper_limits_of_ratio(cl, x)

    def predicted_coverage(self, cl: float, truth: float) -> float:
        """That of CLs, with which it agrees for a Gaussian estimate."""
        return coverage_of_ratio(cl, truth)

    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """Nothing."""
        return None


def _negligible_from(profiles: ToyProfiles, values: FloatArray) -> FloatArray:
    """Values above which the likelihood is negligible: less than e^-25 of the best."""
    start = np.maximum(profiles.best_fit, values)
    reach = 7.0 * profiles.error
    for _ in range(60):
        low = profiles.rise(start + reach) < _NEGLIGIBLE_RISE
        if not np.any(low):
            break
        reach = np.where(low, 1.4 * reach, reach)
    return start + reach


def _integral(profiles: ToyProfiles, low: FloatArray, high: FloatArray, panels: int) -> FloatArray:
    """Integral of the profile likelihood, relative to the best fit, from low to high (m,)."""
    width = (high - low) / panels
    total = np.zeros_like(low)
    for panel in range(panels):
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            at = low + width * (panel + (node + 1) / 2)
            total += weight / 2 * width * np.exp(-profiles.rise(at) / 2)
    return total


CONSTRUCTION = BayesFlat()
