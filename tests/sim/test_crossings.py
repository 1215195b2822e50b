"""Where the magnetic moment overtakes the weak rate: roots of the cross sections themselves."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from scipy.optimize import brentq

from detectors.matter.nuclei import isotope, natural_isotopes
from sim.cross_sections.couplings import Couplings, couplings
from sim.cross_sections.crossings import electron_crossing_kev, nucleus_crossing_kev
from sim.cross_sections.parameters import NeutrinoParameters
from sim.physics import electron_cross_section_cm2_per_kev, nucleus_cross_section_cm2_per_kev

ALPHA, M_E, G_F, U = 7.2973525693e-3, 0.51099895, 1.1663788e-11, 931.49410242
TREE, LOOP = couplings("tree"), couplings("one-loop")
# Section 7 of the physics page: A, abundance, atomic mass (AME).
GERMANIUM = (
    (70, 0.2052, 69.9242485),
    (72, 0.2745, 71.92207582),
    (73, 0.0776, 72.92345895),
    (74, 0.3652, 73.921177761),
    (76, 0.0775, 75.921402725),
)


def electron_root_kev(energy: float, mu: float, scheme: Couplings) -> float:
    """T at which the magnetic part of the direct cross section is as large as the weak one."""

    def excess(log_recoil: float) -> float:
        recoil = math.exp(log_recoil)
        weak, both = (
            electron_cross_section_cm2_per_kev(energy, recoil, NeutrinoParameters(mu_nu=m), scheme)
            for m in (0.0, mu)
        )
        return both / weak - 2

    return math.exp(brentq(excess, math.log(1e-6), math.log(200.0), xtol=1e-12))


def nucleus_root_kev(energy: float, mu: float, name: str, scheme: Couplings) -> float:
    target = isotope(name)

    def excess(log_recoil: float) -> float:
        recoil = math.exp(log_recoil)
        weak, both = (
            nucleus_cross_section_cm2_per_kev(
                energy,
                recoil,
                target,
                NeutrinoParameters(mu_nu=m),
                scheme,
                form_factor_name="unity",
            )
            for m in (0.0, mu)
        )
        return both / weak - 2

    return math.exp(brentq(excess, math.log(1e-8), math.log(1e-1), xtol=1e-12))


def test_check_point_7() -> None:
    """The seed's number, which has no couplings, and the low-T limit with those of the tree."""
    assert electron_crossing_kev(1e-11) == pytest.approx(2.895284, rel=1e-6)
    assert electron_crossing_kev(1e-11, TREE) == pytest.approx(2.403119, rel=1e-6)


@pytest.mark.parametrize("scheme", [TREE, LOOP])
@pytest.mark.parametrize("mu", [3e-12, 1e-11, 4e-11])
def test_root_on_electrons(scheme: Couplings, mu: float) -> None:
    """Exact far above T; at 3 MeV off by terms of the order of T/E."""
    formula = electron_crossing_kev(mu, scheme)
    assert formula == pytest.approx(electron_root_kev(1e6, mu, scheme), rel=1e-6)
    near = electron_root_kev(3.0, mu, scheme)
    assert 1e-6 < abs(formula / near - 1) < 1.2e-3 * near / 3


def test_check_point_7_exact_at_3_mev() -> None:
    assert electron_root_kev(3.0, 1e-11, TREE) == pytest.approx(2.404778, rel=1e-6)


def test_written_out_on_electrons() -> None:
    """Equate pi alpha^2 mu^2 / (m^2 T) to G^2 m (gV^2 + gA^2) / pi."""
    for mu in (1e-12, 2.9e-11):
        magnetic_times_t = math.pi * ALPHA**2 / M_E**2 * mu**2
        weak = G_F**2 * M_E / math.pi * (0.9521**2 + 0.4938**2)
        expected = 1e3 * magnetic_times_t / weak
        assert electron_crossing_kev(mu, LOOP) == pytest.approx(expected, rel=1e-6)


def test_goes_with_the_square_of_the_moment() -> None:
    for crossing in (
        lambda mu: electron_crossing_kev(mu),
        lambda mu: nucleus_crossing_kev(mu, 32, 42, 68840.79, TREE),
    ):
        assert crossing(3e-11) == pytest.approx(9 * crossing(1e-11), rel=1e-12)
        assert crossing(-1e-11) == crossing(1e-11)


@pytest.mark.parametrize("scheme", [TREE, LOOP])
@pytest.mark.parametrize("name", ["Ge-70", "Ge-76", "Si-28", "Xe-132", "I-127"])
def test_root_on_nuclei(scheme: Couplings, name: str) -> None:
    target = isotope(name)
    formula = nucleus_crossing_kev(1e-11, target.z, target.n, target.mass_mev, scheme)
    assert formula == pytest.approx(nucleus_root_kev(1e4, 1e-11, name, scheme), rel=1e-6)
    assert formula == pytest.approx(nucleus_root_kev(5.0, 1e-11, name, scheme), rel=5e-3)


def test_check_point_15() -> None:
    """Natural germanium as one nucleus of the mean N and, as M, the mean atomic mass."""
    n = sum(share * (a - 32) for a, share, _ in GERMANIUM)
    mass = sum(share * atomic * U for _, share, atomic in GERMANIUM)
    found = nucleus_crossing_kev(1e-11, 32, n, mass, TREE)
    assert found * 1e3 == pytest.approx(0.058159, rel=1e-5)
    isotopes = natural_isotopes("Ge")
    n = sum(i.abundance * i.n for i in isotopes)
    mass = sum(i.abundance * i.atomic_mass_u * U for i in isotopes)
    found = nucleus_crossing_kev(1e-11, 32, n, mass, TREE)
    assert found * 1e3 == pytest.approx(0.058159, rel=1e-5)


def test_nuclei_cross_forty_thousand_times_lower() -> None:
    """The seed's remark, with the tree's couplings: 4e4 to one digit."""
    nucleus = nucleus_crossing_kev(1e-11, 32, 40.71, 67_650.0, TREE)
    assert electron_crossing_kev(1e-11, TREE) / nucleus == pytest.approx(4.1e4, rel=0.02)


def test_no_protons_no_crossing() -> None:
    """Only the charge has a magnetic part, only Z g_p + N g_n a weak one."""
    protons_only = replace(TREE, neutron_vector=0.0)
    one, two = (nucleus_crossing_kev(1e-11, z, 40, 68840.79, protons_only) for z in (10, 20))
    assert one == pytest.approx(two, rel=1e-12)
    neutrons_only = replace(TREE, proton_vector=0.0)
    one, two = (nucleus_crossing_kev(1e-11, z, 40, 68840.79, neutrons_only) for z in (10, 20))
    assert two == pytest.approx(4 * one, rel=1e-12)
