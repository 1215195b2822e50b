"""Materials: elements and compounds by chemical formula, as atoms and nuclei per kilogram."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scipy import constants

from detectors.atoms import Atom, atom
from detectors.nuclei import Isotope, natural_isotopes

_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_DOPANT = re.compile(r"\([A-Z][a-z]?\)$")


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


def material(formula: str) -> Material:
    """Material of a formula such as ``Ge``, ``CaWO4`` or ``CsI(Tl)`` (the dopant is dropped).

    Raises
    ------
    ValueError
        for a formula that cannot be read or an element without shipped data.
    """
    counts = parse_formula(formula)
    isotopes = {symbol: natural_isotopes(symbol) for symbol in counts}
    molar_mass_u = sum(
        count * sum(i.abundance * i.atomic_mass_u for i in isotopes[symbol])
        for symbol, count in counts.items()
    )
    units_per_kg = 1e3 * constants.Avogadro / molar_mass_u
    return Material(
        formula,
        tuple(
            Constituent(atom(symbol), isotopes[symbol], count * units_per_kg)
            for symbol, count in counts.items()
        ),
    )


def parse_formula(formula: str) -> dict[str, int]:
    """Atoms of each element in a formula unit: ``Al2O3`` gives ``{"Al": 2, "O": 3}``."""
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
