"""Atoms: subshell occupancies and binding energies, and the stepping factor made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from detectors.tables import FloatArray, as_float_array, shipped_elements

_TABLE = "atomic_shells.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """An element's electrons: names, occupancies and binding energies of its subshells.

    sources says for each binding energy where it comes from: ``xraydb``, ``xraydb-mean``,
    ``EADL97`` or ``NIST`` (the first ionisation energy); detectors/data/SOURCES.md has the rule.
    """

    symbol: str
    z: int
    shells: tuple[str, ...]
    occupancy: FloatArray
    binding_kev: FloatArray
    sources: tuple[str, ...]

    def active_electrons(self, energy_kev: FloatArray | float) -> FloatArray:
        """Z_eff(T) = sum_b n_b theta(T - eps_b): electrons that an energy transfer T can free.

        The stepping approximation: Kopeikin et al., Phys. At. Nucl. 60, 1859 (1997); Kouzakov,
        Studenikin & Voloshin, Phys. Rev. D 83, 113001 (2011), arXiv:1101.4878.
        """
        energy = as_float_array(energy_kev)
        return np.asarray((energy[:, None] >= self.binding_kev) @ self.occupancy)


def known_elements() -> tuple[str, ...]:
    """Symbols of the elements whose subshells are shipped, by atomic number.

    They are the 84 elements up to uranium that have a natural isotopic composition.
    """
    return tuple(shipped_elements(_TABLE))


@cache
def atom(symbol: str) -> Atom:
    """Subshells of an element: energies of xraydb, completed by EADL97; occupancies of xraylib.

    Raises
    ------
    ValueError
        for an element that is not in the shipped table.
    """
    rows = shipped_elements(_TABLE).get(symbol)
    if rows is None:
        raise ValueError(
            f"element {symbol!r}: shells are shipped for {', '.join(known_elements())}"
        )
    z = int(rows[0]["z"])
    occupancy = np.array([float(row["occupancy"]) for row in rows])
    return Atom(
        symbol=symbol,
        z=z,
        shells=tuple(row["shell"] for row in rows),
        occupancy=occupancy * (z / occupancy.sum()),
        binding_kev=np.array([float(row["binding_ev"]) for row in rows]) / 1e3,
        sources=tuple(row["source"] for row in rows),
    )
