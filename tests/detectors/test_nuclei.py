"""Isotopes against periodictable; form factors against Fourier transforms by quadrature."""

from __future__ import annotations

import importlib
from math import pi

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from detectors.constants import HBAR_C_MEV_FM
from detectors.matter.atoms import known_elements
from detectors.matter.nuclei import (
    FORM_FACTORS,
    form_factor,
    isotope,
    natural_isotopes,
)

ALL_ISOTOPES = [f"{i.element}-{i.a}" for e in known_elements() for i in natural_isotopes(e)]
HELM_S, LS_A, KN_A = 0.9, 0.52, 0.7


def transform(density: str, radius: float, q: float) -> float:
    """Fourier transform of a normalised charge density at q [1/fm], by quadrature."""
    if density == "sphere":
        return quad(lambda r: 3 * r * np.sin(q * r) / q / radius**3, 0, radius, epsrel=1e-12)[0]
    if density == "gauss":
        norm = (2 * pi * radius**2) ** 1.5

        def gauss(r: float) -> float:
            return 4 * pi * r * np.sin(q * r) / q * np.exp(-(r**2) / 2 / radius**2) / norm

        return quad(gauss, 0, 12 * radius, epsrel=1e-12, limit=200)[0]

    def yukawa(r: float) -> float:
        return np.sin(q * r) / q * np.exp(-r / radius) / radius**2

    return quad(yukawa, 0, 45 * radius, epsrel=1e-12, limit=200)[0]


def recoil_kev(name: str, momentum_mev: float) -> float:
    return momentum_mev**2 / (2 * isotope(name).mass_mev) * 1e3


def test_check_point_8_mass() -> None:
    assert isotope("Ge-74").mass_mev == pytest.approx(68840.79, rel=1e-7)


def test_natural_germanium() -> None:
    """The setup of the check points: five isotopes."""
    found = [(i.a, i.n, i.abundance) for i in natural_isotopes("Ge")]
    expected = [
        (70, 38, 0.2052),
        (72, 40, 0.2745),
        (73, 41, 0.0776),
        (74, 42, 0.3652),
        (76, 44, 0.0775),
    ]
    assert found == [pytest.approx(row, rel=1e-12) for row in expected]


@pytest.mark.parametrize("element", known_elements())
def test_isotopes_against_periodictable(element: str) -> None:
    """Every natural isotope is there, with its mass (AME 2016 or 2020) and abundance.

    Their mean is the standard atomic weight, which is tabulated apart (lithium varies most).
    """
    table = getattr(importlib.import_module("periodictable"), element)
    found = natural_isotopes(element)
    mean = sum(i.abundance * i.atomic_mass_u for i in found)
    assert mean == pytest.approx(table.mass, rel=5e-3 if element == "Li" else 4e-4)
    natural = [a for a in table.isotopes if table[a].abundance > 0]
    assert [i.a for i in found] == (natural if element != "U" else [234, 235, 238])
    assert sum(i.abundance for i in found) == pytest.approx(1.0, rel=1e-14)
    for i in found:
        assert i.z == table.number
        assert i.atomic_mass_u == pytest.approx(table[i.a].mass, rel=1e-8)
        if element != "U":
            assert i.abundance == pytest.approx(table[i.a].abundance / 100, rel=0, abs=2e-3)


BINDING_OF_LIGHT_NUCLEI = {  # MeV in all
    "H-1": 0.0,
    "H-2": 2.2246,
    "He-3": 7.718,
    "He-4": 28.296,
    "Li-6": 31.994,
    "Li-7": 39.245,
    "Be-9": 58.165,
    "B-10": 64.751,
    "B-11": 76.205,
}


def test_masses_are_nucleons_less_binding() -> None:
    """7.3 to 8.85 MeV of binding per nucleon from carbon on, close to Weizsaecker's formula."""
    for name in ALL_ISOTOPES:
        i = isotope(name)
        binding = i.z * 938.27208816 + i.n * 939.56542052 - i.mass_mev
        if name in BINDING_OF_LIGHT_NUCLEI:
            assert binding == pytest.approx(BINDING_OF_LIGHT_NUCLEI[name], rel=0, abs=2e-3), name
            continue
        assert 7.3 < binding / i.a < 8.85, name
        pairing = 12.0 / np.sqrt(i.a) * ((i.z % 2 == 0) + (i.n % 2 == 0) - 1)
        liquid_drop = 15.8 * i.a - 18.3 * i.a ** (2 / 3) - 0.714 * i.z * (i.z - 1) / i.a ** (1 / 3)
        liquid_drop += pairing - 23.2 * (i.n - i.z) ** 2 / i.a
        assert binding == pytest.approx(liquid_drop, rel=0.06 if i.a < 20 else 0.015), name


