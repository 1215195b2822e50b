"""Moments in the mass basis by named elements, what a reactor sees of them, limits on them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.neutrinos.mass_basis import mass_basis_limit
from sim.neutrinos.moment_matrix import MomentMatrix
from sim.neutrinos.moments_section import MomentsConfig
from sim.neutrinos.reactor_moment import moment_at_reactor_mu_b

# Daya Bay 2018, normal ordering (PRL 121, 241805), and solar: sin^2 2 theta.
SIN2_2THETA12, SIN2_2THETA13 = 0.851, 0.0856
S12, S13 = (math.sin(math.asin(math.sqrt(x)) / 2) for x in (SIN2_2THETA12, SIN2_2THETA13))
C12, C13 = math.sqrt(1 - S12**2), math.sqrt(1 - S13**2)
U = np.array([C12 * C13, S12 * C13, S13])


def test_the_matrices_have_the_symmetry_of_their_kind() -> None:
    magnetic, electric = MomentMatrix("majorana", {"12": 2.0, "23": -1.0}, {"13": 3.0}).matrices()
    for matrix in (magnetic, electric):
        np.testing.assert_array_equal(matrix, -matrix.T)
        np.testing.assert_array_equal(matrix, matrix.conj().T)
    assert magnetic[0, 1] == 2j
    assert magnetic[1, 2] == -1j
    dirac, _ = MomentMatrix("dirac", {"11": 1.0, "13": 1 + 2j}).matrices()
    np.testing.assert_array_equal(dirac, dirac.conj().T)
    assert (dirac[0, 0], dirac[0, 2], dirac[2, 0]) == (1.0, 1 + 2j, 1 - 2j)


@pytest.mark.parametrize(("element", "expected"), [("12", (0, 1)), ("13", (0, 2)), ("23", (1, 2))])
def test_one_transition_moment_alone(element: str, expected: tuple[int, int]) -> None:
    """mu_eff = mu_ik sqrt(|U_ei|^2 + |U_ek|^2), whatever the phases (Giunti & Studenikin 2015)."""
    found = moment_at_reactor_mu_b(MomentMatrix("majorana", {element: 1e-11}))
    wanted = 1e-11 * math.hypot(*U[list(expected)])
    assert found == pytest.approx(wanted, rel=2e-3)


def test_a_diagonal_moment_is_that_of_the_component() -> None:
    found = moment_at_reactor_mu_b(MomentMatrix("dirac", {"22": 1e-11}))
    assert found == pytest.approx(1e-11 * U[1], rel=2e-3)


def test_distance_and_energy_hardly_matter_at_reactors() -> None:
    matrix = MomentMatrix("dirac", {"11": 1e-11, "12": 2e-11j, "13": 1e-11})
    near = moment_at_reactor_mu_b(matrix)
    for energy in (1.8, 3.0, 8.0):
        assert moment_at_reactor_mu_b(matrix, 30.0, energy) == pytest.approx(near, rel=1e-2)
    assert moment_at_reactor_mu_b(matrix, 1500.0, 3.0) != pytest.approx(near, rel=1e-2)


def test_the_cp_phase_counts_where_elements_interfere() -> None:
    matrix = MomentMatrix("dirac", {"11": 1e-11, "13": 1e-11})
    plus, minus = (moment_at_reactor_mu_b(matrix, delta_cp=d) for d in (0.0, math.pi))
    expected = [abs(U[0] + sign * U[2]) ** 2 + U[0] ** 2 for sign in (1, -1)]
    assert plus / minus == pytest.approx(math.sqrt(expected[0] / expected[1]), rel=1e-3)


def test_limits_of_elements_alone() -> None:
    stated = MomentMatrix("majorana", {"12": 1e-11, "13": 3e-11, "23": 0.0})
    found = mass_basis_limit(stated, 4e-11, 14.0)
    assert found.scale * found.effective_mu_b == pytest.approx(4e-11)
    assert set(found.magnetic) == {"12", "13"}
    one = MomentMatrix("majorana", {"13": found.magnetic["13"]})
    assert moment_at_reactor_mu_b(one, 14.0) == pytest.approx(4e-11, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "elements", "message"),
    [
        ("majorana", {"11": 1.0}, "moment '11' of a majorana neutrino: allowed are 12, 13, 23"),
        ("majorana", {"12": 1j}, "moment '12' of a majorana neutrino must be real"),
        ("dirac", {"22": 1j}, "moment '22' of a dirac neutrino must be real"),
        ("dirac", {"21": 1.0}, "moment '21' of a dirac neutrino: allowed are 11, 22"),
        ("weyl", {"12": 1.0}, "kind 'weyl': allowed are dirac, majorana"),
    ],
)
def test_what_no_neutrino_has_is_refused(
    kind: str, elements: dict[str, complex], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        MomentMatrix(kind, elements)


def test_the_section_of_the_experiment_file() -> None:
    section = MomentsConfig(kind="dirac", magnetic={"12": (1e-11, 2e-12)}, electric={"11": 3e-12})
    assert section.matrix() == MomentMatrix("dirac", {"12": 1e-11 + 2e-12j}, {"11": 3e-12})
    with pytest.raises(ValueError, match="at least one element"):
        MomentsConfig(magnetic={"12": 0.0})
