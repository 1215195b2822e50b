"""Subshells against xraydb and the stepping factor against the physics page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.atoms import atom, known_elements

# xraydb 4.5.8 has no entry for these: EADL97 (free atoms) stands in, in eV.
COMPLETED_BY_EADL97 = {
    ("Na", "M1"): 5.15,
    ("Ca", "N1"): 5.45,
    ("Zn", "N1"): 8.61,
    ("Cs", "P1"): 3.69,
    ("W", "O4"): 8.27,
    ("W", "O5"): 7.41,
    ("W", "P1"): 7.7,
}


def test_check_point_30() -> None:
    """Z_eff of germanium between the edges, in keV."""
    found = atom("Ge").active_electrons(np.array([12, 5, 1.3, 1.23, 0.5, 0.15, 0.1, 0.02]))
    np.testing.assert_allclose(found, [32, 30, 28, 26, 22, 20, 14, 4], rtol=1e-12)


@pytest.mark.parametrize(
    ("edge_kev", "below", "above"),
    [
        (11.103, 30, 32),
        (1.4146, 28, 30),
        (1.2481, 26, 28),
        (1.2170, 22, 26),
        (0.1801, 20, 22),
        (0.1249, 18, 20),
        (0.1208, 14, 18),
        (0.0298, 10, 14),
        (0.0292, 4, 10),
    ],
)
def test_steps_of_germanium(edge_kev: float, below: int, above: int) -> None:
    """Section 3: Z_eff on both sides of each edge."""
    found = atom("Ge").active_electrons(edge_kev + np.array([-1e-9, 1e-9]))
    np.testing.assert_allclose(found, [below, above], rtol=1e-12)


def test_an_edge_belongs_to_the_open_side() -> None:
    germanium = atom("Ge")
    below = germanium.active_electrons(np.nextafter(germanium.binding_kev, 0))
    np.testing.assert_array_less(below, germanium.active_electrons(germanium.binding_kev))


def test_xenon_between_l3_and_l2() -> None:
    """48 electrons (a public code has 47)."""
    assert atom("Xe").active_electrons(4.9)[0] == pytest.approx(48, rel=1e-12)


@pytest.mark.parametrize("element", known_elements())
def test_occupancies_sum_to_z(element: str) -> None:
    table = pytest.importorskip("periodictable")
    found = atom(element)
    assert found.z == table.elements.symbol(element).number
    assert found.occupancy.sum() == pytest.approx(found.z, rel=1e-14)
    assert np.all(found.occupancy > 0)
    assert found.active_electrons(1e3)[0] == pytest.approx(found.z, rel=1e-14)


@pytest.mark.parametrize("element", known_elements())
def test_filled_subshells(element: str) -> None:
    """At most 2 j + 1 electrons each, and exactly so in K and L of the heavy elements."""
    capacity = {"1": 2, "2": 2, "3": 4, "4": 4, "5": 6, "6": 6, "7": 8}
    found = atom(element)
    for shell, electrons in zip(found.shells, found.occupancy, strict=True):
        full = capacity[shell[1:] or "1"]
        assert electrons <= full * (1 + 1e-4)
        if found.z > 10 and shell[0] in "KL":
            assert electrons == pytest.approx(full, rel=1e-12)


@pytest.mark.parametrize("element", known_elements())
def test_binding_energies(element: str) -> None:
    """xraydb's where it has one, EADL97's in the seven shells it lacks."""
    edges = pytest.importorskip("xraydb").xray_edges(element)
    found = atom(element)
    for shell, binding in zip(found.shells, found.binding_kev, strict=True):
        if (element, shell) in COMPLETED_BY_EADL97:
            assert shell not in edges
            expected = COMPLETED_BY_EADL97[element, shell]
        else:
            expected = edges[shell].energy
        assert 1e3 * binding == pytest.approx(expected, rel=1e-9), shell


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    element=st.sampled_from(known_elements()),
    energies=st.lists(st.floats(0.0, 100.0), min_size=2, max_size=20),
)
def test_active_electrons_is_a_sum_over_open_shells(element: str, energies: list[float]) -> None:
    """Written out with loops; never falling with energy."""
    found = atom(element)
    energy = np.sort(energies)
    expected = [
        sum(n for n, b in zip(found.occupancy, found.binding_kev, strict=True) if b <= e)
        for e in energy
    ]
    active = found.active_electrons(energy)
    np.testing.assert_allclose(active, expected, rtol=1e-13)
    assert np.all(np.diff(active) >= 0)


def test_unknown_element() -> None:
    with pytest.raises(ValueError, match=r"element 'Pb': shells are shipped for He, C, .*, W$"):
        atom("Pb")
