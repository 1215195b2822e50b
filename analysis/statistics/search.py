"""Search: where the accepted values of a parameter end, by tests of single ones."""

from __future__ import annotations

from collections.abc import Callable

from analysis.fits.minimum import FitError
from analysis.statistics.acceptance import Acceptance

Test = Callable[[float], Acceptance]

_MOST_STEPS = 60
_FINE, _FINE_IF_SUMMED = 1e-3, 1e-6


def excluded_beyond(at: Test, origin: float, first: float, least: float) -> Acceptance:
    """An excluded value, from the first one outwards from an origin, by factors of 1.5.

    least is the smallest distance of the first step; FitError if all values are accepted.
    """
    value, side = first, 1.0 if first >= origin else -1.0
    for _ in range(_MOST_STEPS):
        found = at(value)
        if not found.accepted:
            return found
        value = origin + 1.5 * max(abs(value - origin), least) * side
    raise FitError("the interval does not end: no value is excluded")


def closed_in(
    at: Test, inner: Acceptance, outer: Acceptance, resolution: float
) -> tuple[float, float]:
    """The excluded side of an end between an accepted value and an excluded one, and its error.

    They are halved to 1e-3 of the end or the resolution, whatever is wider; where probabilities are
    summed and the resolution is 0, to 1e-6.
    """
    fine = _FINE if inner.error or outer.error or resolution else _FINE_IF_SUMMED
    while abs(outer.value - inner.value) > max(fine * abs(outer.value), resolution):
        middle = at((inner.value + outer.value) / 2)
        inner, outer = (middle, outer) if middle.accepted else (inner, middle)
    return outer.value, _end_error(inner, outer)


def _end_error(inner: Acceptance, outer: Acceptance) -> float:
    """Error of an end: that of the share over its slope, at least the width of the last step."""
    if outer.error == 0:
        return 0.0
    width = abs(outer.value - inner.value)
    rise = abs(outer.share - inner.share)
    return float(width * max(1.0, max(outer.error, inner.error) / rise)) if rise else width
