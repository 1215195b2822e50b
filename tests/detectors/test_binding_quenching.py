"""Lindhard with binding energy: the formula written out, its cut-off, limits and measurements."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from detectors.quenching.binding import SARKIS_GERMANIUM, SARKIS_SILICON, BindingQuenching
from detectors.quenching.curve import Lindhard, recoils_at_kev

# Germanium, recoil in keV, quenching factor, its uncertainty: Bonhomme et al., Eur. Phys. J. C 82,
# 815 (2022), Tables 5 and 6.
BONHOMME = [
    (0.61, 0.166, 0.024),
    (0.97, 0.181, 0.013),
    (1.54, 0.190, 0.011),
    (2.49, 0.189, 0.009),
    (4.97, 0.218, 0.005),
    (6.10, 0.224, 0.005),
]


def by_mpmath(model: BindingQuenching, recoil_kev: float) -> float:
    """nu = nu_L + C0 sqrt(e) + C1 + u and Q = 1 - nu / e_R, in 30 digits."""
    with mpmath.workdps(30):
        scale = mpmath.mpf("11.5") / mpmath.mpf(model.z) ** (mpmath.mpf(7) / 3)
        total, u = scale * mpmath.mpf(recoil_kev), scale * mpmath.mpf(model.binding_kev)
        e = total - u
        g = 3 * mpmath.power(e, "0.15") + mpmath.mpf("0.7") * mpmath.power(e, "0.6") + e
        nu = e / (1 + model.k * g) + model.c0 * mpmath.sqrt(e) + model.c1 + u
        return max(0.0, float(1 - nu / total))


@pytest.mark.parametrize("model", [SARKIS_SILICON, SARKIS_GERMANIUM])
@pytest.mark.parametrize("recoil", [0.0401, 0.06, 0.31, 0.7, 3.0, 50.0])
def test_formula_in_multiple_precision(model: BindingQuenching, recoil: float) -> None:
    visible = recoil > 2 * model.binding_kev
    expected = by_mpmath(model, recoil) if visible else 0.0
    assert model.factor(recoil)[0] == pytest.approx(expected, rel=1e-11, abs=1e-15)
    assert model.ionization_kev(recoil)[0] == pytest.approx(expected * recoil, rel=1e-11, abs=1e-15)


def test_constants_of_the_paper() -> None:
    """C0, C1, U and the k assumed for them."""
    silicon, germanium = SARKIS_SILICON, SARKIS_GERMANIUM
    assert (silicon.c0, silicon.c1, silicon.binding_kev) == (9.1e-3, 3.33e-5, 0.15)
    assert (germanium.c0, germanium.c1, germanium.binding_kev) == (3.0e-4, 0.62e-5, 0.02)
    assert silicon.k == pytest.approx(0.146, rel=0, abs=5e-4)
    assert germanium.k == pytest.approx(0.157, rel=0, abs=5e-4)


@pytest.mark.parametrize(("model", "cut_off"), [(SARKIS_SILICON, 0.300), (SARKIS_GERMANIUM, 0.040)])
def test_cut_off_at_twice_the_binding_energy(model: BindingQuenching, cut_off: float) -> None:
    """The abstract: the quenching factor ends at twice the binding energy."""
    assert np.all(model.ionization_kev(np.array([0.0, 0.01, cut_off])) == 0)
    assert model.turning_points_kev() == pytest.approx([cut_off])
    assert model.ionization_kev(1.3 * cut_off)[0] > 0
    (found,) = recoils_at_kev(model, 1e-4, 1e-4, 1.0)
    assert cut_off * (1 - 1e-12) <= found < 1.2 * cut_off


def test_silicon_starts_with_a_jump() -> None:
    """A level inside the jump is crossed at the cut-off."""
    jump = SARKIS_SILICON.ionization_kev(0.3 * (1 + 1e-12))[0]
    assert jump > 1e-4
    (found,) = recoils_at_kev(SARKIS_SILICON, jump / 2, 1e-3, 2.0)
    assert found == pytest.approx(0.3, rel=1e-9)


def test_lindhard_without_losses() -> None:
    """C0 = C1 = 0 and a binding energy near 0 give Lindhard's curve."""
    free = replace(SARKIS_GERMANIUM, c0=0.0, c1=0.0, binding_kev=1e-9)
    recoil = np.array([0.1, 1.0, 10.0])
    expected = Lindhard(32, SARKIS_GERMANIUM.k).factor(recoil)
    np.testing.assert_allclose(free.factor(recoil), expected, rtol=1e-6)


def test_losses_always_lower_the_ionization() -> None:
    """Below Lindhard everywhere, least so at high energy."""
    recoil = np.geomspace(0.05, 100.0, 50)
    for model in (SARKIS_SILICON, SARKIS_GERMANIUM):
        ratio = model.factor(recoil) / Lindhard(model.z, model.k).factor(recoil)
        assert np.all(ratio < 1)
        assert np.all(np.diff(ratio) >= 0)
        assert ratio[-1] > 0.95


@pytest.mark.parametrize(("recoil", "factor", "uncertainty"), BONHOMME)
def test_germanium_against_measurements(recoil: float, factor: float, uncertainty: float) -> None:
    """Within three standard deviations of the CONUS points."""
    assert abs(SARKIS_GERMANIUM.factor(recoil)[0] - factor) < 3 * uncertainty


@pytest.mark.parametrize("binding", [0.0, -0.1, float("nan")])
def test_binding_energy_must_be_positive(binding: float) -> None:
    with pytest.raises(ValueError, match=r"binding_kev must be > 0, found"):
        replace(SARKIS_GERMANIUM, binding_kev=binding)
