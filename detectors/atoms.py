"""Atoms: subshell occupancies and binding energies, and the stepping factor made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from detectors.tables import FloatArray, as_float_array, shipped_rows

_TABLE = "atomic_shells.csv"
_ENERGY_COLUMNS = ("xraydb_4.5.8_eV", "EADL97(fisx)_eV")


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """An element's electrons: names, occupancies and binding energies of its subshells."""

    symbol: str
    z: int
    shells: tuple[str, ...]
    occupancy: FloatArray
    binding_kev: FloatArray

    def active_electrons(self, energy_kev: FloatArray | float) -> FloatArray:
        """Z_eff(T) = sum_b n_b theta(T - eps_b): electrons that an energy transfer T can free.

        The stepping approximation: Kopeikin et al., Phys. At. Nucl. 60, 1859 (1997); Kouzakov,
        Studenikin & Voloshin, Phys. Rev. D 83, 113001 (2011), arXiv:1101.4878.
        """
        energy = as_float_array(energy_kev)
        return np.asarray((energy[:, None] >= self.binding_kev) @ self.occupancy)


def known_elements() -> tuple[str, ...]:
    """Symbols of the elements whose subshells are shipped."""
    return tuple(dict.fromkeys(row["element"] for row in shipped_rows(_TABLE)))


@cache
def atom(symbol: str) -> Atom:
    """Subshells of an element: energies of xraydb, completed by EADL97; occupancies of xraylib.

    Raises
    ------
    ValueError
        for an element that is not in the shipped table.
    """
    rows = [row for row in shipped_rows(_TABLE) if row["element"] == symbol]
    if not rows:
        raise ValueError(
            f"element {symbol!r}: shells are shipped for {', '.join(known_elements())}"
        )
    energies_ev = [next(row[c] for c in _ENERGY_COLUMNS if row[c]) for row in rows]
    z = int(rows[0]["Z"])
    occupancy = np.array([float(row["occupancy(xraylib ElectronConfig)"]) for row in rows])
    return Atom(
        symbol=symbol,
        z=z,
        shells=tuple(row["shell"] for row in rows),
        occupancy=occupancy * (z / occupancy.sum()),
        binding_kev=np.array(energies_ev, dtype=np.float64) / 1e3,
    )
