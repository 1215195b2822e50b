"""Coherent scattering against the formulas written a second time: signs, limits, templates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from detectors.matter.nuclei import form_factor, isotope
from sim.cross_sections.couplings import couplings
from sim.cross_sections.nucleus import nucleus_templates
from sim.cross_sections.parameters import NeutrinoParameters
from sim.physics import nucleus_cross_section_cm2_per_kev, theory_of

SCHEMES = ["one-loop", "tree"]
GE74 = isotope("Ge-74")


@dataclass(frozen=True)
class Line:
    """A flux of one energy, 1 cm^-2 s^-1: its moments above E_min are (1, 1/E, 1/E^2) or 0."""

    energy_mev: float

    def above(self, energy_mev: np.ndarray) -> np.ndarray:
        moments = self.energy_mev ** -np.arange(3.0)
        return moments[:, None] * (energy_mev <= self.energy_mev)


def cross_section(
    energy: float,
    recoil: float,
    scheme: str = "one-loop",
    mu: float = 0.0,
    q: float = 0.0,
    r: float = 0.0,
    *,
    name: str = "Ge-74",
    factor: str = "unity",
    charge_sign: int = 1,
) -> float:
    """r is the deviation of the charge radius from the Standard Model."""
    g = couplings(scheme)
    return nucleus_cross_section_cm2_per_kev(
        energy,
        recoil,
        isotope(name),
        NeutrinoParameters(mu_nu=mu, q_nu=q, r2_nu=g.sm_charge_radius_cm2 + r),
        g,
        form_factor_name=factor,
        charge_sign=charge_sign,
    )


def points(
    number: int, seed: int, mass: float = 7.08e4
) -> list[tuple[float, float, float, float, float]]:
    """Energies, recoils up to 0.95 of the end point, parameters of either sign over decades."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(number):
        energy = rng.uniform(0.05, 12.5)
        recoil = float(np.exp(rng.uniform(np.log(1e-6), np.log(0.95))))
        recoil *= 2e3 * energy**2 / (mass + 2 * energy)
        mu = 10 ** rng.uniform(-12, -7)
        q = rng.choice([-1, 1]) * 10 ** rng.uniform(-13, -8)
        r = rng.choice([-1, 1]) * 10 ** rng.uniform(-33, -29)
        rows.append((energy, recoil, mu, q, r))
    return rows


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("charge_sign", [1, -1])
@pytest.mark.parametrize("factor", ["helm", "unity"])
def test_against_the_formula(scheme: str, charge_sign: int, factor: str, reference: Any) -> None:
    for energy, recoil, mu, q, r in points(40, 1):
        for a in (70, 76):
            found = cross_section(
                energy,
                recoil,
                scheme,
                mu,
                q,
                r,
                name=f"Ge-{a}",
                factor=factor,
                charge_sign=charge_sign,
            )
            expected = reference.nucleus(
                energy,
                recoil,
                a,
                reference.scheme(scheme),
                reference.Point(mu, q, r),
                reference.helm(recoil, a) if factor == "helm" else 1.0,
                charge_sign,
            )
            assert found == pytest.approx(expected, rel=1e-9, abs=0), (energy, recoil, mu, q, r)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("charge_sign", [1, -1])
@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("Ge-70", "helm-rms"),
        ("Ge-73", "klein-nystrand"),
        ("Ge-76", "helm"),
        ("Si-28", "helm"),
        ("Xe-132", "unity"),
    ],
)
def test_template_sum_is_the_direct_formula(
    scheme: str, charge_sign: int, name: str, factor: str
) -> None:
    g, nucleus = couplings(scheme), isotope(name)
    switches: dict[str, Any] = {"form_factor_name": factor, "charge_sign": charge_sign}
    theory = theory_of(g, charge_sign)
    for energy, recoil, mu, q, r in points(25, 2, nucleus.mass_mev):
        point = NeutrinoParameters(mu, q, g.sm_charge_radius_cm2 + r)
        line: Any = Line(energy)
        templates = nucleus_templates(
            line, np.array([recoil]), nucleus, theory, form_factor_name=factor
        )[:, 0]
        terms = theory.weights(point.given()) * templates
        direct = nucleus_cross_section_cm2_per_kev(energy, recoil, nucleus, point, g, **switches)
        rounding = 1e-14 * float(np.abs(terms).sum())
        assert terms.sum() == pytest.approx(direct, rel=1e-10, abs=rounding), (energy, recoil, q, r)


