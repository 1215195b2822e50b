"""Sensitivity to mu^2: how -2 ln L of Asimov data without a moment rises with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analysis.intervals import Profile, crossing
from analysis.likelihood import SIGNAL_PARAMETERS, Likelihood
from analysis.minimum import Minimum, minimise
from sim.parameters import FloatArray

_PRECISION = 1e-10
_MAX_STEPS = 60


def rise_points(likelihood: Likelihood, heights: Sequence[float]) -> list[float]:
    """mu^2 at which the root of -2 Delta ln L, of Asimov data of mu^2 = 0, reaches each height.

    The root is nearly proportional to mu^2, so that a secant leads there in a few steps.

    Raises
    ------
    FitError
        if the likelihood does not rise that far.
    """
    null = _null(likelihood)
    profile = Profile(likelihood, "mu2", null)

    def root(mu2: float) -> float:
        return float(max(profile(mu2) - null.value, 0.0) ** 0.5)

    unit = standard_error(likelihood, null.x)
    points = []
    for height in heights:
        points.append(_reaching(root, height, unit * height))
        unit = points[-1] / height
    return points


def standard_error(likelihood: Likelihood, x: FloatArray) -> float:
    """Standard error of mu^2 at x, from the Fisher matrix of mu^2 and the free nuisances."""
    free = ~likelihood.fixed
    free[[likelihood.index("q"), likelihood.index("r")]] = False
    information = likelihood.fisher(x)[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information * np.outer(scale, scale), hermitian=True)
    return float(scale[0] * inverse[0, 0] ** 0.5)


def _null(likelihood: Likelihood) -> Minimum:
    """Fit without a moment; the nominal point itself for Asimov data of the Standard Model."""
    nominal = likelihood.centers
    value = likelihood.value(nominal)
    if value < 1e-9:
        return Minimum(value, nominal, np.zeros_like(nominal))
    return minimise(likelihood, dict.fromkeys(SIGNAL_PARAMETERS, 0.0))


def _reaching(root: Callable[[float], float], height: float, start: float) -> float:
    """Where a function that is 0 at 0 and nearly proportional reaches a height."""
    last, value, here = 0.0, 0.0, start
    for _ in range(_MAX_STEPS):
        found = root(here)
        slope = (found - value) / (here - last)
        if not slope > 0:
            break
        following = min(here + (height - found) / slope, 4 * here)
        if not following > 0:
            break
        if abs(following - here) <= _PRECISION * here:
            return following
        last, value, here = here, found, following
    return crossing(lambda mu2: root(mu2) ** 2, 0.0, start, height**2)
