"""A vector mediator: check points Z1 to Z7, its limits m -> 0 and m -> infinity, the band."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from detectors.matter.nuclei import isotope
from sim.config.interactions import Interactions
from sim.cross_sections.constants import ALPHA, FERMI_MEV2
from sim.cross_sections.couplings import couplings
from sim.cross_sections.nucleus import weak_charge

Call = Callable[..., float]


def mediator(mass: float, charges: Any = "universal") -> dict[str, Any]:
    return {"model": "vector-mediator", "mass_mev": mass, "charges": charges}


def test_z1_nucleus(on_nucleus: Call) -> None:
    for charges, expected in (("universal", 1.446223e-40), ("b-l", 2.898606e-40)):
        found = on_nucleus(6, 0.5, {"g_zp": 5e-6}, mediator(1.0, charges))
        assert found == pytest.approx(expected, rel=1e-5, abs=0)


def test_z2_electron(on_electron: Call) -> None:
    for charges in ("universal", "b-l", "le-lmu"):
        found = on_electron(3, 10, {"g_zp": 5e-7}, mediator(0.1, charges))
        assert found == pytest.approx(2.690606e-47, rel=1e-5, abs=0)


def test_z3_heavy(on_nucleus: Call) -> None:
    found = on_nucleus(6, 0.5, {"g_zp": 9.081599e-3}, mediator(1e4))
    assert found == pytest.approx(5.092642e-41, rel=1e-5, abs=0)
    contact = on_nucleus(6, 0.5, {"eps_u": 0.05, "eps_d": 0.05}, {"model": "nsi"})
    assert contact == pytest.approx(5.092634e-41, rel=1e-5, abs=0)


def test_z4_massless_is_a_millicharge(on_electron: Call) -> None:
    found = on_electron(3, 10, {"g_zp": 3e-7}, mediator(0.0))
    assert found == pytest.approx(2.100965e-47, rel=1e-5, abs=0)
    charge = -(3e-7**2) / (4 * pi * ALPHA)
    assert charge == pytest.approx(-9.814480e-13, rel=1e-5)
    assert on_electron(3, 10, {"q_nu": charge}) == pytest.approx(found, rel=1e-12, abs=0)


def test_z5_z6_rates(rate: Callable[..., np.ndarray]) -> None:
    for charges, expected in (("universal", [115.5786, 26.62621]), ("b-l", [309.8244, 44.75601])):
        found = rate("CP", [0.2, 0.5], {"g_zp": 5e-6}, mediator(5.0, charges))
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    electrons = rate("GM", [3, 10], {"g_zp": 3e-7}, mediator(0.05, "b-l"))
    np.testing.assert_allclose(electrons, [1.528799e-2, 8.065586e-3], rtol=1e-5)


def test_z7_with_a_millicharge(on_electron: Call) -> None:
    found = on_electron(3, 10, {"g_zp": 3e-7, "q_nu": 1e-12}, mediator(0.1))
    assert found == pytest.approx(6.021603e-48, rel=1e-5, abs=0)


@pytest.mark.parametrize("recoil", [0.05, 0.5, 1.0])
def test_the_band_of_destructive_interference(on_nucleus: Call, recoil: float) -> None:
    """Zero at kappa_0 = -W sqrt2 G_F D / (3 A), the Standard Model again at 2 kappa_0."""
    nucleus = isotope("Ge-74")
    propagator = 2 * nucleus.mass_mev * recoil * 1e-3 + 1.0
    weak = weak_charge(nucleus, couplings())
    square = -weak * sqrt(2) * FERMI_MEV2 * propagator / (3 * 74)
    standard = on_nucleus(6, recoil, {})
    assert on_nucleus(6, recoil, {"g_zp": sqrt(square)}, mediator(1.0)) < 1e-20 * standard
    again = on_nucleus(6, recoil, {"g_zp": sqrt(2 * square)}, mediator(1.0))
    assert again == pytest.approx(standard, rel=1e-10)
    if recoil == 0.5:
        assert sqrt(square) == pytest.approx(1.025585e-5, rel=1e-5)


@pytest.mark.parametrize("mass", [100.0, 300.0, 1000.0])
def test_heavy_is_contact_up_to_the_propagator(on_nucleus: Call, mass: float) -> None:
    """eps_f = g^2 Q_nu Q_f / (sqrt2 G_F m^2), the shift off by 2 M T / m^2."""
    g = 2e-4 * mass / 1e3
    strength = g**2 / (sqrt(2) * FERMI_MEV2 * mass**2)
    contact = on_nucleus(6, 0.5, {"eps_u": strength, "eps_d": strength}, {"model": "nsi"})
    standard, found = on_nucleus(6, 0.5, {}), on_nucleus(6, 0.5, {"g_zp": g}, mediator(mass))
    off = (sqrt(found) - sqrt(contact)) / (sqrt(contact) - sqrt(standard))
    assert off == pytest.approx(-2 * 68840.79 * 0.5e-3 / mass**2, rel=0.02)


@pytest.mark.parametrize("recoil", [0.01, 0.5])
def test_electric_charges_interpolate_charge_and_radius(
    on_nucleus: Call, on_electron: Call, recoil: float
) -> None:
    """Charges proportional to the electric ones: q at m = 0 on all targets alike."""
    electric = mediator(0.0, {"u": 2 / 3, "d": -1 / 3, "e": -1.0, "nu": 1.0})
    g = 2e-7
    q = g**2 / (4 * pi * ALPHA)
    assert on_nucleus(6, recoil, {"g_zp": g}, electric) == pytest.approx(
        on_nucleus(6, recoil, {"q_nu": q}), rel=1e-10
    )
    assert on_electron(3, 10, {"g_zp": g}, electric) == pytest.approx(
        on_electron(3, 10, {"q_nu": q}), rel=1e-10
    )


def test_no_coupling_is_the_standard_model_bit_for_bit(
    on_nucleus: Call, on_electron: Call, rate: Callable[..., np.ndarray]
) -> None:
    table = mediator(0.3)
    assert on_nucleus(6, 0.5, {"g_zp": 0.0}, table) == on_nucleus(6, 0.5, {})
    assert on_electron(3, 10, {"g_zp": 0.0}, table) == on_electron(3, 10, {})
    for setup in ("CP", "GM"):
        found = rate(setup, [0.5, 3], {"g_zp": 0.0}, table)
        np.testing.assert_array_equal(found, rate(setup, [0.5, 3], {}))


def test_without_quark_charges_nuclei_see_nothing(on_nucleus: Call) -> None:
    assert on_nucleus(6, 0.5, {"g_zp": 1e-3}, mediator(1.0, "le-lmu")) == on_nucleus(6, 0.5, {})


def test_two_mediators_are_told_apart(on_electron: Call) -> None:
    two = [{**mediator(m), "name": name} for name, m in (("light", 0.1), ("heavy", 10.0))]
    one = on_electron(3, 10, {"g_zp": 5e-7}, mediator(0.1))
    assert on_electron(3, 10, {"g_zp[light]": 5e-7}, *two) == one
    assert on_electron(3, 10, {"g_zp[heavy]": 5e-7}, *two) < one
    with pytest.raises(ValidationError, match="need names of their own"):
        Interactions.model_validate({"interaction": (mediator(1.0), mediator(2.0))})
