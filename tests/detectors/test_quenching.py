"""Lindhard quenching: check point 28, the formula in multiple precision, limits; crossings."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from detectors.quenching.binding import SARKIS_GERMANIUM, SARKIS_SILICON
from detectors.quenching.curve import (
    CONUS_K,
    CONUS_K_UNCERTAINTY,
    ConstantQuenching,
    Lindhard,
    Quenching,
    lindhard_k,
    recoils_at_kev,
)
from detectors.quenching.tabulated import TabulatedQuenching, dresden2_quenching

GERMANIUM = Lindhard(z=32, k=CONUS_K)
MODELS = [
    GERMANIUM,
    ConstantQuenching(0.08),
    SARKIS_GERMANIUM,
    SARKIS_SILICON,
    dresden2_quenching("Fef"),
    dresden2_quenching("YBe"),
    TabulatedQuenching(np.array([0.1, 1.0, 3.0]), np.array([0.3, 0.1, 0.25]), "constant"),
]


def test_check_point_28() -> None:
    """Q(1 keV), the recoil that leaves 0.16 keVee, and Lindhard's k of germanium."""
    assert GERMANIUM.factor(1.0)[0] == pytest.approx(0.1754808, rel=1e-6)
    recoil = brentq(lambda t: GERMANIUM.ionization_kev(t)[0] - 0.16, 0.1, 5.0, xtol=1e-14)
    assert recoil == pytest.approx(0.9216675, rel=1e-6)
    assert recoils_at_kev(GERMANIUM, 0.16, 1e-6, 5.0) == pytest.approx([0.9216675], rel=1e-6)
    assert lindhard_k(32, 72.62985) == pytest.approx(0.1572994, rel=1e-6)


def test_conus_k() -> None:
    """0.162 +- 0.004 and quenching factors between 0.16 and 0.23 from 0.4 to 6.3 keV (abstract).

    One standard deviation in k is 2.5 % of it; Q moves by less.
    """
    assert (CONUS_K, CONUS_K_UNCERTAINTY) == (0.162, 0.004)
    factors = GERMANIUM.factor(np.array([0.6, 6.3]))
    assert 0.155 < factors[0] < factors[1] < 0.235
    up = GERMANIUM.scaled(1 + CONUS_K_UNCERTAINTY / CONUS_K)
    assert up == Lindhard(32, pytest.approx(0.166, rel=1e-14))
    assert 1.015 < up.factor(1.0)[0] / GERMANIUM.factor(1.0)[0] < 1.0247


def test_k_of_silicon() -> None:
    """Section 5: 0.146."""
    assert lindhard_k(14, 28.0855) == pytest.approx(0.146, rel=0, abs=5e-4)


@pytest.mark.parametrize("z", [14, 32, 54])
@pytest.mark.parametrize("recoil", [0.01, 0.3, 6.3, 100.0])
def test_factor_in_multiple_precision(z: int, recoil: float) -> None:
    """Q = 1 - 1 / (1 + k g): the same formula turned round."""
    with mpmath.workdps(30):
        e = mpmath.mpf("11.5") / mpmath.mpf(z) ** (mpmath.mpf(7) / 3) * mpmath.mpf(recoil)
        g = 3 * mpmath.power(e, "0.15") + mpmath.mpf("0.7") * mpmath.power(e, "0.6") + e
        expected = float(1 - 1 / (1 + mpmath.mpf("0.15") * g))
    assert Lindhard(z, 0.15).factor(recoil)[0] == pytest.approx(expected, rel=1e-13)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(z=st.integers(2, 74), k=st.floats(0.05, 0.3), low=st.floats(0, 50), ratio=st.floats(1.01, 9))
def test_ionization_grows_and_stays_below_the_recoil(
    z: int, k: float, low: float, ratio: float
) -> None:
    recoil = np.array([low, low * ratio + 0.01])
    found = Lindhard(z, k).ionization_kev(recoil)
    assert found[0] < found[1]
    assert np.all(found <= recoil)
    np.testing.assert_allclose(found, Lindhard(z, k).factor(recoil) * recoil, rtol=1e-14)


@pytest.mark.parametrize("model", MODELS)
def test_nothing_from_nothing(model: Quenching) -> None:
    assert model.ionization_kev(0.0)[0] == 0.0


def test_constant_quenching() -> None:
    found = ConstantQuenching(0.3).ionization_kev(np.array([0.5, 10.0]))
    np.testing.assert_allclose(found, [0.15, 3.0], rtol=1e-15)
    assert recoils_at_kev(ConstantQuenching(0.3), 0.15, 1e-3, 1.0) == pytest.approx([0.5])


