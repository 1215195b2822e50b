"""Names of subshells and their quantum numbers."""

import pytest

from detectors.matter.atoms import atom, known_elements
from sim.cross_sections.atomic.subshells import Subshell, subshell


@pytest.mark.parametrize(
    ("name", "n", "l", "twice_j"),
    [("K", 1, 0, 1), ("L2", 2, 1, 1), ("L3", 2, 1, 3), ("M5", 3, 2, 5), ("N6", 4, 3, 5)],
)
def test_quantum_numbers(name: str, n: int, l: int, twice_j: int) -> None:  # noqa: E741
    found = subshell(name)
    assert (found.n, found.l, found.twice_j, found.nodes) == (n, l, twice_j, n - l - 1)


def test_kappa_has_the_sign_of_the_coupling() -> None:
    assert subshell("L2") == Subshell(2, 1)
    assert subshell("L3") == Subshell(2, -2)


def test_every_shipped_subshell_holds_its_electrons() -> None:
    for symbol in known_elements():
        for name, occupancy in zip(atom(symbol).shells, atom(symbol).occupancy, strict=True):
            assert 0 < occupancy <= subshell(name).twice_j + 1 + 1e-9


@pytest.mark.parametrize("name", ["", "J", "K2", "L4", "M0", "Lx", "1s"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="allowed are K, L1 to L3"):
        subshell(name)
