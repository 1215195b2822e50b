"""Principal-value integrals: adaptive quadrature and a Lorentz oscillator, compiled or not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from sim.cross_sections.dielectric.dielectric_kernels import kramers_kronig, shifted_strength

MODES = [pytest.param(lambda f: f, id="compiled"), pytest.param(lambda f: f.py_func, id="python")]
Mode = Callable[[Any], Any]

NODES = np.array([1.0, 1.4, 2.5, 2.6, 4.0, 7.0, 20.0])
HEIGHTS = np.array([0.0, 0.8, 3.0, 1.0, 1.5, 0.2, 0.0])


def line(energy: float) -> float:
    return float(np.interp(energy, NODES, HEIGHTS, left=0.0, right=0.0))


def principal_value(energy: float) -> float:
    """(2 / pi) P int w k / (w^2 - E^2) dw, the pole as the weight of a Cauchy integral."""
    low = energy - 0.5 * min(energy, np.min(np.abs(NODES[energy != NODES] - energy)))
    high = 2 * energy - low

    def smooth(w: float) -> float:
        return w * line(w) / (w + energy)

    total = quad(smooth, low, high, weight="cauchy", wvar=energy, epsabs=1e-12, limit=400)[0]
    outside = sorted({*NODES, low, high})
    for a, b in pairwise(outside):
        if b <= low or a >= high:
            total += quad(lambda w: smooth(w) / (w - energy), a, b, epsabs=1e-12, limit=400)[0]
    return 2 / np.pi * total


@pytest.mark.parametrize("mode", MODES)
def test_kramers_kronig_against_quadrature(mode: Mode) -> None:
    found = mode(kramers_kronig)(NODES, HEIGHTS, 6)
    expected = [principal_value(energy) for energy in NODES[:6]]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("mode", MODES)
def test_kramers_kronig_of_a_lorentz_oscillator(mode: Mode) -> None:
    """A refractive index n + i k = 1 + a / (w0^2 - E^2 - i g E) has both parts in closed form."""
    energy = np.union1d(np.geomspace(1e-3, 1e4, 500), np.linspace(5, 20, 500))
    index = 30.0 / (100.0 - energy**2 - 2j * energy)
    count = int(np.sum(energy < 100))
    found = mode(kramers_kronig)(energy, index.imag, count)
    np.testing.assert_allclose(found, index.real[:count], rtol=0, atol=3e-4)


def test_far_above_all_absorption_the_sum_rule_is_left() -> None:
    """n - 1 -> - (2 / pi) int w k dw / E^2: nothing is lost to rounding five decades up."""
    energy = np.concatenate([NODES, [1e5, 1e5 + 1]])
    k = np.concatenate([HEIGHTS, [0.0, 0.0]])
    moment = sum(quad(lambda w: w * line(w), a, b)[0] for a, b in pairwise(NODES))
    found = kramers_kronig(energy, k, 8)[7]
    assert found == pytest.approx(-2 / np.pi * moment / 1e10, rel=1e-6, abs=0)


@pytest.mark.parametrize("mode", MODES)
def test_shifted_strength_against_quadrature(mode: Mode) -> None:
    found = mode(shifted_strength)(NODES, HEIGHTS)

    def expected(t: float) -> float:
        edges = [0.0, *NODES[t >= NODES]]
        return (
            sum(
                quad(lambda w: (line(w) - line(t)) / (t - w), a, b, limit=400)[0]
                for a, b in pairwise(edges)
            )
            / t
        )

    np.testing.assert_allclose(found, [expected(t) for t in NODES], rtol=1e-7, atol=1e-9)
    assert found[0] == 0.0
