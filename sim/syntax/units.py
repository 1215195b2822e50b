"""Quantities written with their unit: "180 eV" for a key that ends in ``_kev`` is 0.18.

A key carries its unit at the end of its name; a text may give the value in any unit of the closed
table below.  Electron-equivalent and nuclear-recoil energies are different things, between which
only quenching converts: a key in keVee refuses "20 eVnr".  A plain eV, keV or MeV is taken as
what the key means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"({NUMBER})\s*([^\d\s.+-].*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a key: its symbol, and the factor to it from each unit that a text may have.

    confused names the units of another quantity, with what to say of them; carriers those whose
    size the detector says: electrons.
    """

    symbol: str
    factors: Mapping[str, str]
    confused: Mapping[str, str] = field(default_factory=dict)
    carriers: tuple[str, ...] = ()

    def converted(self, text: str, carrier: float | None = None) -> float:
        """The number that a text such as "1.5 kg" means in this unit, correctly rounded.

        carrier is the size of one electron in this unit, where the detector says it.

        Raises
        ------
        ValueError
            for a text without a number, or a unit that is not in the table.
        """
        found = _QUANTITY.fullmatch(text.strip())
        if found is None:
            example = next(iter(self.factors))
            raise ValueError(
                f"a number (in {self.symbol}) or a text with its unit, such as '1.5 {example}', "
                f"expected"
            )
        name = " ".join(found[2].split())
        if name in self.confused:
            raise ValueError(self.confused[name])
        if name in self.carriers and carrier is None:
            raise ValueError(
                f"{name}: the detector does not say what an electron is worth; "
                f"resolution.model = 'electrons' or 'ccd' does"
            )
        if name not in self.factors and name not in self.carriers:
            raise ValueError(f"unknown unit {name!r}; allowed: {', '.join(self.factors)}")
        factor = repr(carrier) if name in self.carriers else self.factors[name]
        try:
            return float(Decimal(found[1]) * Decimal(factor))
        except ArithmeticError:
            raise ValueError("the number is out of range") from None

    def factor(self, name: str) -> str:
        """The factor of a unit as the header of a table states it: also ``1/(keV kg day)``.

        Raises
        ------
        ValueError
            for a unit that is not in the table, or of another quantity.
        """
        plain = " ".join(name.split())
        if plain in self.confused:
            raise ValueError(self.confused[plain])
        if plain in self.factors:
            return self.factors[plain]
        wanted, found = _inverse(self.symbol), _inverse(plain)
        if not found or sorted(found) != sorted(wanted):
            raise ValueError(f"unit {plain!r}: allowed are {', '.join(self.factors)}")
        size = Decimal(1)
        for kind, per in found.items():
            size *= Decimal(wanted[kind]) / Decimal(per)
        return str(size)

    @property
    def pattern(self) -> str:
        """Regular expression of the texts that are accepted."""
        return rf"^\s*{NUMBER}\s*({'|'.join(map(re.escape, (*self.factors, *self.carriers)))})\s*$"


_INVERSE_PARTS = {
    "energy": {"eV": "1e-3", "keV": "1", "MeV": "1e3"},
    "mass": {"g": "1e-3", "kg": "1", "t": "1e3", "ton": "1e3", "tonne": "1e3"},
    "time": {
        **dict.fromkeys(("d", "day", "days"), "1"),
        **dict.fromkeys(("y", "yr", "year", "years"), "365.25"),
        "h": f"{Decimal(1) / Decimal(24)}",
        "s": f"{Decimal(1) / Decimal(86400)}",
    },
    "fission": {"fission": "1"},
}
_COUNTED = ("1", "counts", "count", "cts", "events", "evts", "neutrinos")


def _inverse(name: str) -> dict[str, str]:
    """Sizes by kind of what a rate is per: ``counts/keV/kg/d``, ``1/(t yr)``, ``keV^-1 kg^-1``.

    Empty for a text that is none.
    """
    words = re.sub(r"\^\{?[-−]1\}?|⁻¹|\*\*-1", " ", name.replace("·", " "))
    words, had_powers = re.sub(r"[/()*]|\bper\b", " ", words), words != name.replace("·", " ")
    if not had_powers and not re.search(r"/|\bper\b", name):
        return {}
    found: dict[str, str] = {}
    for word in words.split():
        kinds = [kind for kind, sizes in _INVERSE_PARTS.items() if word in sizes]
        if word in _COUNTED and not found:
            continue
        if not kinds or kinds[0] in found:
            return {}
        found[kinds[0]] = _INVERSE_PARTS[kinds[0]][word]
    return found


_POWERS = {"eV": 0, "keV": 3, "MeV": 6}


def _energy(
    symbol: str, kind: str, other: str, reason: str, carriers: tuple[str, ...] = ()
) -> Unit:
    """Energies in symbol, plain or marked with kind; those marked with other are refused."""
    factors = {
        f"{name}{mark}": f"1e{power - _POWERS[symbol.removesuffix(kind)]}"
        for mark in ("", kind)
        for name, power in _POWERS.items()
    }
    confused = {f"{name}{other}": reason for name in _POWERS} if other else {}
    return Unit(symbol, factors, confused, carriers)


