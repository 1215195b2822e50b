"""Kinematics against energy-momentum conservation written with vectors and with mpmath."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from sim.cross_sections.kinematics import (
    check_positive,
    max_recoil_mev,
    min_neutrino_energy_mev,
    recoil_angle_rad,
)

ELECTRON, PROTON, GE74 = 0.51099895, 938.27209, 68840.79


def scattered(energy: float, mass: float, angle: float) -> tuple[float, np.ndarray]:
    """Recoil energy and momentum of the target when the neutrino leaves at an angle.

    The final energy follows from (p + P - p')^2 = M^2; the recoil is what is missing.
    """
    loss = energy / mass * 2 * math.sin(angle / 2) ** 2
    final = energy / (1 + loss)
    before = np.array([energy, 0.0])
    after = final * np.array([math.cos(angle), math.sin(angle)])
    return energy * loss / (1 + loss), before - after


@pytest.mark.parametrize("mass", [ELECTRON, PROTON, GE74])
@pytest.mark.parametrize("energy", [0.05, 1.0, 3.0, 9.5])
def test_recoil_angle_from_the_vectors(mass: float, energy: float) -> None:
    for angle in np.linspace(0.02, 3.1, 23):
        recoil, momentum = scattered(energy, mass, angle)
        assert np.hypot(*momentum) ** 2 == pytest.approx(recoil * (recoil + 2 * mass), rel=1e-9)
        expected = abs(math.atan2(momentum[1], momentum[0]))
        found = recoil_angle_rad(energy, recoil, mass)
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("mass", [ELECTRON, PROTON, GE74])
def test_ends_of_the_recoil_angle(mass: float) -> None:
    """Straight ahead at T_max, when the neutrino turns back; across the beam as T -> 0."""
    end = max_recoil_mev(3.0, mass)
    assert recoil_angle_rad(3.0, end, mass) == pytest.approx(0.0, abs=1e-6)
    assert recoil_angle_rad(3.0, 1e-9 * end, mass) == pytest.approx(math.pi / 2, rel=1e-4)
    angles = [recoil_angle_rad(3.0, t, mass) for t in np.linspace(0.01, 1, 30) * end]
    assert np.all(np.diff(angles) < 0)


def test_recoil_angle_in_the_seed() -> None:
    """cos chi = (E + m) / E sqrt(T / (T + 2 m)) at E = 3 MeV, T = 10 keV"""
    with mpmath.workdps(30):
        m = mpmath.mpf("0.51099895")
        cosine = (3 + m) / 3 * mpmath.sqrt(mpmath.mpf("0.01") / (mpmath.mpf("0.01") + 2 * m))
        expected = float(mpmath.acos(cosine))
    assert recoil_angle_rad(3.0, 0.01, ELECTRON) == pytest.approx(expected, rel=1e-13)
    assert 1.4 < expected < 1.5


@pytest.mark.parametrize("mass", [ELECTRON, PROTON, GE74])
def test_end_point_is_the_backward_neutrino(mass: float) -> None:
    for energy in np.geomspace(1e-3, 50, 20):
        recoil, momentum = scattered(energy, mass, math.pi)
        assert max_recoil_mev(energy, mass) == pytest.approx(recoil, rel=1e-9)
        assert momentum[0] == pytest.approx(2 * energy - recoil, rel=1e-12)
        others = [scattered(energy, mass, angle)[0] for angle in np.linspace(0.1, 3, 20)]
        assert max(others) < max_recoil_mev(energy, mass)


@pytest.mark.parametrize("mass", [ELECTRON, PROTON, GE74])
def test_inverse_relations(mass: float) -> None:
    """E_min(T_max(E)) = E and T_max(E_min(T)) = T, in energies over nine decades."""
    recoils = np.geomspace(1e-9, 10, 40)
    back = [max_recoil_mev(float(e), mass) for e in min_neutrino_energy_mev(recoils, mass)]
    np.testing.assert_allclose(back, recoils, rtol=1e-13, atol=0)
    energies = np.geomspace(1e-4, 100, 40)
    ends = np.array([max_recoil_mev(float(e), mass) for e in energies])
    np.testing.assert_allclose(min_neutrino_energy_mev(ends, mass), energies, rtol=1e-13, atol=0)


def test_least_energy_solves_the_quadratic() -> None:
    """2 E^2 - 2 E T - M T = 0, evaluated with 40 digits."""
    for mass, recoil in ((ELECTRON, 1e-5), (ELECTRON, 3.0), (GE74, 5e-4), (GE74, 1e-7)):
        found = float(min_neutrino_energy_mev(np.array([recoil]), mass)[0])
        with mpmath.workdps(40):
            e, t, m = mpmath.mpf(found), mpmath.mpf(recoil), mpmath.mpf(mass)
            residual = (2 * e * e - 2 * e * t - m * t) / (2 * e * e)
        assert found > 0
        assert abs(float(residual)) < 1e-15


def test_least_energy_is_exact() -> None:
    """Not sqrt(M T / 2): half the recoil is missing from it."""
    recoil = np.array([2e-3, 0.5])
    rough = np.sqrt(GE74 * recoil / 2)
    np.testing.assert_allclose(
        min_neutrino_energy_mev(recoil, GE74) - rough, recoil / 2, rtol=5e-3, atol=0
    )
    assert min_neutrino_energy_mev(np.array([0.5]), ELECTRON)[0] > 1.3 * math.sqrt(
        ELECTRON * 0.5 / 2
    )


def test_end_point_of_light_and_heavy_targets() -> None:
    assert max_recoil_mev(1e-3, GE74) == pytest.approx(2e-6 / GE74, rel=1e-6)
    assert max_recoil_mev(1e4, ELECTRON) == pytest.approx(1e4 - ELECTRON / 2, rel=1e-8)


def test_a_recoil_beyond_the_end_point_is_refused() -> None:
    end = max_recoil_mev(3.0, GE74)
    with pytest.raises(ValueError, match=r"^recoil_mev = .* exceeds T_max = .* MeV$"):
        recoil_angle_rad(3.0, end * 1.001, GE74)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_only_positive_numbers(bad: float) -> None:
    for i, name in enumerate(("energy_mev", "recoil_mev", "mass_mev")):
        values = [3.0, 1e-3, 0.5]
        values[i] = bad
        with pytest.raises(ValueError, match=rf"^{name} must be a positive number: found"):
            recoil_angle_rad(*values)
    with pytest.raises(ValueError, match=r"^second must be a positive number"):
        check_positive(first=1.0, second=bad)
