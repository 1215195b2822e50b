"""Materials: elements and compounds by chemical formula, as atoms and nuclei per kilogram."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from detectors.constants import AVOGADRO_PER_MOL
from detectors.matter.atoms import Atom, atom
from detectors.matter.nuclei import Isotope, natural_isotopes

_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_DOPANT = re.compile(r"\([A-Z][a-z]?\)$")
_SUM_TOLERANCE = 1e-6

Enrichment = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Constituent:
    """One element of a material."""

    atom: Atom
    isotopes: tuple[Isotope, ...]
    atoms_per_kg: float


@dataclass(frozen=True, slots=True)
class Material:
    """A target: its elements with their atoms per kilogram."""

    formula: str
    constituents: tuple[Constituent, ...]


def material(formula: str, isotopes: Enrichment | None = None) -> Material:
    """Material of a formula such as ``Ge``, ``CaWO4`` or ``CsI(Tl)`` (the dopant is dropped).

    Parameters
    ----------
    isotopes
        the composition of elements that are not natural, as fractions of their atoms by mass
        number: ``{"Ge": {76: 0.86, 74: 0.14}}``.

    Raises
    ------
    ValueError
        for a formula that cannot be read, an element without shipped data, or a composition that
        names an unknown isotope, an element outside the formula, or does not add up to 1.
    """
    counts = parse_formula(formula)
    composition = {symbol: natural_isotopes(symbol) for symbol in counts}
    for symbol, fractions in (isotopes or {}).items():
        if symbol not in counts:
            raise ValueError(f"isotopes of {symbol!r}: not an element of material {formula!r}")
        composition[symbol] = enriched_isotopes(symbol, fractions)
    molar_mass_u = sum(
        count * sum(i.abundance * i.atomic_mass_u for i in composition[symbol])
        for symbol, count in counts.items()
    )
    units_per_kg = 1e3 * AVOGADRO_PER_MOL / molar_mass_u
    return Material(
        formula,
        tuple(
            Constituent(atom(symbol), composition[symbol], count * units_per_kg)
            for symbol, count in counts.items()
        ),
    )


def enriched_isotopes(symbol: str, fractions: Mapping[int, float]) -> tuple[Isotope, ...]:
    """Isotopes of an element with the given fractions of its atoms, by mass number.

    Fractions of zero are dropped; the rest is scaled to a sum of exactly 1.

    Raises
    ------
    ValueError
        for a mass number that is not a natural isotope, a fraction outside 0 to 1, or a sum that
        is not 1 within 1e-6.
    """
    known = {i.a: i for i in natural_isotopes(symbol)}
    for a, fraction in fractions.items():
        if a not in known:
            names = ", ".join(f"{symbol}-{mass_number}" for mass_number in known)
            raise ValueError(f"isotope {symbol}-{a}: natural isotopes of {symbol} are {names}")
        if not 0 <= fraction <= 1:
            raise ValueError(f"isotope {symbol}-{a}: a fraction from 0 to 1 expected, {fraction:g}")
    total = sum(fractions.values())
    if not abs(total - 1) <= _SUM_TOLERANCE:
        raise ValueError(f"isotopes of {symbol!r}: fractions must add up to 1, found {total:.9g}")
    return tuple(
        replace(known[a], abundance=fraction / total)
        for a, fraction in sorted(fractions.items())
        if fraction > 0
    )


def parse_formula(formula: str) -> dict[str, int]:
    """Atoms of each element in a formula unit: ``Al2O3`` gives ``{"Al": 2, "O": 3}``.

    Raises
    ------
    ValueError
        for anything but element symbols with counts and at most one dopant in parentheses at the
        end: groups such as ``Ca(WO4)`` are written out.
    """
    plain = _DOPANT.sub("", formula)
    if not _FORMULA.fullmatch(plain):
        raise ValueError(f"material {formula!r}: a formula such as Ge, CaWO4 or CsI(Tl) expected")
    counts: dict[str, int] = {}
    for symbol, number in re.findall(r"([A-Z][a-z]?)(\d*)", plain):
        count = int(number or 1)
        if count == 0:
            raise ValueError(f"material {formula!r}: {symbol} stands with 0 atoms")
        counts[symbol] = counts.get(symbol, 0) + count
    return counts
