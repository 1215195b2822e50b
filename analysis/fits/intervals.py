"""Intervals of one signal parameter from the profile of -2 ln L, both minima included.

Where the expectation is quadratic in a parameter the profile can have two minima, and the set of
its values within a threshold of the best one can be two separate intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.fits.joint_minima import descents, joint_minima, start_values
from analysis.fits.minimum import FitError, Minimum, minimise, physical_minimum
from analysis.fits.roots import root_between
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

_BARRIER_POINTS = 64
_MAX_STEPS = 200
_JUMP = 5.0
"""Rise of -2 ln L from one value to the next from which on other starts are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class ParameterIntervals:
    """Best-fit value, all local minima, and the accepted set in increasing order (scaled units)."""

    best: Minimum
    best_fit: float
    minima: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]


def best_bounded(likelihood: Likelihood, name: str) -> tuple[Minimum, bool]:
    """Best physical fit of a bounded parameter, and whether it sits at its bound of 0."""
    alone = likelihood.with_fixed(likelihood.others(name))
    best = joint_minima(alone)[0] if likelihood.freed else physical_minimum(alone)
    return best, bool(best.x[likelihood.index(name)] == 0)


def bounded_upper_limit(likelihood: Likelihood, name: str, rise: float) -> tuple[Minimum, float]:
    """Best physical fit of a bounded parameter, and the value above it where it has risen by rise.

    Raises
    ------
    FitError
        if a fit fails or the profile never rises that far.
    """
    best, _ = best_bounded(likelihood, name)
    profile = Profile(likelihood, name, best)
    step = profile_step(likelihood, name, best)
    start = float(best.x[likelihood.index(name)])
    return best, crossing(profile, start, step, best.value + rise)


def two_sided_intervals(
    likelihood: Likelihood, name: str, rise: float, *, bounded: bool = False
) -> ParameterIntervals:
    """All values of a parameter whose profile lies within rise of the best minimum.

    Minima are sought from starts at zero, at the mirror points -linear/quadratic of the
    templates and at the size where the quadratic term alone is felt; a scan between accepted
    minima decides whether barriers divide them.  bounded: none of the values is negative.

    Raises
    ------
    FitError
        if a fit fails or the profile never rises that far.
    """
    minima = local_minima(likelihood, name)
    place = likelihood.names.index(name)
    if bounded:
        at_bound = minimise(likelihood, {**likelihood.others(name), name: 0.0})
        minima = [at_bound, *(minimum for minimum in minima if minimum.x[place] > 0)]
    best = min(minima, key=lambda minimum: minimum.value)
    level = best.value + rise
    accepted = [minimum for minimum in minima if minimum.value <= level]
    first, last = accepted[0], accepted[-1]
    low = _lower_end(likelihood, name, first, level, bounded=bounded)
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


def _lower_end(
    likelihood: Likelihood, name: str, first: Minimum, level: float, *, bounded: bool
) -> float:
    """Where the profile reaches level below a minimum, or the bound of 0 if it does not before."""
    start, step = float(first.x[likelihood.index(name)]), -profile_step(likelihood, name, first)
    if bounded and (start == 0 or Profile(likelihood, name, first)(0.0) <= level):
        return 0.0
    profile = Profile(likelihood, name, first)
    if not bounded:
        return crossing(profile, start, step, level)
    return crossing(lambda value: profile(max(value, 0.0)), start, step, level)


def local_minima(likelihood: Likelihood, name: str) -> list[Minimum]:
    """Distinct local minima in one signal parameter, in increasing order of it.

    Raises
    ------
    FitError
        if no start leads to a minimum.
    """
    place = likelihood.names.index(name)
    others = likelihood.others(name)
    if likelihood.freed:
        return _distinct(joint_minima(likelihood.with_fixed(others)), place)
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
    square = likelihood.along(name)[1]
    if np.any(square):
        # Where linear and square term cancel the information vanishes, but not the reach.
        expected = np.maximum(likelihood.expected(minimum.x), 1e-12)
        steps.append(0.5 * float(np.sum(square**2 / expected) ** -0.25))
    if not steps:
        raise FitError(f"the expectation does not depend on {name}")
    return min(steps)


