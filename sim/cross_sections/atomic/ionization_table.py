"""The integrals of ionization of an atom as a table, and the electrons that it amounts to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from detectors.matter.atoms import Atom
from detectors.tables import FloatArray

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline
from sim.cross_sections.atomic.constants import INTEGRALS
from sim.display import html_table

_NODES_A_CELL = 16
_DENSE = 0.3
"""Distance in ln(T / binding - 1) of a node's neighbours that only resonances bring about."""

_POINTS_A_NODE = 8


@dataclass(frozen=True, slots=True, eq=False)
class SubshellTable:
    """I_w, I_mu and I_q of one subshell, each per electron and 1 for a free one.

    excess, T / binding - 1, has shape (n,) and increases; values has shape (n, 3), in the order of
    ``INTEGRALS``.
    """

    name: str
    binding_kev: float
    excess: FloatArray
    values: FloatArray
    _spline: CubicSpline = field(init=False)

    def __post_init__(self) -> None:
        from scipy.interpolate import CubicSpline

        spline = CubicSpline(np.log(self.excess), np.log(self.values))
        object.__setattr__(self, "_spline", spline)

    def integrals(self, recoil_kev: FloatArray) -> FloatArray:
        """The three integrals at energy transfers, (n, 3); 0 up to the binding energy.

        Between the nodes cubic splines of the logarithms; below the first node its value; above
        the last the difference to a free electron falls as 1 / T.
        """
        excess = recoil_kev / self.binding_kev - 1
        first, last = self.excess[0], self.excess[-1]
        inside = np.clip(excess, first, last)
        found = np.exp(self._spline(np.log(inside)))
        beyond = excess > last
        if np.any(beyond):
            falling = (1 + last) / (1 + excess[beyond, None])
            found[beyond] = 1 + (self.values[-1] - 1) * falling
        found[excess <= 0] = 0
        return np.asarray(found)

    def resonances_kev(self) -> FloatArray:
        """Energies that a sum must know where the integrals resonate: some dense nodes, (m,).

        Empty for most atoms.  Every sixteenth node is enough for sums to 4e-4 in xenon and caesium.
        """
        x = np.log(self.excess)
        dense = np.flatnonzero(x[2:] - x[:-2] < _DENSE) + 1
        return np.asarray(self.binding_kev * (1 + self.excess[dense[::_NODES_A_CELL]]))


@dataclass(frozen=True, slots=True, eq=False)
class IonizationTable:
    """The subshells of an atom that are computed; the others are taken as free above their edge.

    resonances_kev, (m,), are energies that a sum over the integrals must know.
    """

    atom: Atom
    subshells: dict[str, SubshellTable]
    resonances_kev: FloatArray = field(init=False)
    _log_energy: FloatArray = field(init=False)
    _electrons: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        resonances = [subshell.resonances_kev() for subshell in self.subshells.values()]
        energy = _dense_energies_kev(self.atom, self.subshells)
        object.__setattr__(self, "resonances_kev", np.concatenate([*resonances, np.zeros(0)]))
        object.__setattr__(self, "_log_energy", np.log(energy))
        object.__setattr__(self, "_electrons", self._summed(energy))

    def __repr__(self) -> str:
        return f"<IonizationTable of {self.atom.symbol}: {', '.join(self.subshells)}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            (name, f"{1e3 * subshell.binding_kev:g} eV, {subshell.excess.size} energies")
            for name, subshell in self.subshells.items()
        ]
        return html_table(f"ionization table of {self.atom.symbol}", rows)

    def effective_electrons(self, recoil_kev: FloatArray) -> FloatArray:
        """Electrons of the atom in each of the three integrals at energy transfers, (3, n).

        Sum over the subshells of occupancy times I; multiplies the cross section of a free
        electron.  The first is for the weak monomials, the second for the square of the magnetic
        moment and what is linear in the millicharge, the third for the charge's square.  Straight
        lines in ln T through a dense sum, which keep I_mu^2 <= I_w I_q; constant above 1 GeV.
        """
        x = np.log(recoil_kev)
        right = np.searchsorted(self._log_energy, x, side="right")
        left = np.clip(right - 1, 0, self._log_energy.size - 2)
        start, end = self._log_energy[left], self._log_energy[left + 1]
        fraction = np.clip((x - start) / (end - start), 0, 1)[:, None]
        low, high = self._electrons[left], self._electrons[left + 1]
        return np.ascontiguousarray((low + fraction * (high - low)).T)

    def _summed(self, energy_kev: FloatArray) -> FloatArray:
        """The sum over the subshells itself, (n, 3)."""
        total = np.zeros((energy_kev.size, len(INTEGRALS)))
        shells = zip(self.atom.shells, self.atom.occupancy, self.atom.binding_kev, strict=True)
        for name, occupancy, binding in shells:
            above = energy_kev > binding
            if name in self.subshells:
                total[above] += occupancy * self.subshells[name].integrals(energy_kev[above])
            else:
                total[above] += occupancy
        return total


def _dense_energies_kev(atom: Atom, subshells: dict[str, SubshellTable]) -> FloatArray:
    """Both sides of every edge, eight points from node to node, 200 a decade up to 1 GeV."""
    parts = [np.geomspace(1e-3, 1e6, 1801), atom.binding_kev]
    parts.append(np.nextafter(atom.binding_kev, np.inf))
    for subshell in subshells.values():
        x = np.log(subshell.excess)
        steps = np.arange(_POINTS_A_NODE) / _POINTS_A_NODE
        between = (x[:-1, None] + np.diff(x)[:, None] * steps).ravel()
        parts.append(subshell.binding_kev * (1 + np.exp(np.append(between, x[-1]))))
    return np.unique(np.concatenate(parts))
