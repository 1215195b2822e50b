"""Formulas, and a kilogram that weighs a kilogram."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.matter.atoms import known_elements
from detectors.matter.materials import enriched_isotopes, material, parse_formula
from detectors.matter.nuclei import isotope, natural_isotopes

FORMULAS = [
    *("Ge", "Si", "CaWO4", "Al2O3", "CsI(Tl)", "NaI(Tl)", "CF4", "ZnWO4", "TeO2", "Xe", "He"),
    *("LiF", "C3F8", "Ar", "H2O", "C6H12", "CaF2(Eu)", "Li2MoO4", "PbWO4", "Bi4Ge3O12", "BaF2"),
    *("Gd2SiO5", "LaBr3(Ce)", "GaAs", "CdTe", "HgI2", "TiO2", "MgB2", "BeO", "SF6", "NaKFeCuAgSnU"),
]
ATOMIC_MASS_KG = 1.66053906892e-27
GERMANIUM_76 = {76: 0.86, 74: 0.14}


def test_check_point_31() -> None:
    (germanium,) = material("Ge").constituents
    assert germanium.atoms_per_kg == pytest.approx(8.291551e24, rel=1e-6)
    assert germanium.atom.symbol == "Ge"
    assert [i.a for i in germanium.isotopes] == [70, 72, 73, 74, 76]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_kilogram_weighs_a_kilogram(formula: str) -> None:
    mass = sum(
        c.atoms_per_kg * i.abundance * i.atomic_mass_u * ATOMIC_MASS_KG
        for c in material(formula).constituents
        for i in c.isotopes
    )
    assert mass == pytest.approx(1.0, rel=1e-8)


@pytest.mark.parametrize("formula", FORMULAS)
def test_molar_mass_against_periodictable(formula: str) -> None:
    """periodictable's own parser; standard atomic weights, so to 3e-4 only (lithium: 1.5e-3)."""
    table = importlib.import_module("periodictable")
    molar_mass = table.formula(formula.partition("(")[0]).mass
    counts = parse_formula(formula)
    for c in material(formula).constituents:
        expected = counts[c.atom.symbol] * 6.02214076e26 / molar_mass
        tolerance = 1.5e-3 if "Li" in formula else 3e-4
        assert c.atoms_per_kg == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize(
    ("formula", "counts"),
    [
        ("Ge", {"Ge": 1}),
        ("Al2O3", {"Al": 2, "O": 3}),
        ("CaWO4", {"Ca": 1, "W": 1, "O": 4}),
        ("CsI(Tl)", {"Cs": 1, "I": 1}),
        ("CF4", {"C": 1, "F": 4}),
        ("LiF", {"Li": 1, "F": 1}),
        ("C3F8", {"C": 3, "F": 8}),
        ("NaI(Tl)", {"Na": 1, "I": 1}),
        ("C18O1O2", {"C": 18, "O": 3}),
    ],
)
def test_formulas(formula: str, counts: dict[str, int]) -> None:
    assert parse_formula(formula) == counts


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    counts=st.dictionaries(
        st.sampled_from(known_elements()), st.integers(1, 120), min_size=1, max_size=5
    )
)
def test_formula_round_trip(counts: dict[str, int]) -> None:
    formula = "".join(f"{symbol}{n if n > 1 else ''}" for symbol, n in counts.items())
    assert parse_formula(formula) == counts
    found = {c.atom.symbol: c.atoms_per_kg for c in material(formula).constituents}
    first = next(iter(counts))
    for symbol, n in counts.items():
        assert found[symbol] / found[first] == pytest.approx(n / counts[first], rel=1e-13)


@pytest.mark.parametrize(
    "formula", ["", "ge", "Ge ", "(Tl)", "2Ge", "Ca(WO4)", "Ge-74", "Ge0.5", "Na+", "Ge\n"]
)
def test_unreadable_formula(formula: str) -> None:
    with pytest.raises(ValueError, match=r"^material '.*': a formula such as Ge, CaWO4 or CsI"):
        parse_formula(formula)


