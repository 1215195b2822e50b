"""Extinction: the imaginary part k of the refractive index, from the visible to gamma rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.matter.materials import material
from detectors.matter.photoabsorption import (
    photoabsorption_cm2,
    photoabsorption_edges_kev,
    photoabsorption_nodes_kev,
)
from detectors.tables import FloatArray, shipped_rows
from sim.cross_sections.dielectric.media import HBAR_C_EV_CM, Medium
from sim.cross_sections.dielectric.media import medium as medium_of

END_OF_TABLES_EV = 1e5
_END_EV = 1e7
_OPTICAL_CONSTANTS = "optical_constants.csv"
_TABLES_ARE_CUT_BELOW_EV = 10.01
_GAP_EV = 6.0
"""Where insulators begin to absorb: of energy losses above 100 eV a gap of 2 or 8 eV instead
changes none by more than 1 %, above 1 keV none by more than 0.1 %."""
_STEP_OF_EDGES = 2e-4
_POINTS_PER_DECADE = 600


@dataclass(frozen=True, slots=True, eq=False)
class Extinction:
    """k at energies that increase, both (m,): straight lines between them, 0 outside.

    The first inside of the energies, up to 100 keV, are those of the tables; on to 10 MeV k falls
    as E^-4.
    """

    energy_ev: FloatArray
    k: FloatArray
    inside: int


def extinction(medium: Medium) -> Extinction:
    """k of a medium: measured optical constants, above them the photoabsorption of its elements.

    Of germanium and silicon k is known from the gap on: Nunley et al., J. Vac. Sci. Technol. B 34,
    061205 (2016), and Franta et al., Appl. Surf. Sci. 421, 405 (2017); how the table was made says
    detectors/data/SOURCES.md.  Above, and in all other media, 2 E k / (hbar c) = N sigma_gamma,
    summed over the elements, and where their tables are cut, at 10 eV, k falls to 0 at the gap.
    """
    energy, k = _optical_constants(medium)
    above = _nodes_ev(medium, energy[-1] if energy.size else 0.0)
    k = np.concatenate([k, _of_elements(medium, above)])
    energy = np.concatenate([energy, above])
    if _GAP_EV < energy[0] < _TABLES_ARE_CUT_BELOW_EV:
        energy, k = np.append(_GAP_EV, energy), np.append(0.0, k)
    energy = np.append(energy, _END_EV)
    k = np.append(k, k[-1] * (END_OF_TABLES_EV / _END_EV) ** 4)
    return _finely(energy, k)


def _optical_constants(medium: Medium) -> tuple[FloatArray, FloatArray]:
    """Energies in eV and k of the shipped table, none for a medium that it does not have.

    At another density than that of the crystal k is taken in proportion to it, like all of k.
    """
    rows = [row for row in shipped_rows(_OPTICAL_CONSTANTS) if row["material"] == medium.name]
    if not rows:
        return np.zeros(0), np.zeros(0)
    k = np.array([float(row["k"]) for row in rows])
    crystal = medium_of(material(medium.name))
    return (
        np.array([float(row["energy_ev"]) for row in rows]),
        k * (medium.units_per_cm3 / crystal.units_per_cm3),
    )


def _nodes_ev(medium: Medium, above_ev: float) -> FloatArray:
    """Energies between which photoabsorption is smooth; an edge E becomes E (1 -+ 2e-4).

    At a jump of k the refractive index would have a logarithmic singularity.
    """
    nodes = np.zeros(0)
    for symbol, _ in medium.atoms:
        edges = photoabsorption_edges_kev(symbol)
        table = photoabsorption_nodes_kev(symbol)
        apart = np.all(np.abs(table[:, None] / edges - 1) >= _STEP_OF_EDGES, axis=1)
        sides = np.outer(edges, (1 - _STEP_OF_EDGES, 1 + _STEP_OF_EDGES)).ravel()
        nodes = np.union1d(nodes, np.concatenate([table[apart], sides]))
    return np.asarray(nodes[nodes * 1e3 > above_ev] * 1e3)


def _of_elements(medium: Medium, energy_ev: FloatArray) -> FloatArray:
    """k from photoabsorption, the atoms side by side."""
    sigma = np.zeros(energy_ev.size)
    for symbol, count in medium.atoms:
        sigma += count * photoabsorption_cm2(symbol, energy_ev / 1e3, outside="zero")
    return np.asarray(sigma * medium.units_per_cm3 * HBAR_C_EV_CM / (2 * energy_ev))


def _finely(node_ev: FloatArray, k: FloatArray) -> Extinction:
    """k on the nodes and 600 points a decade: log-log between nodes, straight from where k = 0."""
    decades = np.log10(node_ev[-1] / node_ev[0])
    points = np.geomspace(node_ev[0], node_ev[-1], int(np.ceil(_POINTS_PER_DECADE * decades)) + 1)
    energy = np.union1d(node_ev, points[1:-1])
    positive = np.where(k > 0, k, 1.0)
    logarithmic = np.exp(np.interp(np.log(energy), np.log(node_ev), np.log(positive)))
    node = np.clip(np.searchsorted(node_ev, energy, side="right") - 1, 0, node_ev.size - 2)
    straight = (k[node] == 0) | (k[node + 1] == 0)
    fine = np.where(straight, np.interp(energy, node_ev, k), logarithmic)
    return Extinction(energy, fine, int(np.sum(energy <= END_OF_TABLES_EV * (1 + 1e-9))))
