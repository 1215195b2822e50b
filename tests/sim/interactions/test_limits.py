"""Limits in which interactions are one another, or nothing, at points drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.matter.nuclei import isotope
from sim.cross_sections.constants import (
    ALPHA,
    CHARGE_RADIUS_COUPLING_CM2,
    ELECTRON_MASS_MEV,
    FERMI_MEV2,
)
from sim.cross_sections.couplings import couplings
from sim.cross_sections.interactions.vector_mediator import VectorExchange
from sim.cross_sections.nucleus import weak_charge

Call = Callable[..., float]
STANDARD_RADIUS = couplings().sm_charge_radius_cm2
ELECTRIC = {"u": 2 / 3, "d": -1 / 3, "e": -1.0, "nu": 1.0}
FEW = settings(max_examples=25, deadline=None)
ENERGY = st.floats(3.0, 9.0)
NUCLEAR_KEV = st.floats(0.01, 0.25)
ELECTRON_KEV = st.floats(0.3, 1500.0)
MASS = st.floats(1e-3, 1e3)


def vector(mass: float, charges: Any = "universal") -> dict[str, Any]:
    return {"model": "vector-mediator", "mass_mev": mass, "charges": charges}


@FEW
@given(ENERGY, NUCLEAR_KEV, ELECTRON_KEV, MASS)
def test_nothing_of_it_is_the_standard_model_bit_for_bit(
    on_nucleus: Call, on_electron: Call, energy: float, nuclear: float, recoil: float, mass: float
) -> None:
    tables: list[tuple[str, dict[str, Any]]] = [
        ("g_zp", vector(mass)),
        ("g_phi", {"model": "scalar-mediator", "mass_mev": mass}),
        ("mu_n", {"model": "dipole-portal", "sterile_mass_mev": mass}),
        ("eps_u", {"model": "nsi"}),
        ("eps_e_a_etau", {"model": "nsi"}),
    ]
    for name, table in tables:
        assert on_nucleus(energy, nuclear, {name: 0.0}, table) == on_nucleus(energy, nuclear, {})
        assert on_electron(energy, recoil, {name: 0.0}, table) == on_electron(energy, recoil, {})


@FEW
@given(ENERGY, NUCLEAR_KEV, ELECTRON_KEV, st.floats(1e-8, 1e-6))
def test_massless_with_electric_charges_is_a_millicharge(
    on_nucleus: Call, on_electron: Call, energy: float, nuclear: float, recoil: float, g: float
) -> None:
    charge = {"q_nu": g**2 / (4 * pi * ALPHA)}
    for call, at in ((on_nucleus, nuclear), (on_electron, recoil)):
        found = call(energy, at, {"g_zp": g}, vector(0.0, ELECTRIC))
        assert found == pytest.approx(call(energy, at, charge), rel=1e-9, abs=0)


@FEW
@given(ENERGY, NUCLEAR_KEV, ELECTRON_KEV, st.floats(1e-33, 5e-32))
def test_heavy_with_electric_charges_is_a_charge_radius(
    on_nucleus: Call, on_electron: Call, energy: float, nuclear: float, recoil: float, size: float
) -> None:
    """C_R r = -g^2 / (sqrt2 G_F m^2) on electrons, off by 2 M T / m^2 of the shift."""
    mass = 1e5
    g = sqrt(size * CHARGE_RADIUS_COUPLING_CM2 * sqrt(2) * FERMI_MEV2) * mass
    radius = {"r2_nu": STANDARD_RADIUS - size}
    for call, at in ((on_nucleus, nuclear), (on_electron, recoil)):
        found = call(energy, at, {"g_zp": g}, vector(mass, ELECTRIC))
        assert found == pytest.approx(call(energy, at, radius), rel=1e-5, abs=0)


@FEW
@given(ENERGY, NUCLEAR_KEV, st.floats(30.0, 3000.0), st.sampled_from(["universal", "b-l", "b-3le"]))
def test_heavy_is_contact_to_the_order_of_the_propagator(
    on_nucleus: Call, energy: float, nuclear: float, mass: float, charges: str
) -> None:
    """eps_f = g^2 Q_nu Q_f / (sqrt2 G_F m^2): the shift of W is less by 2 M T / D."""
    quark, neutrino = {"universal": (1, 1), "b-l": (1 / 3, -1), "b-3le": (1 / 3, -3)}[charges]
    strength = 0.01
    g = sqrt(strength * sqrt(2) * FERMI_MEV2) * mass
    eps = strength * quark * neutrino
    off = 2 * isotope("Ge-74").mass_mev * nuclear * 1e-3
    exact = {"eps_u": eps * mass**2 / (off + mass**2), "eps_d": eps * mass**2 / (off + mass**2)}
    found = on_nucleus(energy, nuclear, {"g_zp": g}, vector(mass, charges))
    assert found == pytest.approx(on_nucleus(energy, nuclear, exact, {"model": "nsi"}), rel=1e-9)


@FEW
@given(ENERGY, NUCLEAR_KEV, MASS)
def test_twice_the_coupling_that_cancels_is_the_standard_model(
    on_nucleus: Call, energy: float, nuclear: float, mass: float
) -> None:
    nucleus = isotope("Ge-74")
    propagator = 2 * nucleus.mass_mev * nuclear * 1e-3 + mass**2
    square = -weak_charge(nucleus, couplings()) * sqrt(2) * FERMI_MEV2 * propagator / (3 * 74)
    standard = on_nucleus(energy, nuclear, {})
    assert on_nucleus(energy, nuclear, {"g_zp": sqrt(square)}, vector(mass)) < 1e-20 * standard
    again = on_nucleus(energy, nuclear, {"g_zp": sqrt(2 * square)}, vector(mass))
    assert again == pytest.approx(standard, rel=1e-9)


@FEW
@given(ENERGY, NUCLEAR_KEV, st.floats(-1.0, 1.0))
def test_the_mirror_of_any_strength(
    on_nucleus: Call, energy: float, nuclear: float, eps: float
) -> None:
    """W + (2 Z + N) eps -> -W - (2 Z + N) eps at every recoil."""
    nucleus = isotope("Ge-74")
    quarks = 2 * nucleus.z + nucleus.n
    mirror = -eps - 2 * weak_charge(nucleus, couplings()) / quarks
    here, there = (
        on_nucleus(energy, nuclear, {"eps_u": e}, {"model": "nsi"}) for e in (eps, mirror)
    )
    assert here == pytest.approx(there, rel=1e-9, abs=0)


@FEW
@given(ENERGY, ELECTRON_KEV, st.sampled_from(["g_phi", "mu_n"]), st.floats(1e-3, 0.5))
def test_what_adds_is_the_same_for_antineutrinos(
    on_electron: Call, energy: float, recoil: float, name: str, mass: float
) -> None:
    model = {"g_phi": "scalar-mediator", "mu_n": "dipole-portal"}[name]
    key = {"g_phi": "mass_mev", "mu_n": "sterile_mass_mev"}[name]
    value = {"g_phi": 1e-4, "mu_n": 1e-7}[name]
    parts = [
        on_electron(energy, recoil, {name: value}, {"model": model, key: mass}, antineutrino=anti)
        - on_electron(energy, recoil, {}, antineutrino=anti)
        for anti in (True, False)
    ]
    assert parts[0] == pytest.approx(parts[1], rel=1e-7, abs=1e-55)


@pytest.mark.parametrize(("charges", "expected"), [("universal", 4.817583), ("b-l", -1.605861)])
def test_z1_shifts_of_the_weak_charge(charges: str, expected: float) -> None:
    products = {"universal": 3.0, "b-l": -1.0}[charges]
    exchange = VectorExchange("g", mass_mev=1.0, proton=products, neutron=products)
    nucleus = isotope("Ge-74")
    proton, neutron = exchange.on_nucleons(nucleus, np.array([0.5e-3]))
    shift = 25 * (nucleus.z * np.asarray(proton) + nucleus.n * np.asarray(neutron))
    np.testing.assert_allclose(shift, [expected], rtol=1e-5)


def test_z2_shift_of_the_electrons_coupling() -> None:
    exchange = VectorExchange("g", mass_mev=0.1, electron=1.0)
    vector_shift, axial = exchange.on_electrons(np.array([10e-3]))
    np.testing.assert_allclose(0.25 * np.asarray(vector_shift), [0.7495570], rtol=1e-5)
    assert axial == 0.0
    assert pytest.approx(0.1**2, rel=0.03) == 2 * ELECTRON_MASS_MEV * 10e-3  # the corner


def test_the_strip_of_a_heavy_mediator() -> None:
    """g / m = 1.227205e-6 where the rate vanishes, 1.735529e-6 / MeV where it is back."""
    square = -weak_charge(isotope("Ge-74"), couplings()) * sqrt(2) * FERMI_MEV2 / (3 * 74)
    assert [sqrt(square), sqrt(2 * square)] == pytest.approx([1.227205e-6, 1.735529e-6], rel=1e-6)
