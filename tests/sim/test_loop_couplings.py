"""The one-loop couplings from their formula, written a second time, and the numbers used."""

from __future__ import annotations

import math

import pytest

from sim.cross_sections.constants import CHARGE_RADIUS_COUPLING_CM2
from sim.cross_sections.couplings import couplings, sm_charge_radius_cm2
from sim.cross_sections.loop_couplings import (
    charge_radius_term,
    neutron_vector_coupling,
    proton_vector_coupling,
)

FLAVOURS = ("e", "mu", "tau")
MASS = {"e": 0.51099895, "mu": 105.6583755, "tau": 1776.86}
ALPHA, ALPHA_Z, SZ2, ALPHA_S, RHO, S2 = (
    7.2973525693e-3,
    1 / 127.952,
    0.23122,
    0.1179,
    1.00063,
    0.23857,
)
M_W = 80377.0


def boxes(t3: float, charge: float, coloured: bool) -> tuple[float, float]:
    """ZZ boxes of the left and the right current of a fermion."""
    strong = ALPHA_S if coloured else 0.0
    common = -(3 * ALPHA_Z) / (8 * math.pi * SZ2 * (1 - SZ2)) * (1 - strong / math.pi)
    left, right = t3 - charge * SZ2, -charge * SZ2
    return common * left * left, common * right * right


def phi(flavour: str) -> float:
    return -ALPHA / (6 * math.pi) * (math.log(M_W**2 / MASS[flavour] ** 2) + 1.5)


def nucleon(flavour: str, up: int, down: int) -> float:
    """up and down count the valence quarks; section 1.5 of the physics page."""
    uL, uR = boxes(0.5, 2 / 3, True)
    dL, dR = boxes(-0.5, -1 / 3, True)
    box_ww = -ALPHA_Z / (2 * math.pi * SZ2) * (1 - ALPHA_S / (2 * math.pi))
    cross_ww = ALPHA_Z / (8 * math.pi * SZ2) * (1 + ALPHA_S / math.pi)
    total = RHO * (up * (uL - uR) + down * (dL - dR))
    # Two W bosons: a box with a down quark, a crossed one with an up quark.
    total += down * box_ww + up * cross_ww
    charge = (2 * up - down) / 3
    return total + RHO * ((up - down) / 2 - 2 * charge * S2) - 2 * charge * phi(flavour)


def electron(flavour: str) -> tuple[float, float]:
    """(g_V, g_A) on electrons; section 1.1 of the physics page."""
    left, right = boxes(-0.5, -1.0, False)
    box_ww = -ALPHA_Z / (2 * math.pi * SZ2)
    charged = 1.0 if flavour == "e" else 0.0
    vector = RHO * (-0.5 + 2 * S2) + box_ww + 2 * phi(flavour) + RHO * (left - right)
    return vector + charged, -RHO / 2 + box_ww + RHO * (left + right) + charged


def test_check_point_33() -> None:
    for flavour, expected in (("e", 0.038219), ("mu", 0.029963), ("tau", 0.025593)):
        assert proton_vector_coupling(flavour) == pytest.approx(expected, rel=1e-3)
    assert neutron_vector_coupling() == pytest.approx(-0.511751, rel=1e-3)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_against_the_sum_over_quarks(flavour: str) -> None:
    assert proton_vector_coupling(flavour) == pytest.approx(nucleon(flavour, 2, 1), rel=1e-8)
    assert neutron_vector_coupling() == pytest.approx(nucleon(flavour, 1, 2), rel=1e-8)


def test_weak_angle_of_the_proton() -> None:
    """g_V^p falls by 2 rho per unit of sin^2 theta_W; the neutron has none."""
    fall = proton_vector_coupling("e", 0.24) - proton_vector_coupling("e", 0.23)
    assert fall / 0.01 == pytest.approx(-2 * RHO, rel=1e-10)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_numbers_in_use_are_the_formula_rounded(flavour: str) -> None:
    used = couplings("one-loop", flavour=flavour)
    assert used.proton_vector == pytest.approx(proton_vector_coupling(flavour), abs=5e-5)
    assert used.neutron_vector == pytest.approx(neutron_vector_coupling(), abs=1e-4)
    vector, axial = electron(flavour)
    assert used.electron_vector == pytest.approx(vector, abs=2e-4)
    assert used.electron_axial == pytest.approx(axial, abs=2e-4)


def test_published_couplings_to_electrons() -> None:
    """The transcription above: (0.9520, 0.4936) and (-0.03979, -0.50636) of the physics page."""
    assert electron("e") == pytest.approx((0.9520, 0.4936), abs=6e-5)
    assert electron("mu") == pytest.approx((-0.03979, -0.50636), abs=6e-6)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_charge_radius_is_the_flavour_dependent_term(flavour: str) -> None:
    """C_R <r^2>_SM = 2 phi_l: the coefficient sqrt2 pi alpha / (3 G_F), its sign and factor two."""
    shift = CHARGE_RADIUS_COUPLING_CM2 * sm_charge_radius_cm2(flavour)
    assert shift == pytest.approx(2 * charge_radius_term(flavour), rel=1e-9)
    assert charge_radius_term(flavour) == pytest.approx(phi(flavour), rel=1e-8)


def test_check_point_32() -> None:
    for flavour, expected in (("e", -8.275113e-33), ("mu", -4.805466e-33), ("tau", -2.968737e-33)):
        assert sm_charge_radius_cm2(flavour) == pytest.approx(expected, rel=1e-6, abs=0)


def test_flavours_differ_by_their_radii() -> None:
    """The electron's coupling moves by + C_R <r^2>, the proton's by - C_R <r^2>."""
    for one, two in (("e", "mu"), ("mu", "tau")):
        radii = sm_charge_radius_cm2(one) - sm_charge_radius_cm2(two)
        shift = 2.379559e30 * radii
        protons = proton_vector_coupling(one) - proton_vector_coupling(two)
        assert protons == pytest.approx(-shift, rel=1e-5)
    mu, tau = (couplings("one-loop", flavour=f) for f in ("mu", "tau"))
    radii = tau.sm_charge_radius_cm2 - mu.sm_charge_radius_cm2
    electrons = tau.electron_vector - mu.electron_vector
    assert electrons == pytest.approx(2.379559e30 * radii, rel=1e-5)


def test_couplings_without_the_radius() -> None:
    """Section 1.3: stripped of phi, g_V^p = 0.0185 and g_V^e = 0.9716 of electron neutrinos."""
    assert proton_vector_coupling("e") + 2 * charge_radius_term("e") == pytest.approx(
        0.0185, abs=5e-5
    )
    assert 0.9520 - 2 * charge_radius_term("e") == pytest.approx(0.9716, abs=1e-4)
