"""Headers of tables: names of columns, their units, and what comments say of them.

``energy [keV]``, ``E/eV`` and ``energy_ev`` mean the column ``energy_kev``, in a unit of the closed
table of ``sim.syntax.units``: its numbers are converted.  A unit that contradicts its column is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fluxes.table_cells import LONGEST_NAME
from sim.syntax.units import unit_of_column

_WITH_BRACKETS = re.compile(r"(.*?)\s*(?:\[(.*)\]|\((.*)\))")
_ALIASES = {"e": "energy", "recoil_energy": "recoil", "quenching": "quenching_factor"}
_STEMS = {"rate_per_kev_kg_day": "rate"}
_ENERGY_ENDS = ("ev", "kev", "mev")
_ENERGY = re.compile(r"(?<![\w.])(?<!\d\s)([kM]?eV)(?:ee|nr)?(?!\w)")
_PERCENT = re.compile(r"(?<!\d)(?<!\d\s)(?:%|\bpercent\b)")
_RATES = re.compile(r"\b(tonnes?|tons?|years?|yr|mdru)\b")
_COUNTS = re.compile(r"\b(events|counts)\b(?!.*kg)")
_IN_BRACKETS = re.compile(r"[\[(]\s*([kM]?eV|%|percent)\s*[\])]")


class TableHeaders:
    """What the names in the header of a table with some known columns mean."""

    def __init__(self, *columns: str) -> None:
        self._columns = columns
        self._by_stem = {_stem(name): name for name in columns}

    def column(self, cell: str) -> tuple[str, str]:
        """Name of the column that a header's cell means, and the factor of its numbers.

        Raises
        ------
        ValueError
            for a unit that is unknown, or another than a name with a unit says.
        """
        if cell in self._columns or len(cell) > LONGEST_NAME:
            return cell, "1"
        name, unit = _parted(cell)
        if name in self._columns:
            factor = self._factor(name, unit, cell) if unit else "1"
            if _stem(name) != name and float(factor) != 1:
                raise ValueError(
                    f"column {cell!r} contradicts itself: {name!r} is in "
                    f"{unit_of_column(name).symbol}; '{_stem(name)} [{unit}]' would be converted"
                )
            return name, factor
        stem = name.lower().replace(" ", "_")
        known = self._by_stem.get(_ALIASES.get(stem, stem))
        if known is not None and unit:
            return known, self._factor(known, unit, cell)
        if known is not None and unit_of_column(known).symbol == "1":
            return known, "1"
        return self._with_energy_end(stem) or (cell, "1")

    def check_comments(self, comments: Sequence[str], *, named: bool) -> None:
        """ValueError if a comment states units in which the columns are not.

        named: there is a header line; then only units in brackets count.
        """
        text = "\n".join(comments)
        stated = set(_IN_BRACKETS.findall(text) if named else _ENERGY.findall(text))
        wanted = {_end(name) for name in self._columns if _end(name)}
        energies = {unit for unit in stated if unit.endswith("eV")}
        if energies and not energies & wanted:
            self._contradicted(min(energies), f"in {min(wanted)}")
        pure = any(unit_of_column(name).symbol == "1" for name in self._columns)
        if pure and ("%" in stated or "percent" in stated or (not named and _PERCENT.search(text))):
            self._contradicted("percent", "a fraction from 0 to 1")
        rate = _RATES.search(text) or _COUNTS.search(text)
        if rate and not named and "rate_per_kev_kg_day" in self._columns:
            self._contradicted(rate[0], "rate_per_kev_kg_day, in 1/(keV kg day)")

    def _contradicted(self, said: str, is_in: str) -> None:
        examples = ", ".join(f"{_stem(name)} [...]" for name in self._columns[:2])
        raise ValueError(
            f"the comment above says {said}, the column is {is_in}: a header line with units, "
            f"such as '{examples}', has it converted"
        )

    def _factor(self, name: str, unit: str, cell: str) -> str:
        try:
            return unit_of_column(name).factor(unit)
        except ValueError as error:
            raise ValueError(f"column {cell!r}: {error}") from None

    def _with_energy_end(self, name: str) -> tuple[str, str] | None:
        """energy_ev for the column energy_kev."""
        stem, _, end = name.rpartition("_")
        known = self._by_stem.get(_ALIASES.get(stem, stem))
        if known is None or end not in _ENERGY_ENDS:
            return None
        unit = {"ev": "eV", "kev": "keV", "mev": "MeV"}[end]
        return known, unit_of_column(known).factor(unit)


def _parted(cell: str) -> tuple[str, str]:
    """Name and unit of "name [unit]", "name (unit)" or "name/unit"; no unit: ""."""
    found = _WITH_BRACKETS.fullmatch(cell)
    if found:
        return found[1], (found[2] or found[3] or "").strip()
    name, _, unit = cell.partition("/")
    return name.strip(), unit.strip()


def _stem(name: str) -> str:
    """energy of energy_kev."""
    stem, _, end = name.rpartition("_")
    return _STEMS.get(name) or (stem if end in _ENERGY_ENDS else name)


def _end(name: str) -> str:
    """keV of energy_kev; "" of a column that is no energy."""
    end = name.rpartition("_")[2]
    return {"kev": "keV", "mev": "MeV", "ev": "eV"}.get(end, "")
