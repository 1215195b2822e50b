"""Media: formula units in space, isotopes, densities known, given and missing."""

from __future__ import annotations

import pytest

from detectors.matter.materials import material
from sim.cross_sections.dielectric.media import medium, units_per_kg


def test_formula_units_and_plasma_energies() -> None:
    """rho N_A / A, and hbar omega_p of all electrons: 44.131 eV in Ge, 31.048 eV in Si."""
    germanium, silicon = medium(material("Ge")), medium(material("Si"))
    assert germanium.units_per_cm3 == pytest.approx(5.3234 * 6.02214076e23 / 72.630, rel=1e-4)
    assert germanium.plasma_energy_squared_ev2**0.5 == pytest.approx(44.131, abs=1e-3)
    assert silicon.plasma_energy_squared_ev2**0.5 == pytest.approx(31.048, abs=1e-3)
    assert (germanium.electrons, germanium.floor_ev) == (32, 0.0)


def test_a_dopant_or_another_order_is_the_same_medium() -> None:
    for formula in ("CsI(Tl)", "ICs"):
        found = medium(material(formula))
        assert (found.name, found.electrons, found.floor_ev) == ("CsI", 108, 100.0)
    assert medium(material("Xe")).floor_ev == 50.0


def test_enriched_germanium_has_as_many_atoms_in_a_volume() -> None:
    enriched = material("Ge", {"Ge": {76: 0.87, 74: 0.13}})
    assert medium(enriched).units_per_cm3 == medium(material("Ge")).units_per_cm3
    heavier = units_per_kg(material("Ge")) / units_per_kg(enriched)
    assert heavier == pytest.approx(75.66 / 72.63, rel=1e-3)
    assert medium(enriched, 5.3234 * heavier).units_per_cm3 == pytest.approx(
        medium(enriched).units_per_cm3, rel=1e-12
    )


def test_a_density_may_be_given_and_must_be_where_none_is_known() -> None:
    assert medium(material("Ge"), 2.6617).units_per_cm3 == pytest.approx(
        medium(material("Ge")).units_per_cm3 / 2, rel=1e-12
    )
    with pytest.raises(ValueError, match=r"'Al2O3'.*Ge, Si, Xe.*density_g_cm3"):
        medium(material("Al2O3"))
    sapphire = medium(material("Al2O3"), 3.98)
    assert (sapphire.electrons, sapphire.floor_ev) == (50, 100.0)
    assert sapphire.units_per_cm3 == pytest.approx(3.98 * 6.02214076e23 / 101.961, rel=1e-4)