@pytest.mark.parametrize("factor", ["helm", "helm-rms", "klein-nystrand"])
def test_form_factor_enters_squared_in_every_term(factor: str) -> None:
    for energy, recoil, mu, q, r in points(20, 4):
        plain = cross_section(energy, recoil, mu=mu, q=q, r=r)
        f = float(form_factor(factor, GE74, recoil)[0])
        found = cross_section(energy, recoil, mu=mu, q=q, r=r, factor=factor)
        assert found == pytest.approx(f**2 * plain, rel=1e-12, abs=0)
    line: Any = Line(8.0)
    bare, dressed = (
        nucleus_templates(
            line, np.array([1.5]), GE74, theory_of(couplings()), form_factor_name=name
        )[:7, 0]
        for name in ("unity", factor)
    )
    f = float(form_factor(factor, GE74, 1.5)[0])
    np.testing.assert_allclose(dressed, f**2 * bare, rtol=1e-12)
    assert f**2 < 0.98


# Signs


def test_signs_on_germanium() -> None:
    """Z g_p + N g_n < 0: +q lowers and +r raises the rate, as on electrons; mu adds."""
    weak = cross_section(6, 0.5)
    assert cross_section(6, 0.5, q=1e-11) < weak < cross_section(6, 0.5, q=-1e-11)
    assert cross_section(6, 0.5, r=-1e-33) < weak < cross_section(6, 0.5, r=1e-33)
    assert cross_section(6, 0.5, mu=-1e-9) == cross_section(6, 0.5, mu=1e-9) > weak


def test_older_sign_of_the_charge() -> None:
    flipped = cross_section(6, 0.5, q=1e-9, r=4e-32, charge_sign=-1)
    assert flipped == cross_section(6, 0.5, q=-1e-9, r=4e-32)
    assert flipped != cross_section(6, 0.5, q=1e-9, r=4e-32)


def test_charge_and_radius_meet_at_spacelike_momentum() -> None:
    """F(q^2) = q_nu + q^2 <r^2> / 6 with q^2 = -2MT: q_nu = MT <r^2> / 3 cancels the radius."""
    radius, recoil = 5e-32, 0.7
    hbarc2 = (197.3269804e-13) ** 2
    charge = GE74.mass_mev * recoil * 1e-3 * radius / hbarc2 / 3
    both = cross_section(7, recoil, q=charge, r=radius)
    assert both == pytest.approx(cross_section(7, recoil), rel=1e-8, abs=0)
    assert cross_section(7, recoil, r=radius) > 1.3 * both


def test_radius_shifts_the_weak_angle(reference: Any) -> None:
    """<r^2> acts as s^2 -> s^2 + C_R <r^2> / 2, on nuclei as on electrons."""
    shifted = couplings("tree", 0.23857 + reference.c_r * 3e-33 / 2)
    by_angle = nucleus_cross_section_cm2_per_kev(
        6, 0.5, GE74, NeutrinoParameters(), shifted, form_factor_name="unity"
    )
    assert cross_section(6, 0.5, "tree", r=3e-33) == pytest.approx(by_angle, rel=1e-12, abs=0)


# Limits


@pytest.mark.parametrize("scheme", SCHEMES)
def test_zero_is_the_standard_model(scheme: str, reference: Any) -> None:
    g = couplings(scheme)
    total = {"one-loop": reference.sm_radius(0.51099895), "tree": 0.0}[scheme]
    bare, given = (
        nucleus_cross_section_cm2_per_kev(6, 0.5, GE74, point, g, form_factor_name="unity")
        for point in (NeutrinoParameters(), NeutrinoParameters(0.0, 0.0, total))
    )
    pure = reference.nucleus(6, 0.5, 74, reference.scheme(scheme), reference.Point())
    assert bare == pytest.approx(given, rel=1e-12, abs=0)
    assert bare == pytest.approx(pure, rel=1e-10, abs=0)


def test_slopes_at_low_recoil() -> None:
    """T -> 0: mu^2, q and q r go as 1/T, q^2 as 1/T^2, the others stay."""
    line: Any = Line(3.0)
    templates = nucleus_templates(line, np.array([1e-9, 1e-8]), GE74, theory_of(couplings()))[:7]
    slopes = np.log10(np.abs(templates[:, 1] / templates[:, 0]))
    np.testing.assert_allclose(slopes, [0, -1, -1, -2, 0, 0, -1], atol=1e-6)


