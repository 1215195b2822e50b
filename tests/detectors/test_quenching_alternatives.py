"""Alternatives to Lindhard's curve: the formulas written out, published numbers, limits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from detectors.quenching.alternatives import AdiabaticLindhard, LinearQuenching, ModifiedLindhard
from detectors.quenching.curve import Lindhard, recoils_at_kev


def lindhard_by_mpmath(z: int, k: float, recoil_kev: float) -> mpmath.mpf:
    e = mpmath.mpf("11.5") * mpmath.mpf(recoil_kev) / mpmath.mpf(z) ** (mpmath.mpf(7) / 3)
    g = 3 * mpmath.power(e, "0.15") + mpmath.mpf("0.7") * mpmath.power(e, "0.6") + e
    return k * g / (1 + k * g)


@pytest.mark.parametrize("recoil", [0.05, 0.3, 2.0, 40.0])
def test_formulas_in_multiple_precision(recoil: float) -> None:
    with mpmath.workdps(30):
        lindhard = lindhard_by_mpmath(32, 0.17, recoil)
        e = mpmath.mpf("11.5") * recoil / mpmath.mpf(32) ** (mpmath.mpf(7) / 3)
        adiabatic = float(lindhard * (1 - mpmath.exp(-mpmath.mpf(recoil) / mpmath.mpf("0.16"))))
        modified = float(lindhard + mpmath.mpf("2e-5") / e)
    assert AdiabaticLindhard(32, 0.17, 0.16).factor(recoil)[0] == pytest.approx(adiabatic, 1e-13)
    assert ModifiedLindhard(32, 0.17, -2e-5).factor(recoil)[0] == pytest.approx(modified, 1e-13)


def test_adiabatic_curve_of_its_authors() -> None:
    """13.7 to 25.3 per cent from 0.3 to 8.5 keV: the abstract of Scholz et al. 2016."""
    found = AdiabaticLindhard(32, 0.1789, 0.16).factor([0.3, 8.5])
    assert found == pytest.approx([0.137, 0.253], abs=1e-3)


def test_without_their_corrections_both_are_lindhard() -> None:
    recoil = np.geomspace(0.05, 100, 50)
    expected = Lindhard(14, 0.146).ionization_kev(recoil)
    assert ModifiedLindhard(14, 0.146, 0.0).ionization_kev(recoil) == pytest.approx(expected)
    adiabatic = AdiabaticLindhard(14, 0.146, 1e-3).ionization_kev(recoil)
    assert adiabatic == pytest.approx(expected, rel=1e-15)


def test_modified_lindhard_is_a_constant_energy_less() -> None:
    recoil = np.array([0.3, 1.0, 10.0])
    lost = 3e-5 / (11.5 * 32 ** (-7 / 3))
    less = Lindhard(32, 0.16).ionization_kev(recoil) - lost
    assert ModifiedLindhard(32, 0.16, 3e-5).ionization_kev(recoil) == pytest.approx(less, 1e-13)


@pytest.mark.parametrize("q", [1e-7, 1e-5, 1e-3])
def test_ionization_begins_at_the_turning_point(q: float) -> None:
    curve = ModifiedLindhard(32, 0.16, q)
    (turning,) = curve.turning_points_kev()
    assert curve.ionization_kev(turning * 0.999)[0] == 0
    assert curve.ionization_kev(turning * 1.001)[0] > 0
    assert ModifiedLindhard(32, 0.16, -q).turning_points_kev().size == 0


def test_falling_line_crosses_twice_and_ends() -> None:
    """E = T (0.2 - 0.1 T): 0.05 keV at 0.293 and 1.707 keV, its top at 1 keV."""
    line = LinearQuenching(0.2, -0.1)
    assert recoils_at_kev(line, 0.05, 0.01, 5.0) == pytest.approx([0.2928932, 1.7071068])
    assert line.turning_points_kev() == pytest.approx([1.0, 2.0])
    assert line.ionization_kev(3.0)[0] == 0
    assert LinearQuenching(-0.1, 0.1).turning_points_kev() == pytest.approx([1.0])
    assert LinearQuenching(0.1, 0.1).turning_points_kev().size == 0


def test_scaled() -> None:
    assert ModifiedLindhard(32, 0.16, 1e-5).scaled(1.1).k == pytest.approx(0.176)
    assert AdiabaticLindhard(32, 0.16, 0.1).scaled(1.1).k == pytest.approx(0.176)
    recoil = np.array([0.5, 2.0])
    line = LinearQuenching(0.15, 0.01)
    assert line.scaled(1.1).factor(recoil) == pytest.approx(1.1 * line.factor(recoil))
    with pytest.raises(ValueError, match="factor > 0"):
        line.scaled(0.0)


def test_adiabatic_scale_must_be_positive() -> None:
    with pytest.raises(ValueError, match="xi_kev must be > 0, found 0"):
        AdiabaticLindhard(32, 0.16, 0.0)
