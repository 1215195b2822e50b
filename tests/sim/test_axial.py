"""The axial current on nuclei with spin, and what spin changes in the magnetic term."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from detectors.matter.atoms import known_elements
from detectors.matter.materials import material
from detectors.matter.nuclei import Isotope, isotope, natural_isotopes
from fluxes.moments import FluxMoments
from fluxes.spectra.bestiole_2023 import bestiole_2023
from fluxes.spectra.kopeikin_2012 import kopeikin_2012
from fluxes.spectrum import PiecewiseSpectrum
from sim.cross_sections import axial
from sim.cross_sections.axial import AXIAL_CHARGE, SPIN_EXPECTATIONS, axial_strength, axial_template
from sim.cross_sections.couplings import couplings
from sim.cross_sections.nucleus import nucleus_templates
from sim.cross_sections.parameters import NeutrinoParameters
from sim.folding.rates import recoil_rates
from sim.physics import nucleus_cross_section_cm2_per_kev, physics, theory_of

G_F, HBARC = 1.1663788e-11, 197.3269804e-13
SPINS = {"F-19": 0.5, "Na-23": 1.5, "Al-27": 2.5, "Si-29": 0.5, "Ge-73": 4.5, "I-127": 2.5}


def line(energy_mev: float) -> FluxMoments:
    """A flux of one energy, nearly."""
    edges = energy_mev * (1 + 1e-7 * np.array([-1, 1]))
    return FluxMoments.of(
        PiecewiseSpectrum(edges, np.array([[1 / (edges[1] - edges[0]), 0, 0, 0]]))
    )


def helm(nucleus: Isotope, recoil_kev: float) -> float:
    q = math.sqrt(2 * nucleus.mass_mev * recoil_kev / 1e3) / (HBARC * 1e13)
    c = 1.23 * nucleus.a ** (1 / 3) - 0.6
    x = q * math.sqrt(c**2 + 7 / 3 * (math.pi * 0.52) ** 2 - 5 * 0.81)
    return 3 * (math.sin(x) - x * math.cos(x)) / x**3 * math.exp(-0.405 * q**2)


def axial_cross_section(nucleus: Isotope, energy: float, recoil_kev: float, factor: float) -> float:
    """cm^2 / keV: G_F^2 M / (4 pi) F_A (1 - T/E + M T / (2 E^2)), F_A written out."""
    j, proton, neutron = SPIN_EXPECTATIONS[f"{nucleus.element}-{nucleus.a}"]
    strength = 4 * 1.2756**2 * (j + 1) * (proton - neutron) ** 2 / (3 * j)
    t = recoil_kev / 1e3
    shape = 1 - t / energy + nucleus.mass_mev * t / (2 * energy**2)
    return G_F**2 * nucleus.mass_mev / (4 * math.pi) * strength * factor**2 * shape * HBARC**2 / 1e3


def free_proton(monkeypatch: pytest.MonkeyPatch) -> Isotope:
    monkeypatch.setitem(axial.SPIN_EXPECTATIONS, "H-1", (0.5, 0.5, 0.0))
    return isotope("H-1")


def test_strength_of_a_free_proton(monkeypatch: pytest.MonkeyPatch) -> None:
    assert axial_strength(free_proton(monkeypatch)) == pytest.approx(AXIAL_CHARGE**2, rel=1e-14)
    monkeypatch.setitem(axial.SPIN_EXPECTATIONS, "H-1", (0.5, 0.0, 0.5))
    assert axial_strength(isotope("H-1")) == pytest.approx(AXIAL_CHARGE**2, rel=1e-14)


def test_spectrum_of_a_free_proton(monkeypatch: pytest.MonkeyPatch) -> None:
    """The g_A^2 part of neutrino-nucleon scattering, with the neutral current's g_A / 2:
    G_F^2 M / (2 pi) (g_A / 2)^2 [1 + (1 - T/E)^2 + M T / E^2], T^2 / E^2 dropped."""
    proton = free_proton(monkeypatch)
    for energy in (1.0, 4.0, 9.0):
        recoil = 2e3 * energy**2 / (proton.mass_mev + 2 * energy) * np.array([0.1, 0.5, 0.95])
        found = axial_template(line(energy), recoil, proton, "unity")
        t, mass = recoil / 1e3, proton.mass_mev
        bracket = 1 + (1 - t / energy) ** 2 + mass * t / energy**2
        expected = G_F**2 * mass / (2 * math.pi) * (1.2756 / 2) ** 2 * bracket * HBARC**2 / 1e3
        np.testing.assert_allclose(found, expected, rtol=5e-4, atol=0)


@pytest.mark.parametrize("name", SPIN_EXPECTATIONS)
def test_template_against_quadrature(name: str) -> None:
    nucleus, flux = isotope(name), kopeikin_2012()
    end = 2e3 * 81 / (nucleus.mass_mev + 18)
    recoils = end * np.array([1e-3, 0.05, 0.4, 0.8])
    found = axial_template(FluxMoments.of(flux), recoils, nucleus, "helm")
    for recoil, value in zip(recoils, found, strict=True):
        t, factor = recoil / 1e3, helm(nucleus, recoil)
        low = (t + math.sqrt(t * t + 2 * nucleus.mass_mev * t)) / 2

        def integrand(e: float, recoil: float = recoil, factor: float = factor) -> float:
            section = axial_cross_section(nucleus, e, recoil, factor)
            return float(flux.density(e)[0]) * section * 1e42

        nodes = [low, *(e for e in flux.edges_mev if e > low)]
        expected = sum(quad(integrand, a, b, epsrel=1e-10)[0] for a, b in pairwise(nodes))
        assert value == pytest.approx(expected * 1e-42, rel=2e-6, abs=0)


def test_spins_are_those_of_the_nuclei() -> None:
    """J of the table is the measured spin; the odd nucleon carries most of it."""
    for name, (j, proton, neutron) in SPIN_EXPECTATIONS.items():
        nucleus = isotope(name)
        assert nucleus.spin == j
        odd, even = (proton, neutron) if nucleus.z % 2 else (neutron, proton)
        assert abs(odd) > 5 * abs(even)
        assert abs(odd) < j
    for name, j in SPINS.items():
        assert SPIN_EXPECTATIONS[name][0] == j


def test_strengths_in_numbers() -> None:
    """4/3 x 1.2756^2 x (J + 1) / J x (<S_p> - <S_n>)^2 worked out by hand."""
    for name, expected in (("F-19", 1.49965), ("Ge-73", 0.44136), ("Xe-131", 0.25013)):
        assert axial_strength(isotope(name)) == pytest.approx(expected, rel=2e-4)


def test_no_spin_no_term() -> None:
    for name in ("Ge-70", "Ge-74", "Si-28", "O-16", "Xe-132"):
        assert axial_strength(isotope(name)) == 0
        found = axial_template(line(5.0), np.array([0.1]), isotope(name), "helm")
        np.testing.assert_array_equal(found, 0)


def counts(formula: str, spectrum: PiecewiseSpectrum, low: float, high: float) -> np.ndarray:
    """All monomials integrated over recoil energy, without and with the axial term."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    recoils = (high + low) / 2 + (high - low) / 2 * nodes
    rates = [
        recoil_rates(
            "nucleus",
            FluxMoments.of(spectrum),
            material(formula),
            physics(couplings(), axial=axial),
            recoils,
        )
        for axial in (False, True)
    ]
    return np.array(rates) @ weights


