"""Quantile of a posterior with a flat prior: as GEMMA treated the unphysical region.

The prior is flat in x >= 0; the nuisances are profiled, which is integrating over them where their
volume does not change with x (``bayes-marginal`` integrates).  No coverage is guaranteed.
"""

from __future__ import annotations

from collections.abc import Callable
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
        volume = self.log_volume(likelihood, name, profile, end)
        scale = volume(start)

        def integral(low: float, high: float) -> float:
            points = (high + low) / 2 + (high - low) / 2 * _NODES
            density = np.exp([volume(v) - scale - (profile(v) - best.value) / 2 for v in points])
            return float((high - low) / 2 * _WEIGHTS @ density)

        edges = np.linspace(0, end, 41)
        parts = [integral(low, high) for low, high in pairwise(edges)]
        cumulative = np.concatenate([[0.0], np.cumsum(parts)])
        wanted = cl * cumulative[-1]
        panel = int(np.searchsorted(cumulative, wanted)) - 1
        low, high, left = edges[panel], edges[panel + 1], wanted - cumulative[panel]
        upper = root_between(lambda v: integral(low, v) - left, low, high, 1e-9 * end)
        return best, float(upper)

    def log_volume(
        self, likelihood: Likelihood, name: str, profile: Profile, end: float
    ) -> Callable[[float], float]:
        """ln of the volume of the nuisances at values up to an end: the same everywhere."""
        return lambda x: 0.0

    def log_volumes(self, tested: Tested, end: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """The same of many data sets, at a value for each."""
        return np.zeros_like

    def levels(self, tested: Tested) -> FloatArray:
        """Posterior probability of smaller values."""
        profiles, values = tested.profiles, tested.values
        end = _negligible_from(profiles, values)
        volume = self.log_volumes(tested, end)
        scale = volume(profiles.best_fit)

        def density(at: FloatArray) -> FloatArray:
            return np.asarray(np.exp(volume(at) - scale - profiles.rise(at) / 2))

        below = _integral(density, np.zeros_like(values), values, _PANELS_BELOW)
        above = _integral(density, values, end, _PANELS_ABOVE)
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


def _integral(
    density: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray, panels: int
) -> FloatArray:
    """Integral of a density of each data set from low to high (m,)."""
    width = (high - low) / panels
    total = np.zeros_like(low)
    for panel in range(panels):
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            at = low + width * (panel + (node + 1) / 2)
            total += weight / 2 * width * density(at)
    return total


CONSTRUCTION = BayesFlat()
