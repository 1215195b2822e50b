"""Formulas, and a kilogram that weighs a kilogram."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.atoms import known_elements
from detectors.materials import material, parse_formula

FORMULAS = ["Ge", "Si", "CaWO4", "Al2O3", "CsI(Tl)", "NaI", "CF4", "ZnWO4", "TeO2", "Xe", "He"]
ATOMIC_MASS_KG = 1.66053906892e-27


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
    """periodictable's own parser; standard atomic weights, so to 2e-4 only."""
    table = pytest.importorskip("periodictable")
    molar_mass = table.formula(formula.removesuffix("(Tl)")).mass
    counts = parse_formula(formula)
    for c in material(formula).constituents:
        expected = counts[c.atom.symbol] * 6.02214076e26 / molar_mass
        assert c.atoms_per_kg == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize(
    ("formula", "counts"),
    [
        ("Ge", {"Ge": 1}),
        ("Al2O3", {"Al": 2, "O": 3}),
        ("CaWO4", {"Ca": 1, "W": 1, "O": 4}),
        ("CsI(Tl)", {"Cs": 1, "I": 1}),
        ("CF4", {"C": 1, "F": 4}),
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
    with pytest.raises(ValueError, match=r"element 'Pb': isotopes are shipped for He, C, O"):
        material("PbWO4")