class Profile:
    """min of -2 ln L over all that is free at values of one or more parameters of the signal.

    names are those of the parameters; the others of the signal are held, but freed ones.  It starts
    at the nearest value before, of several parameters at the last one, and where freed parameters
    have two valleys from all of their starts: which valleys there are changes from value to value.
    Where that leads far up, as into a minimum of the nuisances that is none any more, it is sought
    from the minimum and from the centres as well.  Bounded parameters do not become negative.
    """

    def __init__(
        self, likelihood: Likelihood, names: str | Sequence[str], minimum: Minimum
    ) -> None:
        self._likelihood = likelihood
        self._names = (names,) if isinstance(names, str) else tuple(names)
        self._held = likelihood.others()
        places = [likelihood.index(name) for name in self._names]
        self._known = [(tuple(minimum.x[places].tolist()), minimum.x, minimum.value)]
        self._bent = any(likelihood.is_squared(p.fitted) for p in likelihood.freed)

    def __call__(self, *values: float) -> float:
        return self._at(values)[1]

    def point(self, *values: float) -> FloatArray:
        """Where the minimum is (P,)."""
        return self._at(values)[0]

    def _at(self, values: tuple[float, ...]) -> tuple[FloatArray, float]:
        at = dict(zip(self._names, values, strict=True))
        held = self._likelihood.with_fixed({**self._held, **at})
        _, start, height = self._nearest(values)
        others = [self._known[0][1], self._likelihood.centers]
        try:
            x, found = _lowest_from(held, start)
        except FitError:
            x, found = _lowest_of(held, others)
        else:
            if found > height + _JUMP:
                x, found = _lowest_of(held, others, (x, found))
        if self._bent:
            x, found = _lowest_of(held, descents(held), (x, found))
        self._known.append((values, x, found))
        return x, found

    def _nearest(self, values: tuple[float, ...]) -> tuple[tuple[float, ...], FloatArray, float]:
        if len(values) > 1:
            return self._known[-1]
        return min(self._known, key=lambda known: abs(known[0][0] - values[0]))


def _lowest_of(
    held: Likelihood, starts: Sequence[FloatArray], *known: tuple[FloatArray, float]
) -> tuple[FloatArray, float]:
    """The lowest of what is known and of what starts lead to; FitError where there is none."""
    found, failed = list(known), FitError("no start")
    for start in starts:
        try:
            found.append(_lowest_from(held, start))
        except FitError as error:
            failed = error
    if not found:
        raise failed
    return min(found, key=lambda pair: pair[1])


def _lowest_from(held: Likelihood, start: FloatArray) -> tuple[FloatArray, float]:
    """Minimum that a start leads to, and -2 ln L there; FitError if none is found."""
    x = _end(held, start)
    return x, held.value(x)


def _end(held: Likelihood, start: FloatArray) -> FloatArray:
    x, converged = held.descend(start)
    if not converged:
        x = minimise(held, None, start).x
    below = {n: 0.0 for n in held.bounded() if x[held.index(n)] < 0}
    return _end(held.with_fixed(below), x) if below else x


def crossing(profile: Callable[[float], float], start: float, step: float, level: float) -> float:
    """Where the profile first reaches level on the way from start in the direction of step."""
    inside = start
    for _ in range(_MAX_STEPS):
        outside = inside + step
        if profile(outside) > level:
            low, high = sorted((inside, outside))
            xtol = 1e-9 * abs(outside - start)
            return _root(lambda v: profile(v) - level, low, high, xtol)
        inside, step = outside, 1.3 * step
    raise FitError("the likelihood does not rise: no limit exists")


def _gap(
    likelihood: Likelihood, name: str, left: Minimum, right: Minimum, level: float
) -> list[float]:
    """Edges of the excluded gaps between two accepted minima, in increasing order.

    The profile is scanned from both sides, and the lower value counts: on its way a fit may stay in
    a minimum of the nuisances that is none any more.
    """
    place = likelihood.names.index(name)
    scan = np.linspace(left.x[place], right.x[place], _BARRIER_POINTS + 2)
    upwards, downwards = Profile(likelihood, name, left), Profile(likelihood, name, right)
    rising = [upwards(value) for value in scan]
    falling = [downwards(value) for value in scan[::-1]][::-1]
    above = np.minimum(rising, falling) > level
    above[[0, -1]] = False

    def excess(value: float) -> float:
        return min(upwards(value), downwards(value)) - level

    edges = np.flatnonzero(above[1:] != above[:-1])
    return [_root(excess, float(scan[i]), float(scan[i + 1])) for i in edges]


def _root(
    function: Callable[[float], float], low: float, high: float, xtol: float = 2e-12
) -> float:
    """As ``root_between``; FitError where a function of fits has no change of sign any more."""
    try:
        return root_between(function, low, high, xtol)
    except ValueError as error:
        raise FitError(f"the profile jumps: {error}") from None
