"""Self-consistent orbitals of an atom: Dirac-Hartree-Fock-Slater, in atomic units."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, pi, sqrt

import numpy as np

from detectors.matter.atoms import Atom
from detectors.tables import FloatArray
from sim.cross_sections.atomic import dirac_kernels
from sim.cross_sections.atomic.constants import SPEED_OF_LIGHT
from sim.cross_sections.atomic.potential import Potential
from sim.cross_sections.atomic.radial_grid import RadialGrid, radial_grid
from sim.cross_sections.atomic.subshells import Subshell, subshell

_LOWEST_RADIUS = 1e-6
_HIGHEST_RADIUS = 60.0
_MIXING = 0.4
_TOLERANCE = 1e-7
_MAX_ITERATIONS = 200
_THOMAS_FERMI = (
    (0.5, 0.02747),
    (1, 1.243),
    (1.5, -0.1486),
    (2, 0.2302),
    (2.5, 0.007298),
    (3, 0.006944),
)
"""Latter's fit of the screening function, 1 / phi(x) = 1 + sum c x^p [remembered]; a start, on
which no result depends."""


@dataclass(frozen=True, slots=True, eq=False)
class Orbital:
    """A bound orbital: its energy, negative, and its components P and Q on a grid."""

    energy: float
    large: FloatArray
    small: FloatArray

    @property
    def density(self) -> FloatArray:
        """P^2 + Q^2."""
        return np.asarray(self.large**2 + self.small**2)


@dataclass(frozen=True, slots=True, eq=False)
class AtomicField:
    """The self-consistent potential of an atom, and its orbitals by the names of subshells."""

    charge: int
    potential: Potential
    grid: RadialGrid
    orbitals: dict[str, Orbital]
    speed_of_light: float
    iterations: int


def self_consistent_field(
    atom: Atom, *, exchange: float = 1.0, speed_of_light: float = SPEED_OF_LIGHT
) -> AtomicField:
    """The ground state of an atom in the Dirac-Hartree-Fock-Slater model.

    The exchange of the electrons is that of an electron gas, -exchange 3/2 (3 rho / pi)^(1/3) with
    exchange = 1 for Slater's (Phys. Rev. 81, 385 (1951)) and 2/3 for Kohn and Sham's; where the
    potential is shallower than that of one charge it is -1/r (Latter, Phys. Rev. 99, 510 (1955)).
    Open subshells are spread evenly over their states.  A single electron feels the nucleus alone.
    The papers are remembered; energies of the same model are those of Cullen et al., UCRL-50400
    vol. 30 (1991), EADL, which they meet.

    Raises
    ------
    ValueError
        if the iteration does not converge.
    """
    grid = radial_grid(_LOWEST_RADIUS / atom.z, _HIGHEST_RADIUS, log_step=0.03, linear_step=0.08)
    values = _start(atom.z, grid.radius)
    energies = {name: _screened_energy(atom.z, subshell(name)) for name in atom.shells}
    for iteration in range(1, _MAX_ITERATIONS + 1):
        potential = Potential.of(grid.radius, values)
        orbitals = {
            name: bound_orbital(grid, potential, name, energies[name], atom.z, speed_of_light)
            for name in atom.shells
        }
        change = max(abs(o.energy / energies[name] - 1) for name, o in orbitals.items())
        energies = {name: orbital.energy for name, orbital in orbitals.items()}
        if change < _TOLERANCE:
            return AtomicField(atom.z, potential, grid, orbitals, speed_of_light, iteration)
        new = _potential_of(atom, grid, orbitals, exchange)
        values = (1 - _MIXING) * values + _MIXING * new
    raise ValueError(f"orbitals of {atom.symbol}: no convergence in {_MAX_ITERATIONS} iterations")


def bound_orbital(
    grid: RadialGrid,
    potential: Potential,
    name: str,
    guess: float,
    charge: int,
    speed_of_light: float = SPEED_OF_LIGHT,
) -> Orbital:
    """The orbital of a subshell in a potential, its energy guessed.

    Raises
    ------
    ValueError
        if the potential binds no such orbital.
    """
    shell = subshell(name)
    c = speed_of_light
    deepest = c * c * (sqrt(1 - (charge / c) ** 2) - 1)
    energy, large, small = dirac_kernels.bound_state(
        grid.points(potential),
        grid.cells(potential),
        shell.nodes,
        shell.kappa,
        max(guess, deepest),
        1.01 * deepest,
        charge,
        c,
    )
    if isnan(energy):
        raise ValueError(f"orbital {name}: not bound in the field of Z = {charge}")
    return Orbital(energy, large, small)


def _start(charge: int, radius: FloatArray) -> FloatArray:
    """The potential of the Thomas-Fermi atom, at least that of one charge."""
    x = radius * charge ** (1 / 3) / 0.885341
    screening = 1 / (1 + sum(c * x**p for p, c in _THOMAS_FERMI))
    return np.asarray(np.minimum(-charge / radius * screening, -1 / radius))


def _screened_energy(charge: int, shell: Subshell) -> float:
    """A guess: that of hydrogen with the charge which two electrons in each n before leave."""
    return -(max(charge - 2 * shell.n**2, 1) ** 2) / (2 * shell.n**2)


def _potential_of(
    atom: Atom, grid: RadialGrid, orbitals: dict[str, Orbital], exchange: float
) -> FloatArray:
    """Nucleus, electrons and exchange of given orbitals."""
    radius = grid.radius
    if atom.z == 1:
        return np.asarray(-1 / radius)
    occupied = zip(atom.shells, atom.occupancy, strict=True)
    density = np.sum([n * orbitals[name].density for name, n in occupied], axis=0)
    enclosed = _cumulative(density * grid.slope)
    outside = _cumulative(density / radius * grid.slope)
    repulsion = enclosed / radius + outside[-1] - outside
    gas = -1.5 * exchange * np.cbrt(3 * density / (4 * pi**2 * radius**2))
    return np.asarray(np.minimum(-atom.z / radius + repulsion + gas, -1 / radius))


def _cumulative(values: FloatArray) -> FloatArray:
    """Integral from the first point to each, in steps of one."""
    return np.asarray(np.cumsum(values) - (values + values[0]) / 2)
