"""Neutrinos on electrons against the formulas written a second time: signs, limits, templates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from model_arrays import monomials_at
from scipy.integrate import quad

from fluxes.moments import FluxMoments
from fluxes.spectrum import PiecewiseSpectrum
from sim.cross_sections.couplings import couplings
from sim.cross_sections.electron import free_electron_templates
from sim.cross_sections.parameters import NeutrinoParameters
from sim.physics import electron_cross_section_cm2_per_kev, theory_of

SCHEMES = ["one-loop", "tree"]


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
    **switches: Any,
) -> float:
    """r is the deviation of the charge radius from the Standard Model."""
    g = couplings(scheme)
    point = NeutrinoParameters(mu_nu=mu, q_nu=q, r2_nu=g.sm_charge_radius_cm2 + r)
    return electron_cross_section_cm2_per_kev(energy, recoil, point, g, **switches)


def points(number: int, seed: int) -> list[tuple[float, float, float, float, float]]:
    """Energies, allowed recoils, and parameters of either sign over five decades."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(number):
        energy = rng.uniform(0.05, 12.5)
        end = 2e3 * energy**2 / (0.511 + 2 * energy)
        recoil = float(np.exp(rng.uniform(np.log(1e-3), np.log(0.99 * end))))
        mu = 10 ** rng.uniform(-12, -9)
        q = rng.choice([-1, 1]) * 10 ** rng.uniform(-14, -10)
        r = rng.choice([-1, 1]) * 10 ** rng.uniform(-33, -30)
        rows.append((energy, recoil, mu, q, r))
    return rows


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("antineutrino", [True, False])
@pytest.mark.parametrize("charge_sign", [1, -1])
def test_against_the_formula(
    scheme: str, antineutrino: bool, charge_sign: int, reference: Any
) -> None:
    switches: dict[str, Any] = {"antineutrino": antineutrino, "charge_sign": charge_sign}
    for energy, recoil, mu, q, r in points(60, 1):
        found = cross_section(energy, recoil, scheme, mu, q, r, **switches)
        expected = reference.electron(
            energy, recoil, reference.scheme(scheme), reference.Point(mu, q, r), **switches
        )
        assert found == pytest.approx(expected, rel=1e-10, abs=0), (energy, recoil, mu, q, r)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("antineutrino", [True, False])
@pytest.mark.parametrize("charge_sign", [1, -1])
def test_template_sum_is_the_direct_formula(
    scheme: str, antineutrino: bool, charge_sign: int
) -> None:
    switches: dict[str, Any] = {"antineutrino": antineutrino, "charge_sign": charge_sign}
    g = couplings(scheme)
    theory = theory_of(g, charge_sign)
    for energy, recoil, mu, q, r in points(60, 2):
        point = NeutrinoParameters(mu, q, g.sm_charge_radius_cm2 + r)
        line: Any = Line(energy)
        templates = free_electron_templates(
            line, np.array([recoil]), theory, antineutrino=antineutrino
        )
        found = theory.weights(point.given()) @ templates[:, 0]
        direct = electron_cross_section_cm2_per_kev(energy, recoil, point, g, **switches)
        assert found == pytest.approx(direct, rel=1e-10, abs=0), (energy, recoil, mu, q, r)


def test_templates_of_a_narrow_flux() -> None:
    """The same through real moments: a box of relative width 2e-6."""
    g = couplings()
    for energy, recoil, mu, q, r in points(20, 3):
        recoil *= 0.9
        edges = energy * (1 + 1e-6 * np.array([-1, 1]))
        height = np.array([[1 / (edges[1] - edges[0]), 0, 0, 0]])
        moments = FluxMoments.of(PiecewiseSpectrum(edges, height))
        point = NeutrinoParameters(mu, q, g.sm_charge_radius_cm2 + r)
        templates = free_electron_templates(moments, np.array([recoil]), theory_of(g))
        found = theory_of(g).weights(point.given()) @ templates[:, 0]
        direct = electron_cross_section_cm2_per_kev(energy, recoil, point, g)
        assert found == pytest.approx(direct, rel=1e-9, abs=0)


def test_templates_vanish_above_the_end_point() -> None:
    line: Any = Line(3.0)
    end = 2e3 * 9 / (0.51099895 + 6)
    inside, outside = free_electron_templates(
        line, np.array([end * (1 - 1e-6), end * (1 + 1e-6)]), theory_of(couplings())
    ).T
    assert np.all(inside[[0, 1, 3, 5]] > 0)
    assert not np.any(outside)
    assert cross_section(3.0, end * (1 - 1e-6)) > 0
    assert cross_section(3.0, end * (1 + 1e-6), mu=1e-10, q=1e-11) == 0.0


# Signs


def test_signs_on_electrons() -> None:
    """Near the Standard Model +q lowers the rate, +r raises it; mu adds whatever its sign."""
    weak = cross_section(3, 10)
    assert cross_section(3, 10, q=1e-14) < weak < cross_section(3, 10, q=-1e-14)
    assert cross_section(3, 10, r=-1e-33) < weak < cross_section(3, 10, r=1e-33)
    assert cross_section(3, 10, mu=-1e-11) == cross_section(3, 10, mu=1e-11) > weak


def test_older_sign_of_the_charge() -> None:
    for q in (1e-12, -3e-13):
        flipped = cross_section(3, 10, q=q, r=4e-33, charge_sign=-1)
        assert flipped == cross_section(3, 10, q=-q, r=4e-33)
        assert flipped != cross_section(3, 10, q=q, r=4e-33)


