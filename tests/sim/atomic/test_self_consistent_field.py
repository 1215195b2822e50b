"""Self-consistent energies: two calculations of the same model, and what the potential must be."""

import numpy as np
import pytest

from detectors.matter.atoms import atom
from detectors.tables import shipped_elements
from sim.cross_sections.atomic.self_consistent_field import AtomicField, self_consistent_field

HARTREE_EV = 27.211386245981
# Dirac-Hartree-Fock-Slater energies in eV, from a prototype written before.
GERMANIUM = (11066.9, 1402.4, 1255.5, 1222.7, 179.3, 129.4, 125.0, 38.8, 38.2, 14.8, 6.5, 6.3)
SILICON = (1828.5, 151.6, 108.7, 108.0, 13.6, 6.6, 6.5)
ARGON = (3177.6, 313.4, 249.4, 247.1, 28.9, 14.6, 14.4)
# Not relativistic (Hartree-Fock-Slater): 1s 2s 2p 3s 3p 3d 4s 4p of germanium.
GERMANIUM_SLOW = {
    "K": 10909.8,
    "L1": 1367.5,
    "L2": 1225.3,
    "L3": 1225.3,
    "M1": 173.7,
    "M3": 125.2,
    "M5": 39.4,
    "N1": 14.4,
    "N3": 6.4,
}


def energies_ev(field: AtomicField) -> np.ndarray:
    return np.array([-HARTREE_EV * orbital.energy for orbital in field.orbitals.values()])


@pytest.mark.parametrize(
    ("symbol", "expected"), [("Ge", GERMANIUM), ("Si", SILICON), ("Ar", ARGON), ("He", (23.4,))]
)
def test_energies_of_the_prototype(symbol: str, expected: tuple[float, ...]) -> None:
    found = energies_ev(self_consistent_field(atom(symbol)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.06)


@pytest.mark.parametrize(
    ("symbol", "rtol"),
    [("He", 6e-4), ("Na", 6e-4), ("Ar", 6e-4), ("Ge", 6e-4), ("Xe", 6e-4), ("W", 1.2e-3)],
)
def test_energies_of_eadl(symbol: str, rtol: float) -> None:
    """EADL97, Livermore's own Dirac-Hartree-Fock-Slater calculation, shipped with the shells."""
    rows = shipped_elements("atomic_shells.csv")[symbol]
    livermore = np.array([float(row["eadl97_ev"]) for row in rows])
    found = energies_ev(self_consistent_field(atom(symbol)))
    np.testing.assert_allclose(found, livermore, rtol=rtol, atol=0.2)


def test_hydrogen_feels_its_nucleus_alone() -> None:
    field = self_consistent_field(atom("H"))
    assert field.orbitals["K"].energy == pytest.approx(-0.5, rel=2e-5)


def test_slow_light_is_the_limit_without_relativity() -> None:
    field = self_consistent_field(atom("Ge"), speed_of_light=1e4)
    for name, expected in GERMANIUM_SLOW.items():
        assert -HARTREE_EV * field.orbitals[name].energy == pytest.approx(expected, abs=0.15)


def test_the_potential_ends_as_that_of_an_ion() -> None:
    field = self_consistent_field(atom("Xe"))
    radius = np.array([1e-7, 20.0, 50.0, 1e3])
    np.testing.assert_allclose(-field.potential(radius) * radius, [54, 1, 1, 1], rtol=2e-4)


def test_exchange_binds() -> None:
    slater, kohn_sham = (self_consistent_field(atom("Si"), exchange=x) for x in (1.0, 2 / 3))
    assert np.all(energies_ev(slater) > energies_ev(kohn_sham))


def test_orbitals_are_orthogonal() -> None:
    field = self_consistent_field(atom("Ge"))
    s = [field.orbitals[name] for name in ("K", "L1", "M1", "N1")]
    for i, one in enumerate(s):
        for other in s[:i]:
            product = one.large * other.large + one.small * other.small
            assert abs(np.sum(product * field.grid.slope)) < 2e-6