def test_negligible_on_natural_germanium() -> None:
    """Below 1e-3 of the rate above 0.2 keV, not zero, and in the Standard Model monomial alone."""
    without, with_it = counts("Ge", bestiole_2023("u235"), 0.2, 2.0)
    change = with_it[0] / without[0] - 1
    assert 1e-6 < change < 1e-3
    assert with_it[7] == with_it[0]
    np.testing.assert_array_equal(with_it[1:7], without[1:7])


def test_natural_germanium_has_the_share_of_73() -> None:
    without, with_it = counts("Ge", bestiole_2023("u235"), 0.2, 2.0)
    ge73, flux = isotope("Ge-73"), FluxMoments.of(bestiole_2023("u235"))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    folded = axial_template(flux, 1.1 + 0.9 * nodes, ge73, "helm") @ weights
    atoms_per_kg = 6.02214076e26 / 72.63
    assert with_it[0] - without[0] == pytest.approx(
        0.0776 * folded * atoms_per_kg * 86400, rel=1e-3, abs=0
    )


def test_visible_on_fluorine() -> None:
    """One nucleus of spin 1/2 and mass 19: some per cent."""
    without, with_it = counts("C3F8", bestiole_2023("u235"), 0.2, 6.0)
    assert 5e-3 < with_it[0] / without[0] - 1 < 1e-1


# T / (4 E^2) in the magnetic term


def magnetic_shape(nucleus: Isotope, energy: float, recoil_kev: float) -> float:
    """1/T - 1/E + s T / (4 E^2) up to a constant: a moment that drowns everything else."""
    section = nucleus_cross_section_cm2_per_kev(
        energy,
        recoil_kev,
        nucleus,
        NeutrinoParameters(mu_nu=1e4),
        couplings(),
        form_factor_name="unity",
    )
    return section / nucleus.z**2


def spin_term(energy: float, end_kev: float, found: Any) -> float:
    """The s that explains the ratio of two values at 0.02 and 0.98 of the end point."""
    one, two = 0.02 * end_kev / 1e3, 0.98 * end_kev / 1e3
    value = found(0.98 * end_kev) / found(0.02 * end_kev)
    plain_one, plain_two = 1 / one - 1 / energy, 1 / two - 1 / energy
    quarter = 1 / (4 * energy**2)
    return float((value * plain_one - plain_two) / (quarter * (two - value * one)))


def test_only_nuclei_without_spin_keep_the_spin_0_term() -> None:
    """Every natural isotope: s = 1 where the measured spin is 0, else 0."""
    energy = 12.0
    for symbol in known_elements():
        for nucleus in natural_isotopes(symbol):
            end = 2e3 * energy**2 / (nucleus.mass_mev + 2 * energy)
            found = spin_term(energy, end, lambda t, n=nucleus: magnetic_shape(n, energy, t))
            expected = 1.0 if nucleus.spin == 0 else 0.0
            assert found == pytest.approx(expected, abs=0.02), f"{symbol}-{nucleus.a}"


@pytest.mark.parametrize(("name", "expected"), [("He-4", 1), ("Li-6", 0), ("F-19", 0), ("O-16", 1)])
def test_spin_0_term_in_the_templates(name: str, expected: int) -> None:
    energy, nucleus = 12.0, isotope(name)
    end = 2e3 * energy**2 / (nucleus.mass_mev + 2 * energy)

    def template(recoil_kev: float) -> float:
        found = nucleus_templates(
            line(energy),
            np.array([recoil_kev]),
            nucleus,
            theory_of(couplings()),
            form_factor_name="unity",
        )
        return float(found[1, 0])

    assert spin_term(energy, end, template) == pytest.approx(expected, abs=0.01)