def test_end_point() -> None:
    """The weak part vanishes at T_max as 1 - T / T_max, nothing lies above."""
    end = 2e3 * 36 / (GE74.mass_mev + 12)
    near = cross_section(6, end * (1 - 1e-4)) / cross_section(6, end * (1 - 1e-2))
    assert near == pytest.approx(1e-2, rel=1e-6, abs=0)
    assert cross_section(6, end * (1 + 1e-9), mu=1e-7, q=1e-8) == 0.0
    line: Any = Line(6.0)
    assert not np.any(
        nucleus_templates(line, np.array([end * 1.0001]), GE74, theory_of(couplings()))
    )


def test_magnetic_part_does_not_know_the_nuclear_mass() -> None:
    """pi alpha^2 Z^2 / m_e^2 / T: m_e because mu is in Bohr magnetons, equal for all isotopes."""
    line: Any = Line(9.0)
    light, heavy = (
        nucleus_templates(
            line, np.array([0.1]), isotope(name), theory_of(couplings()), form_factor_name="unity"
        )[1, 0]
        for name in ("Ge-70", "Ge-76")
    )
    assert light == pytest.approx(heavy, rel=1e-8, abs=0)
    alpha_over_me = 7.2973525693e-3 / 0.51099895 * 197.3269804e-13
    expected = math.pi * (alpha_over_me * 32) ** 2 * (1 / 1e-4 - 1 / 9) / 1e3 * 1e-22
    assert light == pytest.approx(expected, rel=1e-7, abs=0)


@pytest.mark.parametrize(("name", "spinless"), [("He-4", 1.0), ("H-1", 0.0)])
def test_spin_0_term_of_spinless_nuclei_alone(name: str, spinless: float) -> None:
    """1/T - 1/E + T / (4 E^2): the last term, 1e-4 on the lightest nuclei, only for spin 0."""
    nucleus, energy = isotope(name), 9.0
    recoil = energy**2 / (nucleus.mass_mev + 2 * energy)
    line: Any = Line(energy)
    template = nucleus_templates(
        line, np.array([1e3 * recoil]), nucleus, theory_of(couplings()), form_factor_name="unity"
    )[1, 0]
    direct = cross_section(energy, 1e3 * recoil, mu=1e-11, name=name)
    direct -= cross_section(energy, 1e3 * recoil, name=name)
    alpha_over_me = 7.2973525693e-3 / 0.51099895 * 197.3269804e-13
    shape = 1 / recoil - 1 / energy + spinless * recoil / (4 * energy**2)
    expected = math.pi * (alpha_over_me * nucleus.z) ** 2 * shape / 1e3 * 1e-22
    assert template == pytest.approx(expected, rel=1e-7, abs=0)
    assert direct == pytest.approx(expected, rel=1e-6, abs=0)


def test_weak_charge_squared() -> None:
    """At T << T_max the ratio of isotopes is M W^2: neutrons count, protons hardly."""
    for scheme, gp, gn in (("tree", 0.02286, -0.5), ("one-loop", 0.0382, -0.5117)):
        light = cross_section(9, 1e-6, scheme, name="Ge-70") / isotope("Ge-70").mass_mev
        heavy = cross_section(9, 1e-6, scheme, name="Ge-76") / isotope("Ge-76").mass_mev
        expected = ((32 * gp + 44 * gn) / (32 * gp + 38 * gn)) ** 2
        assert heavy / light == pytest.approx(expected, rel=1e-7, abs=0)


def test_total_cross_section() -> None:
    """G_F^2 W^2 E^2 / pi times M / (M + 2E), from the integral over T."""
    end = 2e3 * 25 / (GE74.mass_mev + 10)
    found = quad(lambda t: cross_section(5, t) * 1e40, 1e-15, end)[0]
    w = 32 * 0.0382 - 42 * 0.5117
    expected = (1.1663787e-11 * w * 5) ** 2 / math.pi * 3.893794e-22
    expected *= GE74.mass_mev / (GE74.mass_mev + 10)
    assert found == pytest.approx(expected * 1e40, rel=1e-6, abs=0)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_energies_must_be_positive(bad: float) -> None:
    with pytest.raises(ValueError, match=r"^energy_mev must be a positive number"):
        cross_section(bad, 0.1)
    with pytest.raises(ValueError, match=r"^recoil_kev must be a positive number"):
        cross_section(3.0, bad)


def test_unknown_form_factor_is_an_error_also_above_the_end_point() -> None:
    with pytest.raises(ValueError, match=r"form factor 'helmet': allowed are helm"):
        cross_section(3.0, 50.0, factor="helmet")
