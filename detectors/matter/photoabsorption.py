"""Photoabsorption cross sections of atoms, for the equivalent-photon approximation."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from detectors.tables import FloatArray, as_float_array, shipped_elements

_TABLE = "photoabsorption.csv"
_CM2_PER_BARN = 1e-24


def photoabsorption_cm2(
    element: str, energy_kev: FloatArray | float, outside: Literal["error", "zero"] = "error"
) -> FloatArray:
    """Cross section for absorbing a photon, in cm^2 per atom, at each photon energy.

    Straight lines in log-log between the points of the table, never across an edge; at an edge the
    value above it.  Up to 30 keV sigma = 2 r_e lambda f2 of Henke, Gullikson & Davis, At. Data
    Nucl. Data Tables 54, 181 (1993), a compilation of measurements; above, the photoelectric cross
    section of Elam, Ravel & Sieber, Radiat. Phys. Chem. 63, 121 (2002).  Other compilations differ
    by a few per cent above 1 keV, 15 to 30 % between 0.2 and 0.5 keV (Ge) and by factors below
    50 eV.

    Parameters
    ----------
    outside
        what an energy outside ``photoabsorption_range_kev`` gives: an error, or 0 (for a sum of
        models of which this one has nothing to say there).

    Raises
    ------
    ValueError
        for an element that is not shipped, or an energy outside the table.
    """
    table_kev, log_barn = _table(element)
    energy = as_float_array(energy_kev)
    low, high = photoabsorption_range_kev(element)
    inside = (energy >= low) & (energy <= high)
    if outside == "error" and not np.all(inside):
        raise ValueError(
            f"photoabsorption of {element} is tabulated from {low:g} to {high:g} keV, "
            f"asked for {energy[~inside][0]:g} keV"
        )
    barn = np.exp(_log_interpolated(np.where(inside, energy, low), table_kev, log_barn))
    return np.asarray(np.where(inside, _CM2_PER_BARN * barn, 0.0))


def photoabsorption_range_kev(element: str) -> tuple[float, float]:
    """Lowest and highest photon energy of an element's table.

    10 eV to 100 keV; hydrogen and the noble gases start where they begin to absorb.
    """
    table_kev, _ = _table(element)
    return float(table_kev[0]), float(table_kev[-1])


def photoabsorption_nodes_kev(element: str) -> FloatArray:
    """Energies of an element's table, between which the cross section is a power of the energy.

    They do not fall; an edge stands twice.
    """
    return _table(element)[0].copy()


def photoabsorption_edges_kev(element: str) -> FloatArray:
    """Energies at which an element's cross section jumps, increasing: nodes for an integral."""
    table_kev, _ = _table(element)
    return np.asarray(table_kev[1:][np.diff(table_kev) == 0])


def _log_interpolated(
    energy_kev: FloatArray, table_kev: FloatArray, log_barn: FloatArray
) -> FloatArray:
    above = np.searchsorted(table_kev, energy_kev, side="right")
    segment = np.minimum(above, table_kev.size - 1) - 1
    start, end = table_kev[segment], table_kev[segment + 1]
    fraction = np.log(energy_kev / start) / np.log(end / start)
    rise = log_barn[segment + 1] - log_barn[segment]
    return np.asarray(log_barn[segment] + fraction * rise)


@cache
def _table(element: str) -> tuple[FloatArray, FloatArray]:
    """Photon energies in keV, not falling, and the logarithms of barn per atom."""
    table = shipped_elements(_TABLE)
    if element not in table:
        raise ValueError(f"element {element!r}: photoabsorption is shipped for {', '.join(table)}")
    rows = table[element]
    return (
        np.array([float(row["energy_kev"]) for row in rows]),
        np.log([float(row["barn_per_atom"]) for row in rows]),
    )
