"""Kernels, compiled and as plain Python, against mpmath and scipy.integrate.quad."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from fluxes import kernels

Kernel = Callable[..., Any]

EDGES = np.array([0.2, 0.5, 0.9, 2.0, 2.005, 7.0])
COEFFICIENTS = np.array(
    [
        [1.0, -0.5, 0.25, 0.125],
        [0.0, 2.0, -0.3, 0.0],
        [3.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.7],
        [5.0, -1.0, 0.05, 0.001],
    ]
)


def both(kernel: Kernel) -> pytest.MarkDecorator:
    """The compiled kernel and its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    plain = getattr(kernel, "py_func", kernel)
    return pytest.mark.parametrize("kernel", [kernel, plain], ids=["compiled", "python"])


def cubic(coefficients: np.ndarray, x: float) -> float:
    return float(sum(c * x**k for k, c in enumerate(coefficients)))


def moment_by_quad(order: int, energy: float) -> float:
    """Integral of the cubics of this file from energy up, cell by cell."""
    total = 0.0
    for row, (low, high) in zip(COEFFICIENTS, pairwise(EDGES), strict=True):
        if energy < high:
            start = max(energy, low)
            total += quad(lambda x, c=row: cubic(c, x) * x**-order, start, high, epsrel=1e-13)[0]
    return total


@both(kernels.log_ratio)
@pytest.mark.parametrize("ratio", [1.0, 1 + 1e-12, 1.001, 1.2, 1.49, 1.51, 1.99, 7.0, 1e6, 1e290])
def test_log_ratio(kernel: Kernel, ratio: float) -> None:
    """To 4e-16 of the logarithm of the two numbers as they are, with 40 digits."""
    for low in (1e-6, 0.37, 2.0, 11.9):
        high = low * ratio
        with mpmath.workdps(40):
            wanted = mpmath.log(mpmath.mpf(high) / mpmath.mpf(low))
            assert abs(mpmath.mpf(float(kernel(low, high))) - wanted) <= 4e-16 * wanted


@both(kernels.slice_moments)
@pytest.mark.parametrize("power", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("low", "high"),
    [(1e-6, 0.025), (1e-3, 0.025), (2.0, 2.005), (0.5, 12.5), (3.0, 3.0 * (1 + 1e-10))],
)
def test_slice_moments_of_each_power(kernel: Kernel, power: int, low: float, high: float) -> None:
    """x^power x^-n dx with x = exp(u), 40 digits; 1e-14 also in a slice of 1e-10."""
    coefficients = [1.0 if k == power else 0.0 for k in range(4)]
    with mpmath.workdps(40):
        limits = [mpmath.log(low), mpmath.log(high)]
        expected = [
            float(mpmath.quad(lambda u, n=n: mpmath.exp((power - n + 1) * u), limits))
            for n in range(3)
        ]
    assert kernel(low, high, *coefficients) == pytest.approx(expected, rel=1e-14, abs=0)


@both(kernels.cumulative_moments)
def test_cumulative_moments_at_every_edge(kernel: Kernel) -> None:
    expected = [[moment_by_quad(n, edge) for n in range(3)] for edge in EDGES]
    np.testing.assert_allclose(kernel(EDGES, COEFFICIENTS), expected, rtol=1e-12, atol=0)


@both(kernels.cumulative_moments)
def test_cumulative_moments_from_zero_energy(kernel: Kernel) -> None:
    """M0 stays finite, M1 and M2 are infinite, the other edges do not notice."""
    edges = np.array([0.0, *EDGES])
    first = np.array([0.3, 0.2, -0.1, 0.4])
    moments = kernel(edges, np.vstack([first, COEFFICIENTS]))
    below = quad(lambda x: cubic(first, x), 0.0, EDGES[0])[0]
    assert moments[0, 0] == pytest.approx(below + moment_by_quad(0, 0.2), rel=1e-13)
    assert np.all(np.isposinf(moments[0, 1:]))
    np.testing.assert_array_equal(moments[1:], kernel(EDGES, COEFFICIENTS))


@both(kernels.find_cell)
def test_find_cell_for_every_guess(kernel: Kernel) -> None:
    inside = np.concatenate([EDGES[:-1], np.nextafter(EDGES[1:], 0.0), [0.3, 2.001, 5.0]])
    for energy in inside:
        expected = np.searchsorted(EDGES, energy, side="right") - 1
        assert {kernel(EDGES, energy, guess) for guess in range(EDGES.size - 1)} == {expected}


@both(kernels.moments_above)
def test_moments_above(kernel: Kernel) -> None:
    """Below, on and between the edges, out of order; the end and beyond give exactly zero."""
    energy = np.array([6.999, 0.05, 0.2, 2.0, 0.7, 2.0049, 0.5, 1.0, 7.0, 9.0])
    moments = kernel(energy, EDGES, COEFFICIENTS, kernels.cumulative_moments(EDGES, COEFFICIENTS))
    expected = [[moment_by_quad(n, e) for e in energy] for n in range(3)]
    np.testing.assert_allclose(moments, expected, rtol=1e-12, atol=0)


@both(kernels.density)
def test_density(kernel: Kernel) -> None:
    """The upper cell's value on an edge; zero below the first and from the last edge on."""
    energy = np.array([6.5, 0.2, 0.5, 1.9, 2.0, 2.004, 0.1, 7.0, 8.0])
    cells = [4, 0, 1, 2, 3, 3]
    expected = [cubic(COEFFICIENTS[i], e) for i, e in zip(cells, energy, strict=False)]
    got = kernel(energy, EDGES, COEFFICIENTS)
    np.testing.assert_allclose(got, [*expected, 0.0, 0.0, 0.0], rtol=1e-14, atol=0)