def test_no_atoms() -> None:
    with pytest.raises(ValueError, match=r"material 'GeO0': O stands with 0 atoms"):
        parse_formula("GeO0")


def test_element_without_data() -> None:
    with pytest.raises(ValueError, match=r"element 'Tc': isotopes are shipped for H, He, Li"):
        material("TcO4")


def test_enriched_germanium() -> None:
    """Fewer and heavier atoms in a kilogram; masses of Ge-74 and Ge-76 from AME 2020."""
    (found,) = material("Ge", {"Ge": GERMANIUM_76}).constituents
    assert [(i.a, i.abundance) for i in found.isotopes] == [(74, 0.14), (76, 0.86)]
    mass_u = 0.14 * 73.921177761 + 0.86 * 75.921402725
    assert found.atoms_per_kg == pytest.approx(6.02214076e26 / mass_u, rel=1e-9)
    assert found.isotopes[1].mass_mev == isotope("Ge-76").mass_mev
    assert found.isotopes[1].charge_radius_fm == isotope("Ge-76").charge_radius_fm
    (natural,) = material("Ge").constituents
    assert sum(i.abundance for i in natural.isotopes) == pytest.approx(1.0, rel=1e-14)
    assert natural.atoms_per_kg > found.atoms_per_kg


def test_the_natural_fractions_give_the_natural_material() -> None:
    natural = material("CaWO4")
    fractions = {
        c.atom.symbol: {i.a: i.abundance for i in c.isotopes} for c in natural.constituents
    }
    for found, expected in zip(
        material("CaWO4", fractions).constituents, natural.constituents, strict=True
    ):
        assert found.atom is expected.atom
        assert found.atoms_per_kg == pytest.approx(expected.atoms_per_kg, rel=1e-14)
        for i, j in zip(found.isotopes, expected.isotopes, strict=True):
            assert i.a == j.a
            assert i.abundance == pytest.approx(j.abundance, rel=1e-14)


def test_one_enriched_element_of_a_compound() -> None:
    """Lithium-6 fluoride: 1 / (6.0151 + 18.9984); fluorine keeps its one isotope."""
    lithium, fluorine = material("LiF", {"Li": {6: 0.95, 7: 0.05}}).constituents
    assert lithium.atoms_per_kg == fluorine.atoms_per_kg
    mass_u = 0.95 * 6.0151228874 + 0.05 * 7.0160034342 + 18.9984031621
    assert lithium.atoms_per_kg == pytest.approx(6.02214076e26 / mass_u, rel=1e-8)
    assert fluorine.isotopes == natural_isotopes("F")


def test_fractions_are_scaled_and_empty_ones_dropped() -> None:
    found = enriched_isotopes("Ge", {76: 0.8600004, 70: 0.0, 74: 0.14})
    assert [i.a for i in found] == [74, 76]
    assert sum(i.abundance for i in found) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize(
    ("isotopes", "message"),
    [
        ({"Ge": {76: 0.86}}, r"isotopes of 'Ge': fractions must add up to 1, found 0\.86"),
        ({"Ge": {}}, r"isotopes of 'Ge': fractions must add up to 1, found 0"),
        (
            {"Ge": {76: 0.86, 75: 0.14}},
            r"isotope Ge-75: natural isotopes of Ge are Ge-70, Ge-72, Ge-73, Ge-74, Ge-76",
        ),
        ({"Ge": {76: 1.2, 74: -0.2}}, r"isotope Ge-76: a fraction from 0 to 1 expected, 1\.2"),
        ({"Ge": {76: float("nan")}}, r"isotope Ge-76: a fraction from 0 to 1 expected, nan"),
        ({"Si": {28: 1.0}}, r"isotopes of 'Si': not an element of material 'Ge'"),
    ],
)
def test_impossible_compositions(isotopes: dict[str, dict[int, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        material("Ge", isotopes)
