"""Lindhard quenching: check point 28, the formula in multiple precision, and its limits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from detectors.quenching import Lindhard, lindhard_k

GERMANIUM = Lindhard(z=32, k=0.162)


def test_check_point_28() -> None:
    """Q(1 keV), the recoil that leaves 0.16 keVee, and Lindhard's k of germanium."""
    assert GERMANIUM.factor(1.0)[0] == pytest.approx(0.1754808, rel=1e-6)
    recoil = brentq(lambda t: GERMANIUM.ionization_kev(t)[0] - 0.16, 0.1, 5.0, xtol=1e-14)
    assert recoil == pytest.approx(0.9216675, rel=1e-6)
    assert lindhard_k(32, 72.62985) == pytest.approx(0.1572994, rel=1e-6)


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


def test_nothing_from_nothing() -> None:
    assert GERMANIUM.ionization_kev(0.0)[0] == 0.0
