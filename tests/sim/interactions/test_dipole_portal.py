"""The dipole portal: check points D1 to D6, its lowest recoil, the magnetic moment at m_N -> 0."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest

from detectors.matter.nuclei import isotope
from sim.cross_sections.constants import ELECTRON_MASS_MEV
from sim.cross_sections.interactions.dipole_portal import DipoleTransition

Call = Callable[..., float]


def portal(mass: float) -> dict[str, Any]:
    return {"model": "dipole-portal", "sterile_mass_mev": mass}


@pytest.mark.parametrize(
    ("target", "energy", "recoil", "mass", "moment", "expected"),
    [
        ("nucleus", 6, 0.3, 1.0, 1e-10, 8.454147e-42),
        ("electron", 3, 10, 0.3, 1e-11, 2.353165e-48),
        ("electron", 3, 500, 1.2, 1e-11, 1.798049e-50),
        ("electron", 3, 10, 0.0, 1e-11, 2.486356e-48),
    ],
)
def test_d1_to_d4(
    request: pytest.FixtureRequest,
    target: str,
    energy: float,
    recoil: float,
    mass: float,
    moment: float,
    expected: float,
) -> None:
    """The part alone, of a moment a thousand times larger, which keeps its digits."""
    call = request.getfixturevalue(f"on_{target}")
    found = call(energy, recoil, {"mu_n": 1e3 * moment}, portal(mass))
    part = (found - call(energy, recoil, {})) / 1e6
    assert part == pytest.approx(expected, rel=1e-5, abs=0)


def edges(mass: float, sterile: float, energy: float) -> tuple[float, float]:
    """T_- and T_+ [keV] of 4 M (M + 2 E) T^2 - 4 [2 M E^2 - m^2 (M + E)] T + m^4 = 0."""
    a = 4 * mass * (mass + 2 * energy)
    b = 4 * (2 * mass * energy**2 - sterile**2 * (mass + energy))
    upper = (b + sqrt(b * b - 4 * a * sterile**4)) / (2 * a)
    return sterile**4 / a / upper * 1e3, upper * 1e3


@pytest.mark.parametrize(
    ("target", "energy", "sterile", "least", "recoil", "expected"),
    [
        ("Ge-74", 6, 1.0, 3.291380, 0.3, (5.115144e-5, 1.031133)),
        ("e", 3, 0.3, 0.5471282, 10, (0.2280089, 2669.351)),
        ("e", 3, 1.2, 2.619828, 500, (141.1574, 1103.808)),
    ],
)
def test_kinematics(
    target: str,
    energy: float,
    sterile: float,
    least: float,
    recoil: float,
    expected: tuple[float, float],
) -> None:
    mass = ELECTRON_MASS_MEV if target == "e" else isotope(target).mass_mev
    low, high = edges(mass, sterile, energy)
    assert (low, high) == pytest.approx(expected, rel=1e-5)
    operator = DipoleTransition("n", sterile_mass_mev=sterile)
    recoils = np.array([recoil, low, high]) * 1e-3
    if target == "e":
        found = operator.on_electron(recoils)
    else:
        found = operator.on_nucleus(isotope(target), np.ones(3), recoils)
    assert found.lowest_mev is not None
    np.testing.assert_allclose(found.lowest_mev, [least, energy, energy], rtol=1e-5)


def test_there_is_a_lowest_and_a_highest_recoil(on_electron: Call) -> None:
    for recoil in (0.2, 2700.0):
        assert on_electron(3, recoil, {"mu_n": 1e-9}, portal(0.3)) == on_electron(3, recoil, {})
    assert on_electron(3, 0.25, {"mu_n": 1e-9}, portal(0.3)) > 2 * on_electron(3, 0.25, {})


def test_d5_d6_rates(rate: Callable[..., np.ndarray]) -> None:
    def part(setup: str, recoils: list[float], moment: float, mass: float) -> np.ndarray:
        whole = rate(setup, recoils, {"mu_n": moment}, portal(mass))
        return np.asarray(whole - rate(setup, recoils, {}))

    electrons = part("GM", [3, 10], 2.9e-11, 0.3)
    np.testing.assert_allclose(electrons, [1.367198e-2, 5.844780e-3], rtol=1e-5)
    nuclei = part("CP", [0.05, 0.2, 0.5], 1e-10, 1.0)
    np.testing.assert_allclose(nuclei, [162.8045, 16.37093, 1.583237], rtol=1e-5)
    np.testing.assert_allclose(part("CP", [0.2], 1e-10, 0.0), [18.15372], rtol=1e-5)


@pytest.mark.parametrize("setup", ["CP", "GM"])
def test_massless_is_the_magnetic_moment(rate: Callable[..., np.ndarray], setup: str) -> None:
    """Continuously: bit for bit at 0 in all but the last digits, 1e-4 at 3 keV."""
    recoils = [0.1, 0.5, 1.0]
    magnetic = rate(setup, recoils, {"mu_nu": 1e-9})
    for mass, tolerance in ((0.0, 1e-13), (3e-3, 1e-3)):
        found = rate(setup, recoils, {"mu_n": 1e-9}, portal(mass))
        np.testing.assert_allclose(found, magnetic, rtol=tolerance)


def test_nothing_above_the_flux(rate: Callable[..., np.ndarray]) -> None:
    """A state of 12 MeV cannot be made by a reactor: exactly the Standard Model."""
    for setup in ("CP", "GM"):
        found = rate(setup, [0.5, 3], {"mu_n": 1e-8}, portal(12.0))
        np.testing.assert_array_equal(found, rate(setup, [0.5, 3], {}))