def test_antineutrinos_flip_the_axial_coupling_only(reference: Any) -> None:
    """Antineutrinos equal neutrinos of opposite g_A, at T << E neutrinos of the same g_A."""
    opposite = reference.Scheme(0.9521, -0.4938, 0, 0)
    point = reference.Point(2e-11, 3e-13, 5e-33)
    for energy, recoil in ((0.7, 100), (3, 10), (9, 6000)):
        found = cross_section(energy, recoil, mu=2e-11, q=3e-13, r=5e-33)
        expected = reference.electron(energy, recoil, opposite, point, antineutrino=False)
        assert found == pytest.approx(expected, rel=1e-12, abs=0)
    nu, anti = (cross_section(8, 1e-3, antineutrino=a) for a in (False, True))
    assert nu == pytest.approx(anti, rel=1e-6, abs=0)
    nu, anti = (cross_section(8, 4e3, antineutrino=a) for a in (False, True))
    assert nu > 2 * anti


def test_radius_shifts_the_weak_angle(reference: Any) -> None:
    """Section 1.3: <r^2> acts as s^2 -> s^2 + C_R <r^2> / 2: half of TEXONO's and LSND's."""
    radius = 3e-33
    sin2 = 0.23857 + reference.c_r * radius / 2
    shifted = couplings("tree", sin2)
    for energy, recoil in ((3, 10), (6, 2000)):
        by_angle = electron_cross_section_cm2_per_kev(energy, recoil, NeutrinoParameters(), shifted)
        assert cross_section(energy, recoil, "tree", r=radius) == pytest.approx(
            by_angle, rel=1e-12, abs=0
        )


def test_radius_of_the_standard_model_is_the_loop_term(reference: Any) -> None:
    """One-loop couplings hold the radius: C_R <r^2>_SM = -0.019691 = 2 phi_e of Erler and Su."""
    m_w, m_e = 80377.0, 0.51099895
    phi = -reference.alpha / (6 * math.pi) * (math.log(m_w**2 / m_e**2) + 1.5)
    assert reference.c_r * couplings().sm_charge_radius_cm2 == pytest.approx(
        2 * phi, rel=1e-6, abs=0
    )
    stripped = reference.scheme("one-loop")
    stripped = reference.Scheme(0.9521 + 0.019691, 0.4938, 0, 0)
    bare = reference.electron(3, 10, stripped, reference.Point())
    without = electron_cross_section_cm2_per_kev(3, 10, NeutrinoParameters(r2_nu=0.0), couplings())
    assert without == pytest.approx(bare, rel=1e-6, abs=0)


# Limits


@pytest.mark.parametrize("scheme", SCHEMES)
def test_zero_is_the_standard_model(scheme: str, reference: Any) -> None:
    """Nothing given, and every parameter at its Standard Model value, are the same."""
    g = couplings(scheme)
    total = {"one-loop": reference.sm_radius(0.51099895), "tree": 0.0}[scheme]
    bare = electron_cross_section_cm2_per_kev(3, 10, NeutrinoParameters(), g)
    given = NeutrinoParameters(0.0, 0.0, total)
    assert electron_cross_section_cm2_per_kev(3, 10, given, g) == pytest.approx(
        bare, rel=1e-12, abs=0
    )
    pure = reference.electron(3, 10, reference.scheme(scheme), reference.Point())
    assert bare == pytest.approx(pure, rel=1e-12, abs=0)
    assert monomials_at(NeutrinoParameters(), g).tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_high_energy_limit(reference: Any) -> None:
    """E -> inf at low T: (G_F^2 m_e / pi) (g_V^2 + g_A^2)."""
    squares = 0.9521**2 + 0.4938**2
    limit = reference.g_f**2 * reference.m_e / math.pi * squares * reference.hbarc**2 / 1e3
    assert cross_section(1e7, 1.0) == pytest.approx(limit, rel=1e-7, abs=0)


def test_slopes_at_low_recoil() -> None:
    """T -> 0: mu^2, q and q r go as 1/T, q^2 as 1/T^2, the others stay."""
    line: Any = Line(3.0)
    low = np.array([1e-6, 1e-5])
    templates = free_electron_templates(line, low, theory_of(couplings()))[:7]
    slopes = np.log10(np.abs(templates[:, 1] / templates[:, 0]))
    np.testing.assert_allclose(slopes, [0, -1, -1, -2, 0, 0, -1], atol=1e-6)


def test_magnetic_rate_goes_with_the_square() -> None:
    one, three = (cross_section(3, 5, mu=k * 1e-11) - cross_section(3, 5) for k in (1, 3))
    assert three == pytest.approx(9 * one, rel=1e-12, abs=0)


def test_total_cross_section() -> None:
    """Integrated over T: G_F^2 m_e E / (2 pi) [(gV + gA)^2 + (gV - gA)^2 / 3] at high energy."""
    energy = 1e4
    end = 2e3 * energy**2 / (0.51099895 + 2 * energy)
    found = quad(lambda t: cross_section(energy, t, antineutrino=False) * 1e50, 1e-9, end)[0]
    gv, ga = 0.9521, 0.4938
    ends = (gv + ga) ** 2 + (gv - ga) ** 2 / 3
    expected = (1.1663787e-11) ** 2 * 0.51099895 * energy / (2 * math.pi) * ends * 3.893794e-22
    assert found == pytest.approx(expected * 1e50, rel=1e-3, abs=0)


@pytest.mark.parametrize(
    ("energy", "recoil"), [(0, 1), (-1, 1), (1, 0), (1, -3), (math.nan, 1), (1, math.inf)]
)
def test_energies_must_be_positive(energy: float, recoil: float) -> None:
    with pytest.raises(ValueError, match=r"^(energy_mev|recoil_kev) must be a positive number"):
        cross_section(energy, recoil)