@pytest.mark.parametrize("name", ALL_ISOTOPES)
def test_spins_follow_the_mass_number(name: str) -> None:
    """Even-even nuclei have none; an odd number of nucleons gives a half-integer."""
    i = isotope(name)
    if i.z % 2 == 0 and i.n % 2 == 0:
        assert i.spin == 0
    else:
        assert i.spin > 0
        assert (2 * i.spin) % 2 == i.a % 2


@pytest.mark.parametrize(
    ("name", "spin"),
    [
        *(("H-1", 0.5), ("H-2", 1), ("He-3", 0.5), ("Li-6", 1), ("Li-7", 1.5), ("B-10", 3)),
        *(("C-13", 0.5), ("N-14", 1), ("O-17", 2.5), ("F-19", 0.5), ("Na-23", 1.5)),
        *(("Al-27", 2.5), ("Si-29", 0.5), ("K-40", 4), ("Ca-43", 3.5), ("V-50", 6)),
        *(("Zn-67", 2.5), ("Ge-73", 4.5), ("As-75", 1.5), ("Te-125", 0.5), ("I-127", 2.5)),
        *(("Xe-129", 0.5), ("Xe-131", 1.5), ("Cs-133", 3.5), ("La-138", 5), ("Lu-176", 7)),
        *(("Ta-180", 9), ("W-183", 0.5), ("Pb-207", 0.5), ("Bi-209", 4.5), ("U-235", 3.5)),
    ],
)
def test_spins(name: str, spin: float) -> None:
    """Textbook values; natural Ta-180 is the isomer."""
    assert isotope(name).spin == spin


def test_charge_radii_follow_the_mass_number() -> None:
    """R = 0.836 A^(1/3) + 0.570 fm (Johnson & Soff 1985) to 6 % from carbon on; known gaps."""
    gaps = []
    for name in ALL_ISOTOPES:
        i = isotope(name)
        if i.charge_radius_fm is None:
            gaps.append(name)
        elif i.a >= 12:
            rule = 0.836 * i.a ** (1 / 3) + 0.570
            assert i.charge_radius_fm == pytest.approx(rule, rel=0.06), name
    assert gaps == ["S-33", "V-50", "Ta-180", "Pa-231"]


@pytest.mark.parametrize(
    ("name", "radius"),
    [
        *(("H-1", 0.8783), ("He-4", 1.6755), ("C-12", 2.4702), ("Si-28", 3.1224)),
        *(("Ar-40", 3.4274), ("Ca-40", 3.4776), ("Ge-74", 4.0742), ("Xe-132", 4.7859)),
        *(("Cs-133", 4.8041), ("W-184", 5.3658), ("Pb-208", 5.5012)),
    ],
)
def test_charge_radii(name: str, radius: float) -> None:
    """Well-known entries of Angeli & Marinova 2013, in fm."""
    assert isotope(name).charge_radius_fm == pytest.approx(radius, rel=0, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "momentum_mev", "expected"),
    [
        ("helm", 8.297035, 0.9952255),
        ("helm-rms", 8.297035, 0.9951184),
        ("klein-nystrand", 8.297035, 0.9946582),
        ("helm", 50.0, 0.8377980),
        ("klein-nystrand", 50.0, 0.8204313),
    ],
)
def test_check_point_14(name: str, momentum_mev: float, expected: float) -> None:
    """Germanium 74; q = 8.297035 MeV belongs to a recoil of 0.5 keV."""
    recoil = recoil_kev("Ge-74", momentum_mev)
    found = form_factor(name, isotope("Ge-74"), recoil)
    assert found[0] == pytest.approx(expected, rel=0, abs=6e-8)
    if momentum_mev < 10:
        assert recoil == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("nucleus", ["C-12", "Ge-74", "W-184"])
@pytest.mark.parametrize("momentum_mev", [0.5, 8.0, 50.0, 140.0])
def test_form_factors_are_fourier_transforms(nucleus: str, momentum_mev: float) -> None:
    """Helm: sphere folded with a Gaussian; Klein-Nystrand: sphere folded with a Yukawa."""
    a, q = isotope(nucleus).a, momentum_mev / 197.3269804
    c = 1.23 * a ** (1 / 3) - 0.6
    radius = np.sqrt(c**2 + 7 * pi**2 * LS_A**2 / 3 - 5 * HELM_S**2)
    helm = transform("sphere", radius, q) * transform("gauss", HELM_S, q)
    yukawa = transform("sphere", 1.2 * a ** (1 / 3), q) * transform("yukawa", KN_A, q)
    recoil = recoil_kev(nucleus, momentum_mev)
    assert form_factor("helm", isotope(nucleus), recoil)[0] == pytest.approx(helm, abs=1e-9)
    found = form_factor("klein-nystrand", isotope(nucleus), recoil)[0]
    assert found == pytest.approx(yukawa, abs=1e-9)