_ELECTRON_KEV = _energy(
    "keV",
    "ee",
    "nr",
    "a nuclear-recoil energy, but this key is an electron-equivalent one: give keVee or keV",
    carriers=("e-", "electrons"),
)
_RECOIL_KEV = _energy(
    "keVnr",
    "nr",
    "ee",
    "an electron-equivalent energy, but this key is a nuclear-recoil one: give keVnr or keV",
)
_DAY_FACTORS = {
    "d": "1",
    "day": "1",
    "days": "1",
    "h": f"{Decimal(1) / Decimal(24)}",
    "hours": f"{Decimal(1) / Decimal(24)}",
    "weeks": "7",
    "y": "365.25",
    "years": "365.25",
}
_RATE_FACTORS = {
    "/keV/kg/day": "1",
    "/keV/kg/d": "1",
    "/kg/keV/d": "1",
    "cpd/kg/keV": "1",
    "dru": "1",
    "mdru": "1e-3",
    "/keV/t/d": "1e-3",
}

UNITS: Mapping[str, Unit] = {
    "rate_per_kev_kg_day": Unit("1/(keV kg day)", _RATE_FACTORS),
    "rate_per_kg_day": Unit("1/(kg day)", {"/kg/day": "1", "/kg/d": "1", "cpd/kg": "1"}),
    "_per_kev": Unit("1/keV", {"/keV": "1", "PE/keV": "1", "/MeV": "1e-3"}),
    "_g_cm3": Unit("g/cm³", {"g/cm3": "1", "kg/m3": "1e-3", "kg/l": "1"}),
    "_cm2_s": Unit("cm⁻² s⁻¹", {"/cm2/s": "1", "cm^-2 s^-1": "1", "/m2/s": "1e-4"}),
    "_electrons": Unit("electrons", {"electrons": "1", "e-": "1"}),
    "recoil_kev": _RECOIL_KEV,
    "_nr_kev": _RECOIL_KEV,
    "_kg_day": Unit("kg day", {"kg day": "1", "kg d": "1", "kg days": "1", "t d": "1e3"}),
    "days": Unit("days", _DAY_FACTORS),
    "_day": Unit("days", _DAY_FACTORS),
    "_kev": _ELECTRON_KEV,
    "_mev": _energy("MeV", "", "", ""),
    "_ev": _energy("eV", "", "", ""),
    "_gw": Unit("GW", {"GW": "1", "GWth": "1", "MW": "1e-3", "MWth": "1e-3", "kW": "1e-6"}),
    "_kg": Unit("kg", {"kg": "1", "g": "1e-3", "mg": "1e-6", "t": "1e3"}),
    "_m": Unit("m", {"m": "1", "cm": "1e-2", "km": "1e3"}),
}
"""Units by the end of a key, the longer ends first."""


def unit_of(key: str) -> Unit | None:
    """The unit of a key, or None for a pure number, a word or a table."""
    return next((unit for end, unit in UNITS.items() if key.endswith(end)), None)


def looks_like_a_quantity(text: str) -> bool:
    """True for a number followed by something, such as ``180 eV``."""
    return _QUANTITY.fullmatch(text.strip()) is not None


def in_key_units(
    data: Any,
    refused: dict[tuple[str, ...], str],
    path: tuple[str, ...] = (),
    electron_kev: float | None = None,
) -> Any:
    """Data of an experiment file with tuples for lists, and quantities in the units of their keys.

    A text that is no quantity of its key stays, and refused tells why, by path.  electron_kev is
    what an electron is worth.
    """
    if isinstance(data, dict):
        return {k: in_key_units(v, refused, (*path, k), electron_kev) for k, v in data.items()}
    if isinstance(data, list | tuple):
        parts = enumerate(data)
        return tuple(in_key_units(v, refused, (*path, str(i)), electron_kev) for i, v in parts)
    unit = next((unit_of(part) for part in reversed(path) if not part.isdigit()), None)
    if unit is None or not isinstance(data, str):
        return data
    try:
        return unit.converted(data, electron_kev)
    except ValueError as error:
        refused[path] = f"{error}, found {data!r}"
        return data


_PURE = Unit("1", {"1": "1", "fraction": "1", "%": "0.01", "percent": "0.01"})
_COUNTS = Unit("counts", {"counts": "1", "events": "1", "1": "1"})
_PER_FISSION = {"/MeV/fission": "1", "/MeV": "1", "/keV/fission": "1e3", "/keV": "1e3"}
_SPECTRUM = Unit(
    "1/(fission MeV)", {**_PER_FISSION, **{f"1{k}": v for k, v in _PER_FISSION.items()}}
)
_TABLE_COLUMNS: Mapping[str, Unit] = {
    **dict.fromkeys(("quenching_factor", "efficiency"), _PURE),
    **dict.fromkeys(("counts", "error"), _COUNTS),
    **dict.fromkeys(("total", "u235", "u238", "pu239", "pu241"), _SPECTRUM),
}


def unit_of_column(name: str) -> Unit:
    """The unit of a column of a table: that of a key of its name, or its own."""
    return _TABLE_COLUMNS.get(name) or unit_of(name) or UNITS["rate_per_kg_day"]
