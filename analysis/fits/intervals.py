"""Intervals of one signal parameter from the profile of -2 ln L, both minima included.

The expectation is quadratic in q and in r, so the profile can have two minima, and the set of
parameters within a threshold of the best one can be two separate intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.fits.minimum import FitError, Minimum, minimise
from analysis.fits.roots import root_between
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS, Likelihood
from sim.cross_sections.parameters import FloatArray

_LINEAR_AND_SQUARE = {"q": (2, 3), "r": (4, 5)}
_BARRIER_POINTS = 64
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class ParameterIntervals:
    """Best-fit value, all local minima, and the accepted set in increasing order (scaled units)."""

    best: Minimum
    best_fit: float
    minima: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]


def best_bounded(likelihood: Likelihood) -> tuple[Minimum, bool]:
    """Best physical fit of mu^2, and whether it sits at the bound mu^2 = 0.

    mu^2 is fitted without its bound; where it comes out negative, or positive by less than
    1e-4 of its error, the best physical point is 0.  Where the fit runs into the wall of negative
    expectations and fails, it is 0 too if -2 ln L rises there.
    """
    try:
        best = minimise(likelihood, {"q": 0.0, "r": 0.0})
    except FitError:
        at_bound = minimise(likelihood, dict.fromkeys(SIGNAL_PARAMETERS, 0.0))
        if likelihood.gradient(at_bound.x)[0] < 0:
            raise
        return at_bound, True
    if best.x[0] < 1e-4 * best.errors[0]:
        return minimise(likelihood, dict.fromkeys(SIGNAL_PARAMETERS, 0.0), best.x), True
    return best, False


def bounded_upper_limit(likelihood: Likelihood, rise: float) -> tuple[Minimum, float]:
    """Best physical fit of mu^2 >= 0, and the mu^2 above it where the profile has risen by rise.

    Raises
    ------
    FitError
        if a fit fails or the profile never rises that far.
    """
    best, _ = best_bounded(likelihood)
    profile = Profile(likelihood, "mu2", best)
    step = profile_step(likelihood, "mu2", best)
    return best, crossing(profile, best.x[0], step, best.value + rise)


def two_sided_intervals(likelihood: Likelihood, name: str, rise: float) -> ParameterIntervals:
    """All values of q, r or a free morph whose profile lies within rise of the best minimum.

    Minima are sought from starts at zero, at the mirror points -linear/quadratic of the
    templates and at the size where the quadratic term alone is felt; a scan between accepted
    minima decides whether a barrier divides them.

    Raises
    ------
    FitError
        if a fit fails or the profile never rises that far.
    """
    minima = local_minima(likelihood, name)
    place = likelihood.names.index(name)
    best = min(minima, key=lambda minimum: minimum.value)
    level = best.value + rise
    accepted = [minimum for minimum in minima if minimum.value <= level]
    first, last = accepted[0], accepted[-1]
    low = crossing(
        Profile(likelihood, name, first),
        first.x[place],
        -profile_step(likelihood, name, first),
        level,
    )
    high = crossing(
        Profile(likelihood, name, last), last.x[place], profile_step(likelihood, name, last), level
    )
    bounds = [low]
    for left, right in pairwise(accepted):
        bounds += _gap(likelihood, name, left, right, level)
    bounds.append(high)
    return ParameterIntervals(
        best=best,
        best_fit=float(best.x[place]),
        minima=tuple(float(minimum.x[place]) for minimum in minima),
        intervals=tuple(zip(bounds[::2], bounds[1::2], strict=True)),
    )


def local_minima(likelihood: Likelihood, name: str) -> list[Minimum]:
    """Distinct local minima in one signal parameter, in increasing order of it.

    Raises
    ------
    FitError
        if no start leads to a minimum.
    """
    place = likelihood.names.index(name)
    others = {other: 0.0 for other in SIGNAL_PARAMETERS if other != name}
    found: list[Minimum] = []
    failure: FitError | None = None
    for value in start_values(likelihood, name):
        start = likelihood.centers.copy()
        start[place] = value
        try:
            found.append(minimise(likelihood, others, start))
        except FitError as error:
            failure = error
    if not found:
        raise failure or FitError(f"no minimum in {name} was found")
    return _distinct(found, place)


def start_values(likelihood: Likelihood, name: str) -> FloatArray:
    """Start values: zero, mirror points of the bins, and the reach of the quadratic term."""
    if name not in _LINEAR_AND_SQUARE:
        return np.zeros(1)
    linear, square = (likelihood.templates[:, column] for column in _LINEAR_AND_SQUARE[name])
    expected = np.maximum(likelihood.expected(likelihood.centers), 1e-12)
    felt = square**2 / expected
    felt = felt > 1e-4 * felt.max()
    if not np.any(felt):
        return np.zeros(1)
    mirrors = np.quantile(-linear[felt] / square[felt], [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    reach = float(np.sum(square[felt] ** 2 / expected[felt]) ** -0.25)
    return np.unique(np.concatenate([[0.0, -2 * reach, -reach, reach, 2 * reach], mirrors]))


def _distinct(minima: list[Minimum], place: int) -> list[Minimum]:
    """Minima that differ by more than a hundredth of their error, the better of each kept."""
    kept: list[Minimum] = []
    for minimum in sorted(minima, key=lambda m: m.x[place]):
        near = kept and abs(minimum.x[place] - kept[-1].x[place]) < 0.01 * (
            minimum.errors[place] + kept[-1].errors[place]
        )
        if not near:
            kept.append(minimum)
        elif minimum.value < kept[-1].value:
            kept[-1] = minimum
    return kept


def profile_step(likelihood: Likelihood, name: str, minimum: Minimum) -> float:
    """A step along one parameter that is a fraction of its error at a minimum."""
    place = likelihood.names.index(name)
    information = likelihood.fisher(minimum.x)[place, place]
    steps = [0.5 / float(np.sqrt(information))] if information > 0 else []
    columns = _LINEAR_AND_SQUARE.get(name)
    square = np.zeros(1) if columns is None else likelihood.templates[:, columns[1]]
    if np.any(square):
        # Where linear and square term cancel the information vanishes, but not the reach.
        expected = np.maximum(likelihood.expected(minimum.x), 1e-12)
        steps.append(0.5 * float(np.sum(square**2 / expected) ** -0.25))
    if not steps:
        raise FitError(f"the expectation does not depend on {name}")
    return min(steps)


class Profile:
    """min of -2 ln L over the nuisances at a value of one parameter; starts where it last was."""

    def __init__(self, likelihood: Likelihood, name: str, minimum: Minimum) -> None:
        self._likelihood = likelihood
        self._name = name
        self._held = dict.fromkeys(SIGNAL_PARAMETERS, 0.0)
        self._start = minimum.x

    def __call__(self, value: float) -> float:
        held = self._likelihood.with_fixed({**self._held, self._name: value})
        x, converged = held.descend(self._start)
        if not converged:
            x = minimise(held, None, self._start).x
        self._start = x
        return held.value(x)


def crossing(profile: Callable[[float], float], start: float, step: float, level: float) -> float:
    """Where the profile first reaches level on the way from start in the direction of step."""
    inside = start
    for _ in range(_MAX_STEPS):
        outside = inside + step
        if profile(outside) > level:
            low, high = sorted((inside, outside))
            xtol = 1e-9 * abs(outside - start)
            return root_between(lambda v: profile(v) - level, low, high, xtol)
        inside, step = outside, 1.3 * step
    raise FitError("the likelihood does not rise: no limit exists")


def _gap(
    likelihood: Likelihood, name: str, left: Minimum, right: Minimum, level: float
) -> list[float]:
    """The two edges of the excluded gap between two accepted minima, or nothing if none is."""
    place = likelihood.names.index(name)
    scan = np.linspace(left.x[place], right.x[place], _BARRIER_POINTS + 2)
    profile = Profile(likelihood, name, left)
    heights = np.array([profile(value) for value in scan])
    heights[[0, -1]] = left.value, right.value
    above = np.flatnonzero(heights > level)
    if above.size == 0:
        return []
    first, last = above[0], above[-1]

    def excess(value: float) -> float:
        return profile(value) - level

    return [
        root_between(excess, scan[first - 1], scan[first]),
        root_between(excess, scan[last], scan[last + 1]),
    ]
