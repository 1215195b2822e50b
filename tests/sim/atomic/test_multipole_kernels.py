"""Spherical Bessel functions, angular weights, the sum over multipoles."""

import math

import numpy as np
import pytest
from scipy.special import eval_legendre, spherical_jn

from sim.cross_sections.atomic import multipole_kernels


@pytest.mark.parametrize("highest", [0, 1, 7, 60, 400])
def test_spherical_bessel_functions(highest: int) -> None:
    orders = np.arange(highest + 1)
    for x in [0.0, 1e-9, 1e-5, 0.3, math.pi, 6.0, 59.0, 61.5, 200.0, 399.5]:
        out = np.full(highest + 1, np.nan)
        multipole_kernels.spherical_bessel(x, highest, out)
        np.testing.assert_allclose(out, spherical_jn(orders, x), rtol=1e-8, atol=1e-15)
        python = np.full(highest + 1, np.nan)
        multipole_kernels.spherical_bessel.py_func(x, highest, python)
        np.testing.assert_allclose(out, python, rtol=1e-12, atol=1e-300)


def test_orders_above_the_highest_are_negligible() -> None:
    for x in np.geomspace(1e-3, 400, 200):
        order = multipole_kernels.highest_order(x) + 1
        assert abs(spherical_jn(order, x)) < 1e-12
        assert multipole_kernels.highest_order.py_func(x) + 1 == order


@pytest.mark.parametrize(("twice_j", "twice_j2"), [(1, 1), (3, 1), (5, 3), (7, 13), (5, 281)])
def test_angular_weights_sum_to_one(twice_j: int, twice_j2: int) -> None:
    """Orthogonality of 3j symbols: sum over L of (2 L + 1) (j L j'; 1/2 0 -1/2)^2 = 1."""
    orders = range(abs(twice_j - twice_j2) // 2, (twice_j + twice_j2) // 2 + 1)
    total = sum(multipole_kernels.angular_weight(twice_j, order, twice_j2) for order in orders)
    assert total / (twice_j2 + 1) == pytest.approx(1, rel=1e-9)
    assert multipole_kernels.angular_weight(twice_j, orders[-1] + 1, twice_j2) == 0


@pytest.mark.parametrize(("l", "order", "l2"), [(0, 3, 3), (1, 2, 3), (2, 4, 2), (3, 5, 6)])
def test_spin_does_not_change_the_sum_over_j(l: int, order: int, l2: int) -> None:  # noqa: E741
    """Both j' of an l' give (2 L + 1) (2 l' + 1) (l L l'; 0 0 0)^2, an integral of Legendre's."""
    x, w = np.polynomial.legendre.leggauss(20)
    square = np.sum(w * eval_legendre(l, x) * eval_legendre(order, x) * eval_legendre(l2, x)) / 2
    for twice_j in {abs(2 * l - 1), 2 * l + 1}:
        found = sum(
            multipole_kernels.angular_weight.py_func(twice_j, order, twice_j2)
            for twice_j2 in {abs(2 * l2 - 1), 2 * l2 + 1}
        )
        assert found == pytest.approx((2 * order + 1) * (2 * l2 + 1) * square, rel=1e-10)


def test_response_is_the_sum_of_squares() -> None:
    rng = np.random.default_rng(5)
    radius = np.linspace(0.01, 6, 80)
    densities = rng.normal(size=(3, 80))
    lowest, weights = np.array([0, 1, 2]), np.array([[1.0, 0.5], [2.0, 0.0], [0.3, 4.0]])
    momenta = np.array([0.1, 2.0, 20.0])
    expected = np.zeros(3)
    for n, q in enumerate(momenta):
        for a in range(3):
            for j in range(2):
                bessel = spherical_jn(lowest[a] + 2 * j, q * radius)
                expected[n] += weights[a, j] * np.dot(densities[a], bessel) ** 2
    for kernel in (multipole_kernels.response, multipole_kernels.response.py_func):
        found = kernel(radius, densities, lowest, weights, momenta)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
