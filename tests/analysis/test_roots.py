"""Roots between two points, beside scipy's."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq

from analysis.fits.roots import root_between

FUNCTIONS: dict[str, tuple[Callable[[float], float], float, float]] = {
    "straight": (lambda x: 2 * x - 1, -3.0, 5.0),
    "cubic": (lambda x: x**3 - 2 * x - 5, 2.0, 3.0),
    "falling": (lambda x: math.exp(-x) - 1e-3, 0.0, 50.0),
    "flat at the root": (lambda x: (x - 0.7) ** 9, -1.0, 2.0),
    "steep": (lambda x: math.atan(1e6 * (x - 0.1)), -4.0, 4.0),
    "step": (lambda x: 1.0 if x > math.pi else -1.0, 0.0, 10.0),
    "profile": (lambda x: (x - 1) ** 2 + 0.1 * (x - 1) ** 3 - 1.6424, 1.0, 40.0),
    "tiny": (lambda x: x * x - 1e-24, 0.0, 1e-11),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("turned", [False, True])
def test_the_root_of_scipy(name: str, turned: bool) -> None:
    function, low, high = FUNCTIONS[name]
    xtol = 1e-12 * (high - low)
    seen: list[float] = []

    def watched(x: float) -> float:
        seen.append(x)
        return -function(x) if turned else function(x)

    found = root_between(watched, low, high, xtol)
    if name != "flat at the root":
        assert found == pytest.approx(brentq(function, low, high, xtol=xtol), abs=2 * xtol)
    below, above = function(found - xtol), function(found + xtol)
    assert function(found) == 0 or below * above <= 0
    assert len(seen) < 120
    assert all(low <= x <= high for x in seen)


def test_few_steps() -> None:
    """As many as Brent's method, on the curve that a limit is read from."""
    function, low, high = FUNCTIONS["profile"]
    seen: list[float] = []
    root_between(lambda x: seen.append(x) or function(x), low, high, 1e-9)  # type: ignore[func-returns-value]
    calls = brentq(function, low, high, xtol=1e-9, full_output=True)[1].function_calls
    assert len(seen) <= calls + 3


def test_random_polynomials() -> None:
    generator = np.random.default_rng(5)
    for _ in range(300):
        polynomial = np.poly1d(generator.normal(size=6))
        low, high = sorted(generator.uniform(-3, 3, size=2))
        if polynomial(low) * polynomial(high) < 0:
            found = root_between(polynomial, low, high, 1e-13)
            assert np.min(np.abs(polynomial.roots - found)) < 1e-9


def test_ends_that_are_roots() -> None:
    assert root_between(lambda x: x, 0.0, 1.0) == 0.0
    assert root_between(lambda x: x - 1, 0.0, 1.0) == 1.0


@pytest.mark.parametrize("function", [lambda x: x * x + 1, lambda _: math.nan])
def test_no_change_of_sign(function: Callable[[float], float]) -> None:
    with pytest.raises(ValueError, match="no change of sign between -1 and 2: "):
        root_between(function, -1.0, 2.0)
