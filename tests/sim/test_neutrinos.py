"""Effective magnetic moments against explicit loops, and what must hold whatever the matrices."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import pytest
from model_arrays import monomials_at

from detectors.matter.nuclei import isotope
from sim.cross_sections.couplings import couplings
from sim.cross_sections.parameters import NeutrinoParameters
from sim.neutrinos.moments import effective_moment_mu_b, sm_dirac_moment_mu_b
from sim.physics import electron_cross_section_cm2_per_kev, nucleus_cross_section_cm2_per_kev

ZERO = np.zeros((3, 3), dtype=np.complex128)
MASSES_SQUARED = np.array([0.0, 7.5e-5, 2.5e-3])
INVERSE_EV_PER_M = 1 / 1.973269804e-7


def mixing_row(rng: np.random.Generator | None = None) -> np.ndarray:
    """(U_e1, U_e2, U_e3) with s12^2 = 0.307 and s13^2 = 0.022, its phases drawn if asked for."""
    s12, s13 = math.sqrt(0.307), math.sqrt(0.022)
    c12, c13 = math.sqrt(1 - s12**2), math.sqrt(1 - s13**2)
    row = np.array([c12 * c13, s12 * c13, s13], dtype=np.complex128)
    return row if rng is None else row * np.exp(2j * math.pi * rng.random(3))


def hermitian(rng: np.random.Generator) -> np.ndarray:
    matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return np.asarray(1e-11 * (matrix + matrix.conj().T) / 2)


def antisymmetric(rng: np.random.Generator) -> np.ndarray:
    """Imaginary and antisymmetric: the moments of Majorana neutrinos."""
    matrix = rng.normal(size=(3, 3))
    return np.asarray(1e-11j * (matrix - matrix.T) / 2)


def by_loops(magnetic: Any, electric: Any, row: Any, baseline_m: float, energy_mev: float) -> float:
    """Section 1.2 of the physics page for neutrinos, in natural units of eV, term by term."""
    length, energy = baseline_m * INVERSE_EV_PER_M, energy_mev * 1e6
    total = 0.0
    for j in range(3):
        amplitude = 0j
        for k in range(3):
            splitting = MASSES_SQUARED[k] - MASSES_SQUARED[j]
            phase = cmath.exp(-1j * splitting * length / (2 * energy))
            moment = complex(magnetic[j][k]) - 1j * complex(electric[j][k])
            amplitude += complex(row[k]).conjugate() * phase * moment
        total += abs(amplitude) ** 2
    return math.sqrt(total)


def moment(magnetic: Any, electric: Any, row: Any, *where: float, **kind: bool) -> float:
    where = where or (0.0, 3.0)
    return effective_moment_mu_b(magnetic, electric, row, MASSES_SQUARED, *where, **kind)


@pytest.mark.parametrize("majorana", [False, True])
@pytest.mark.parametrize("where", [(0.0, 3.0), (13.9, 3.0), (1700.0, 2.2), (6e4, 5.0)])
def test_neutrinos_against_loops(majorana: bool, where: tuple[float, float]) -> None:
    rng = np.random.default_rng(5)
    draw = antisymmetric if majorana else hermitian
    for _ in range(20):
        magnetic, electric, row = draw(rng), draw(rng), mixing_row(rng)
        found = moment(magnetic, electric, row, *where, antineutrino=False, majorana=majorana)
        expected = by_loops(magnetic, electric, row, *where)
        assert found == pytest.approx(expected, rel=1e-7, abs=0)


@pytest.mark.parametrize("majorana", [False, True])
@pytest.mark.parametrize("where", [(0.0, 3.0), (13.9, 3.0), (1700.0, 2.2), (6e4, 5.0)])
def test_antineutrinos_against_loops(majorana: bool, where: tuple[float, float]) -> None:
    """U in place of U*, and (mu - i eps)* in place of mu - i eps."""
    rng = np.random.default_rng(6)
    draw = antisymmetric if majorana else hermitian
    for _ in range(20):
        magnetic, electric, row = draw(rng), draw(rng), mixing_row(rng)
        found = moment(magnetic, electric, row, *where, majorana=majorana)
        expected = by_loops(magnetic.conj(), -electric.conj(), row.conj(), *where)
        assert found == pytest.approx(expected, rel=1e-7, abs=0)


def test_antineutrinos_of_moments_that_conserve_cp() -> None:
    """mu - i eps real: U alone tells antineutrinos from neutrinos, as section 1.2 has it."""
    rng = np.random.default_rng(6)
    for where in ((0.0, 3.0), (1700.0, 2.2), (6e4, 5.0)):
        symmetric, skew = rng.normal(size=(2, 3, 3))
        magnetic = 1e-11 * (symmetric + symmetric.T) + 0j
        electric = 1e-11j * (skew - skew.T)
        row = mixing_row(rng)
        found = moment(magnetic, electric, row, *where)
        mirrored = moment(magnetic, electric, row.conj(), *where, antineutrino=False)
        assert found == pytest.approx(mirrored, rel=1e-12, abs=0)
        assert found == pytest.approx(
            by_loops(magnetic, electric, row.conj(), *where), rel=1e-7, abs=0
        )


def test_antineutrinos_are_the_default() -> None:
    rng = np.random.default_rng(7)
    magnetic, electric, row = hermitian(rng), hermitian(rng), mixing_row(rng)
    anti, nu = (moment(magnetic, electric, row, 1700.0, 2.2, antineutrino=a) for a in (True, False))
    assert moment(magnetic, electric, row, 1700.0, 2.2) == anti != nu


def rephased(matrix: np.ndarray, angles: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-1j * angles)[:, None] * matrix * np.exp(1j * angles))


def test_phases_of_the_mass_states_are_unobservable() -> None:
    """nu_k -> e^(i a_k) nu_k turns U_ek and mu_jk, and no moment of Dirac neutrinos."""
    rng = np.random.default_rng(8)
    for where in ((0.0, 3.0), (6e4, 5.0)):
        magnetic, electric, row = hermitian(rng), hermitian(rng), mixing_row(rng)
        angles = 2 * math.pi * rng.random(3)
        before = moment(magnetic, electric, row, *where, antineutrino=False)
        after = moment(
            rephased(magnetic, angles),
            rephased(electric, angles),
            row * np.exp(1j * angles),
            *where,
            antineutrino=False,
        )
        assert after == pytest.approx(before, rel=1e-12, abs=0)


def test_phases_of_the_mass_states_are_unobservable_in_antineutrinos() -> None:
    """CP turns (mu - i eps) into its conjugate together with U*: without, the moment depends on
    the phases of the fields, and at L = 0 differs from that of neutrinos, against CPT."""
    rng = np.random.default_rng(8)
    magnetic, electric, row = hermitian(rng), hermitian(rng), mixing_row(rng)
    angles = 2 * math.pi * rng.random(3)
    before = moment(magnetic, electric, row)
    turned = rephased(magnetic, angles), rephased(electric, angles), row * np.exp(1j * angles)
    assert moment(*turned) == pytest.approx(before, rel=1e-12, abs=0)
    neutrino = moment(magnetic, electric, row, antineutrino=False)
    assert before == pytest.approx(neutrino, rel=1e-12, abs=0)


def test_at_no_distance_masses_do_not_matter() -> None:
    """L = 0: |lambda U*|, a matrix times a vector."""
    rng = np.random.default_rng(9)
    magnetic, electric, row = hermitian(rng), hermitian(rng), mixing_row(rng)
    found = moment(magnetic, electric, row, 0.0, 1.0, antineutrino=False)
    expected = float(np.linalg.norm((magnetic - 1j * electric) @ row.conj()))
    assert found == pytest.approx(expected, rel=1e-12, abs=0)
    heavier = effective_moment_mu_b(
        magnetic, electric, row, 100 * MASSES_SQUARED, 0.0, 1.0, antineutrino=False
    )
    assert heavier == found


@pytest.mark.parametrize("where", [(0.0, 3.0), (10.0, 3.0), (6e4, 5.0)])
def test_diagonal_moments_add_in_squares(where: tuple[float, float]) -> None:
    """mu_eff^2 = sum_k |U_ek|^2 mu_kk^2 at any distance; equal ones come back as they are."""
    rng = np.random.default_rng(10)
    row = mixing_row(rng)
    values = np.array([1e-11, -3e-11, 7e-11])
    expected = math.sqrt(np.sum(np.abs(row) ** 2 * values**2))
    found = moment(np.diag(values) + 0j, ZERO, row, *where)
    assert found == pytest.approx(expected, rel=1e-12, abs=0)
    equal = moment(2.9e-11 * np.eye(3) + 0j, ZERO, row, *where)
    assert equal == pytest.approx(2.9e-11, rel=1e-12, abs=0)
    only_electric = moment(ZERO, np.diag(values) + 0j, row, *where)
    assert only_electric == pytest.approx(expected, rel=1e-12, abs=0)
    both = moment(3 * np.diag(values) + 0j, 4 * np.diag(values) + 0j, row, *where)
    assert both == pytest.approx(5 * expected, rel=1e-12, abs=0)


def test_transition_moment_of_majorana_neutrinos() -> None:
    """One element mu_12 = i m: m sqrt(|U_e1|^2 + |U_e2|^2), and mu and eps interfere."""
    magnetic = np.zeros((3, 3), dtype=np.complex128)
    magnetic[0, 1], magnetic[1, 0] = 2e-11j, -2e-11j
    row = mixing_row()
    for where in ((0.0, 3.0), (6e4, 5.0)):
        found = moment(magnetic, ZERO, row, *where, majorana=True)
        expected = 2e-11 * math.sqrt(abs(row[0]) ** 2 + abs(row[1]) ** 2)
        assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_phases_within_ten_metres_are_small() -> None:
    """At 3 MeV and 10 m the largest phase is 0.021 rad: moments with their squares at 1e-3."""
    rng = np.random.default_rng(11)
    for _ in range(30):
        symmetric = rng.normal(size=(3, 3))
        magnetic, row = 1e-11 * (symmetric + symmetric.T) + 0j, mixing_row()
        near, at_once = (moment(magnetic, ZERO, row, length, 3.0) for length in (10.0, 0.0))
        assert near == pytest.approx(at_once, rel=1e-3, abs=0)
        assert near != at_once


def test_oscillates_with_l_over_e() -> None:
    rng = np.random.default_rng(12)
    magnetic, electric, row = hermitian(rng), hermitian(rng), mixing_row(rng)
    one, same = (moment(magnetic, electric, row, *at) for at in ((6e4, 5.0), (1.2e4, 1.0)))
    assert one == pytest.approx(same, rel=1e-9, abs=0)
    far = [moment(magnetic, electric, row, length, 3.0) for length in np.linspace(0, 1e5, 50)]
    assert max(far) > 1.05 * min(far)


def test_matrices_that_are_not_moments() -> None:
    rng = np.random.default_rng(13)
    good, row = 1e11 * hermitian(rng), mixing_row()
    with pytest.raises(ValueError, match=r"^magnetic must have shape \(3, 3\): found \(2, 2\)$"):
        moment(good[:2, :2], ZERO, row)
    crooked = good.copy()
    crooked[0, 1] += 1e-2
    for name, matrices in (("magnetic", (crooked, ZERO)), ("electric", (ZERO, crooked))):
        with pytest.raises(ValueError, match=rf"^{name}: the matrix must be Hermitian$"):
            moment(*matrices, row)


def test_small_matrices_are_checked_too() -> None:
    """Moments of 1e-11 mu_B: symmetry must be asked for relative to their own size."""
    diagonal = np.diag([1e-11, 0, 0]) + 0j
    lopsided = np.zeros((3, 3), dtype=np.complex128)
    lopsided[0, 1] = 1e-11
    for matrix, majorana in ((diagonal, True), (lopsided, False)):
        with pytest.raises(ValueError, match=r"antisymmetric|Hermitian"):
            moment(matrix, ZERO, mixing_row(), majorana=majorana)


def test_majorana_neutrinos_have_no_diagonal_moment() -> None:
    for matrices in ((np.eye(3) + 0j, ZERO), (ZERO, np.eye(3) + 0j)):
        with pytest.raises(ValueError, match="the moments of Majorana neutrinos are antisym"):
            moment(*matrices, mixing_row(), majorana=True)
    real = np.zeros((3, 3), dtype=np.complex128)
    real[0, 1], real[1, 0] = 1.0, -1.0
    with pytest.raises(ValueError, match="Hermitian"):
        moment(real, ZERO, mixing_row(), majorana=True)


def test_check_point_32_moment_of_a_dirac_neutrino() -> None:
    assert sm_dirac_moment_mu_b(1.0) == pytest.approx(3.202625e-19, rel=1e-6, abs=0)
    assert sm_dirac_moment_mu_b(0.05) == pytest.approx(0.05 * 3.202625e-19, rel=1e-6, abs=0)


def test_moment_of_a_dirac_neutrino_in_charges() -> None:
    """3 e G_F m / (8 sqrt2 pi^2) over e / (2 m_e), in eV."""
    moment_in_e_per_ev = 3 * 1.1663788e-23 * 1.0 / (8 * math.sqrt(2) * math.pi**2)
    expected = moment_in_e_per_ev * 2 * 0.51099895e6
    assert sm_dirac_moment_mu_b(1.0) == pytest.approx(expected, rel=1e-6, abs=0)


# Transition radii and charges: they add without interference


def test_check_point_6_transition_radius() -> None:
    """The increment, one flavour or the other."""
    for radii in ((1e-32, 0.0), (0.0, -1e-32)):
        with_it, without = (
            electron_cross_section_cm2_per_kev(3.0, 10.0, point, couplings())
            for point in (NeutrinoParameters(transition_r2=radii), NeutrinoParameters())
        )
        assert with_it - without == pytest.approx(4.861203e-51, rel=1e-5, abs=0)


def test_check_point_12_transition_radius() -> None:
    """The total, at 1e-31 cm^2."""
    found = nucleus_cross_section_cm2_per_kev(
        6.0,
        0.5,
        isotope("Ge-74"),
        NeutrinoParameters(transition_r2=(1e-31, 0.0)),
        couplings(),
        form_factor_name="unity",
    )
    assert found == pytest.approx(2.839876e-40, rel=1e-5, abs=0)


def test_transitions_weigh_the_squares_alone() -> None:
    """What is folded: q^2, r^2, q r of the same transition; nothing linear, no mixture of two."""
    nothing = monomials_at(NeutrinoParameters(), couplings())
    for q, r, wanted in (
        ((3e-12, 0.0), (0.0, 0.0), (9.0, 0.0, 0.0)),
        ((0.0, 0.0), (0.0, -2e-32), (0.0, 4.0, 0.0)),
        ((3e-12, 0.0), (-2e-32, 0.0), (9.0, 4.0, -6.0)),
        ((3e-12, 0.0), (0.0, -2e-32), (9.0, 4.0, 0.0)),
        ((3e-12, 1e-12), (1e-32, 2e-32), (10.0, 5.0, 5.0)),
    ):
        point = NeutrinoParameters(transition_q=q, transition_r2=r)
        added = monomials_at(point, couplings()) - nothing
        np.testing.assert_allclose(added[[3, 5, 6]], wanted, rtol=1e-12, atol=0)
        np.testing.assert_array_equal(added[[0, 1, 2, 4]], 0.0)


def test_transitions_written_out() -> None:
    """Section 1.9: G^2 m / (2 pi) |Q|^2 [1 + (1 - T/E)^2 - m T / E^2], no g_A."""
    alpha, m, g, hbarc = 7.2973525693e-3, 0.51099895, 1.1663788e-11, 197.3269804e-13
    energy, t = 2.0, 0.3
    for q, r in ((2e-12, 0.0), (0.0, 3e-31), (2e-12, 3e-31), (-2e-12, 3e-31)):
        charge = -math.sqrt(2) * math.pi * alpha / (g * m * t) * q
        charge += math.sqrt(2) * math.pi * alpha / (3 * g) * r / hbarc**2
        bracket = 1 + (1 - t / energy) ** 2 - m * t / energy**2
        expected = g**2 * m / (2 * math.pi) * charge**2 * bracket * hbarc**2 / 1e3
        point = NeutrinoParameters(transition_q=(0.0, q), transition_r2=(0.0, r))
        with_it, without = (
            electron_cross_section_cm2_per_kev(energy, 1e3 * t, p, couplings())
            for p in (point, NeutrinoParameters())
        )
        assert with_it - without == pytest.approx(expected, rel=1e-6, abs=0)
