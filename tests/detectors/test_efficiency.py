"""Efficiency: the turn-on curve is the integral of a Gaussian; tables and user texts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from detectors.efficiency import Efficiency, TabulatedEfficiency


def test_flat() -> None:
    found = Efficiency(plateau=0.83, half_kev=5.0).at(np.array([-1.0, 0.0, 7.0]))
    np.testing.assert_array_equal(found, [0.83, 0.83, 0.83])
    np.testing.assert_array_equal(Efficiency().at(2.0), [1.0])


@pytest.mark.parametrize("energy", [0.05, 0.2, 0.25, 0.31, 0.6])
def test_turn_on_against_quadrature(energy: float) -> None:
    """plateau times the probability that a Gaussian of mean half, sigma width, lies below E."""
    efficiency = Efficiency(plateau=0.9, half_kev=0.25, width_kev=0.04)

    def gauss(x: float) -> float:
        return np.exp(-(((x - 0.25) / 0.04) ** 2) / 2) / (0.04 * np.sqrt(2 * np.pi))

    expected = 0.9 * (0.5 + quad(gauss, 0.25, energy, epsabs=1e-14)[0])
    assert efficiency.at(energy)[0] == pytest.approx(expected, rel=0, abs=1e-13)


def test_half_and_plateau() -> None:
    efficiency = Efficiency(plateau=0.9, half_kev=0.25, width_kev=0.04)
    np.testing.assert_allclose(efficiency.at(np.array([0.25, 10.0])), [0.45, 0.9], rtol=1e-15)
    slope = (efficiency.at(0.2501) - efficiency.at(0.2499))[0] / 2e-4
    assert slope == pytest.approx(0.9 / (0.04 * np.sqrt(2 * np.pi)), rel=1e-5)


ENERGY = np.array([0.10, 0.20, 0.25, 0.60])
VALUE = np.array([0.05, 0.40, 0.90, 0.95])


def test_table() -> None:
    """Straight lines; 0 where nobody measured, the last value above."""
    found = TabulatedEfficiency(ENERGY, VALUE).at(np.array([0.0, 0.0999, 0.1, 0.15, 0.6, 50.0]))
    np.testing.assert_allclose(found, [0.0, 0.0, 0.05, 0.225, 0.95, 0.95], rtol=1e-14)


def test_refused_arrays() -> None:
    with pytest.raises(ValueError, match=r"efficiency: .* found 3 for 4"):
        TabulatedEfficiency(ENERGY, VALUE[:3])


@pytest.mark.parametrize(
    ("energy", "efficiency", "message"),
    [
        ([0.2, 0.1], [0.3, 0.4], r"^energy_kev must increase strictly: energy_kev\[1\]"),
        ([0.1, 0.2], [0.3, 1.01], r"^efficiency must lie from 0 to 1: efficiency\[1\] = 1"),
        ([0.1, 0.2], [-0.3, 1.0], r"^efficiency must lie from 0 to 1: efficiency\[0\] = -0"),
        ([0.1], [0.3], r"^efficiency: two or more values expected, .* found 1 for 1"),
    ],
)
def test_refused_values(energy: list[float], efficiency: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TabulatedEfficiency(np.array(energy), np.array(efficiency))
