"""Joint minima: all places where -2 ln L of several signal parameters has a minimum."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from analysis.fits.minimum import FitError, Minimum, minimise, physical_minimum
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

_MOST_STARTS = 64
_MOST_ENDS = 24
_MOST_COMBINED = 4
_APART = 0.1
_THE_SAME = 1e-6
EQUAL = 0.01
"""Minima whose -2 ln L differ by no more are equally good."""


def start_values(likelihood: Likelihood, name: str) -> FloatArray:
    """Start values: zero, mirror points of the bins, and the reach of the quadratic term."""
    linear, square = likelihood.along(name)
    if not np.any(square):
        return np.zeros(1)
    expected = np.maximum(likelihood.expected(likelihood.centers), 1e-12)
    felt = square**2 / expected
    felt = felt > 1e-4 * felt.max()
    mirrors = np.quantile(-linear[felt] / square[felt], [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    reach = float(np.sum(square[felt] ** 2 / expected[felt]) ** -0.25)
    return np.unique(np.concatenate([[0.0, -2 * reach, -reach, reach, 2 * reach], mirrors]))


def free_signal(likelihood: Likelihood) -> list[str]:
    """Fitted names of the signal parameters that are free."""
    names = [p.fitted for p in (*likelihood.signal, *likelihood.freed)]
    return [name for name in names if not likelihood.fixed[likelihood.index(name)]]


def joint_minima(likelihood: Likelihood, *, bounded: bool = True) -> list[Minimum]:
    """Distinct minima in all that is free, the lowest first; of equal ones the nearest to 0.

    Damped steps from every combination of the start values lead to a few ends, from each of which
    a minimum is found.  bounded: no bounded parameter is negative there.

    Raises
    ------
    FitError
        if no start leads to a minimum.
    """
    found: list[Minimum] = []
    failure: FitError | None = None
    for end in descents(likelihood):
        try:
            minimum = (physical_minimum if bounded else minimise)(likelihood, start=end)
        except FitError as error:
            failure = error
            continue
        if not any(_near(likelihood, minimum, other) for other in found):
            found.append(minimum)
    if not found:
        raise failure or FitError("no minimum was found")
    found.sort(key=lambda minimum: minimum.value)
    places = [likelihood.index(name) for name in free_signal(likelihood)]
    level = found[0].value + _THE_SAME
    best = [minimum for minimum in found if minimum.value <= level]
    nearest = min(best, key=lambda minimum: float(np.sum(np.abs(minimum.x[places]))))
    return [nearest, *(minimum for minimum in found if minimum is not nearest)]


def descents(likelihood: Likelihood) -> list[FloatArray]:
    """Ends (P,) of damped steps from all start values that are apart, the lowest first."""
    squared = [n for n in free_signal(likelihood) if likelihood.is_squared(n)]
    places = [likelihood.index(name) for name in free_signal(likelihood)]
    ends: list[tuple[float, FloatArray]] = []
    for start in _combined([start_values(likelihood, name) for name in squared]):
        x = likelihood.centers.copy()
        x[[likelihood.index(name) for name in squared]] = start
        end, _ = likelihood.descend(x)
        value = likelihood.value(end)
        if np.isfinite(value):
            ends.append((value, end))
    ends.sort(key=lambda one: one[0])
    kept: list[FloatArray] = []
    for _, end in ends:
        information = likelihood.fisher(end).diagonal()[places]
        scale = _APART / np.sqrt(np.maximum(information, 1e-300))
        if all(np.any(np.abs(end - other)[places] > scale) for other in kept):
            kept.append(end)
    return kept[:_MOST_ENDS] or [likelihood.centers]


def _combined(values: list[FloatArray]) -> Iterator[tuple[float, ...]]:
    """Combinations of start values, fewer of each where there are many; of more than four
    parameters one at a time, the others at 0.
    """
    if len(values) > _MOST_COMBINED:
        yield (0.0,) * len(values)
        for j, own in enumerate(values):
            yield from (
                tuple(float(v) if k == j else 0.0 for k in range(len(values))) for v in own if v
            )
        return
    most = int(_MOST_STARTS ** (1 / max(len(values), 1)))
    thinned = []
    for own in values:
        picked = own
        if own.size > most:
            places = np.linspace(0, own.size - 1, most - 1).round().astype(int)
            picked = np.unique(np.append(own[places], 0.0))
        thinned.append(picked.tolist())
    yield from product(*thinned)


def _near(likelihood: Likelihood, one: Minimum, other: Minimum) -> bool:
    """True if all free signal parameters agree within a tenth of their errors."""
    places = [likelihood.index(name) for name in free_signal(likelihood)]
    apart = np.abs(one.x - other.x)[places]
    return bool(np.all(apart <= _APART * (one.errors + other.errors)[places] / 2 + 1e-12))