@pytest.mark.parametrize("nucleus", ["He-4", "Ge-70", "Ge-74", "Ge-76", "I-127", "U-238"])
def test_rms_radii_from_the_slope_at_zero(nucleus: str) -> None:
    """R_rms^2 = -6 dF/dq^2: the shipped charge radius, and that of each parametrisation."""
    i = isotope(nucleus)
    q = np.array([2.0, 4.0])
    recoil = np.array([recoil_kev(nucleus, x) for x in q])
    c = 1.23 * i.a ** (1 / 3) - 0.6
    expected = {
        "helm-rms": i.charge_radius_fm,
        "helm": np.sqrt(3 / 5 * (c**2 + 7 * pi**2 * LS_A**2 / 3)),
        "klein-nystrand": np.sqrt(3 / 5 * (1.2 * i.a ** (1 / 3)) ** 2 + 6 * KN_A**2),
    }
    for name, radius in expected.items():
        slopes = 6 * (1 - form_factor(name, i, recoil)) / (q / HBAR_C_MEV_FM) ** 2
        at_zero = (4 * slopes[0] - slopes[1]) / 3
        assert np.sqrt(at_zero) == pytest.approx(radius, rel=1e-6), name


@pytest.mark.parametrize("momentum_mev", [1e-3, 0.1, 1.0, 2.1, 2.2, 2.3, 2.4, 5.0, 30.0])
def test_no_digits_lost_at_small_momentum(momentum_mev: float) -> None:
    """1 - F of Helm in 40 digits; the series hands over to the closed form at q R0 = 0.05."""
    i = isotope("Ge-74")
    recoil = recoil_kev("Ge-74", momentum_mev)
    with mpmath.workdps(40):
        q = mpmath.sqrt(2 * mpmath.mpf(i.mass_mev) * mpmath.mpf(recoil) / 1000) / HBAR_C_MEV_FM
        c = mpmath.mpf("1.23") * mpmath.cbrt(74) - mpmath.mpf("0.6")
        a, s = mpmath.mpf("0.52"), mpmath.mpf("0.9")
        x = q * mpmath.sqrt(c**2 + 7 * mpmath.pi**2 * a**2 / 3 - 5 * s**2)
        sphere = 3 * (mpmath.sin(x) - x * mpmath.cos(x)) / x**3
        expected = float(sphere * mpmath.exp(-(q**2) * s**2 / 2))
    assert form_factor("helm", i, recoil)[0] == pytest.approx(expected, rel=0, abs=2e-12)


@pytest.mark.parametrize("name", [n for n in FORM_FACTORS if n != "helm-rms"])
def test_one_at_zero_and_never_above(name: str) -> None:
    recoils = np.concatenate([[0.0], np.logspace(-6, 3, 40)])
    for nucleus in ALL_ISOTOPES:
        found = form_factor(name, isotope(nucleus), recoils)
        assert found[0] == 1.0
        assert np.all(np.abs(found) <= 1 + 1e-12)
        assert np.all(found == 1.0) if name == "unity" else found[-1] < 0.9999


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    name=st.sampled_from(["helm", "helm-rms", "klein-nystrand"]),
    low=st.floats(0.0, 3.0),
    step=st.floats(1e-3, 2.0),
)
def test_form_factors_fall_at_reactor_recoils(name: str, low: float, step: float) -> None:
    found = form_factor(name, isotope("Ge-76"), np.array([low, low + step]))
    assert 1 >= found[0] > found[1] > 0.9


def test_unknown_form_factor() -> None:
    message = r"form factor 'gauss': allowed are helm, helm-rms, klein-nystrand, unity"
    with pytest.raises(ValueError, match=message):
        form_factor("gauss", isotope("Ge-74"), 1.0)


def test_no_charge_radius() -> None:
    message = r"form factor 'helm-rms': no charge radius is shipped for S-33"
    with pytest.raises(ValueError, match=message):
        form_factor("helm-rms", isotope("S-33"), 1.0)


def test_hydrogen_is_too_small_for_helm() -> None:
    message = r"'helm-rms': the charge radius of H-1, 0\.8783 fm, is below 1\.559 fm"
    with pytest.raises(ValueError, match=message):
        form_factor("helm-rms", isotope("H-1"), 1.0)
    assert np.sqrt(3) * HELM_S == pytest.approx(1.559, rel=0, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Ge-75", r"isotope 'Ge-75': natural isotopes of Ge are Ge-70, Ge-72, Ge-73, Ge-74, Ge-76"),
        ("Ge", r"isotope 'Ge': natural isotopes of Ge are Ge-70"),
        ("Ge74", r"element 'Ge74': isotopes are shipped for H, He, Li, .*, U$"),
        ("Tc-98", r"element 'Tc': isotopes are shipped for H, He, Li, .*, U$"),
    ],
)
def test_unknown_isotope(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        isotope(name)
