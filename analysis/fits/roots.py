"""Roots: where a function of one variable crosses zero between two points.

Of scipy only ``scipy.optimize`` has this, whose import takes as long as a whole limit.
"""

from __future__ import annotations

from collections.abc import Callable

_MAX_STEPS = 200
_RELATIVE = 4e-16


def root_between(
    function: Callable[[float], float], low: float, high: float, xtol: float = 2e-12
) -> float:
    """A root between two points at which the function has different signs, within xtol.

    Inverse quadratic interpolation where the bracket and the values allow it, else bisection.
    Source: Chandrupatla, Adv. Eng. Softw. 28, 145 (1997).

    Raises
    ------
    ValueError
        if the function has the same sign at both points, or is not a number at one of them.
    """
    a, b = float(high), float(low)
    fa, fb = function(a), function(b)
    if fa == 0 or fb == 0:
        return a if fa == 0 else b
    if not (fa < 0 < fb or fb < 0 < fa):
        raise ValueError(f"no change of sign between {low:g} and {high:g}: {fb:g} and {fa:g}")
    share = 0.5
    for _ in range(_MAX_STEPS):
        x = a + share * (b - a)
        fx = function(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, fc, b, fb = b, fb, a, fa
        a, fa = x, fx
        best = a if abs(fa) < abs(fb) else b
        least = (_RELATIVE * abs(best) + xtol / 2) / abs(b - a)
        if least > 0.5 or fa == 0:
            return best
        share = min(max(_share(a, b, c, fa, fb, fc), least), 1 - least)
    return best


def _share(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    """Where between a and b to look next."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if not (phi * phi < xi and (1 - phi) ** 2 < 1 - xi):
        return 0.5
    straight = fa / (fb - fa) * fc / (fb - fc)
    return straight + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