@pytest.mark.parametrize("model", MODELS)
def test_scaling_is_a_nuisance(model: Quenching) -> None:
    """A factor 1 changes nothing, a larger one gives more ionization, there and back is neutral."""
    recoil = np.array([0.02, 0.5, 1.0, 2.9])
    base = model.ionization_kev(recoil)
    np.testing.assert_array_equal(model.scaled(1.0).ionization_kev(recoil), base)
    up, down = (model.scaled(f).ionization_kev(recoil) for f in (1.05, 0.95))
    visible = base > 0
    assert np.count_nonzero(visible) >= 3
    assert np.all((down < base)[visible])
    assert np.all((base < up)[visible])
    # a linear factor gives 5 %, k / (1 + k g) less, a small difference of large numbers more
    np.testing.assert_allclose(up[2:] / base[2:], 1.05, rtol=0, atol=0.03)
    back = model.scaled(1.25).scaled(0.8).ionization_kev(recoil)
    np.testing.assert_allclose(back, base, rtol=1e-12)
    assert type(model.scaled(1.05)) is type(model)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.inf, np.nan])
@pytest.mark.parametrize("model", [GERMANIUM, ConstantQuenching(0.1), SARKIS_SILICON, MODELS[-1]])
def test_refused_scaling(model: Quenching, factor: float) -> None:
    with pytest.raises(ValueError, match=r"quenching can be scaled by a factor > 0, found"):
        model.scaled(factor)


@pytest.mark.parametrize("factor", [0.0, -0.1, np.inf, np.nan])
def test_refused_constant(factor: float) -> None:
    with pytest.raises(ValueError, match=r"a quenching factor > 0 expected, found"):
        ConstantQuenching(factor)


@pytest.mark.parametrize("model", MODELS)
def test_turning_points_leave_monotonic_pieces(model: Quenching) -> None:
    """Between two of them, and outside all, the curve rises or falls but does not turn."""
    turning = model.turning_points_kev()
    assert np.all(np.diff(turning) > 0)
    nodes = np.union1d(turning, [0.0, 8.0])
    for low, high in pairwise(nodes):
        curve = model.ionization_kev(np.linspace(low, high, 200)[1:-1])
        steps = np.diff(curve)
        assert np.all(steps >= -1e-14) or np.all(steps <= 1e-14)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(model=st.sampled_from(MODELS), level=st.floats(1e-3, 0.6))
def test_every_crossing_is_found(model: Quenching, level: float) -> None:
    """As many as a grid of 60001 points sees, and each one on the curve."""
    found = recoils_at_kev(model, level, 1e-3, 6.0)
    grid = np.geomspace(1e-3, 6.0, 60001)
    above = model.ionization_kev(grid) > level
    changes = np.flatnonzero(above[1:] != above[:-1])
    assert len(found) >= changes.size
    assert len(found) % 2 == changes.size % 2
    for i in changes:
        assert any(grid[i] * (1 - 1e-9) <= t <= grid[i + 1] * (1 + 1e-9) for t in found)
    assert found == sorted(found)
    for recoil in found:
        around = model.ionization_kev(recoil * np.array([1 - 1e-9, 1 + 1e-9]))
        assert min(around) - 1e-8 <= level <= max(around) + 1e-8


def test_fef_crosses_three_times() -> None:
    """Section 5: E_ee of Fef falls from 0.2475 to 0.2403 keV between 1.14 and 1.33 keV."""
    fef = dresden2_quenching("Fef")
    assert fef.ionization_kev(1.14)[0] == pytest.approx(0.2475, rel=0, abs=5e-5)
    assert fef.ionization_kev(1.33)[0] == pytest.approx(0.2403, rel=0, abs=5e-5)
    found = recoils_at_kev(fef, 0.244, 1e-6, 4.5)
    assert len(found) == 3
    assert 0.9 < found[0] < 1.14 < found[1] < 1.33 < found[2] < 1.6
    np.testing.assert_allclose(fef.ionization_kev(np.array(found)), 0.244, rtol=1e-12)
    assert len(recoils_at_kev(fef, 0.2401, 1e-6, 4.5)) == 3
    assert len(recoils_at_kev(fef, 0.2390, 1e-6, 4.5)) == 1
    assert len(recoils_at_kev(fef, 0.2480, 1e-6, 4.5)) == 1


def test_a_dip_narrower_than_the_scan_is_not_missed() -> None:
    """Two crossings 2e-4 keV apart, where the logarithmic steps are 8e-3 keV."""
    dip = TabulatedQuenching(np.array([0.5, 1.0, 1.0001, 1.0002, 2.0]), np.array([2, 2, 1, 2, 2.0]))
    found = recoils_at_kev(dip, 1.5, 0.5, 2.0)
    assert len(found) == 3
    assert found[0] == pytest.approx(0.75, rel=1e-9)
    assert 1.0 < found[1] < 1.0001 < found[2] < 1.0002
