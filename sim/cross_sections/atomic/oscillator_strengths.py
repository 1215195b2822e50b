"""Generalized oscillator strengths of an atom's subshells, and the integrals of ionization.

S(T, Q) = sum over final states of |<f| exp(i Q r) |0>|^2 at the energy transfer T, per electron
and Hartree: all multipoles, the free orbitals in the potential of the bound ones, so that they are
orthogonal.  Atomic units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, log2, sqrt

import numpy as np
import numpy.typing as npt

from detectors.tables import FloatArray
from sim.cross_sections.atomic import dirac_kernels, multipole_kernels
from sim.cross_sections.atomic.constants import INTEGRALS
from sim.cross_sections.atomic.momentum_quadrature import momentum_nodes
from sim.cross_sections.atomic.radial_grid import RadialGrid, radial_grid
from sim.cross_sections.atomic.self_consistent_field import AtomicField, Orbital, bound_orbital
from sim.cross_sections.atomic.subshells import subshell

_OUTSIDE = 1e-10
_LOWEST_RADIUS = 1e-5

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Shell:
    """A bound orbital on a grid for the continuum, cut where 1e-10 of it lies outside."""

    points: FloatArray
    cells: FloatArray
    large: FloatArray
    small: FloatArray
    radius: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class OscillatorStrengths:
    """The response of an atom; what several energies have in common is solved once."""

    atomic_field: AtomicField
    _shells: dict[tuple[str, float, float], _Shell] = field(default_factory=dict)
    _couplings: dict[tuple[int, int], tuple[IntArray, IntArray, FloatArray]] = field(
        default_factory=dict
    )

    def response(
        self, shell: str, transfer: float, threshold: float, momenta: FloatArray
    ) -> FloatArray:
        """S(T, Q) of a subshell per electron and Hartree, shape of momenta.

        threshold is the binding energy that T - threshold, the energy of the free electron, counts
        from: a measured one goes with the orbitals of the model.
        """
        energy = transfer - threshold
        c = self.atomic_field.speed_of_light
        momentum = sqrt(energy * (2 + energy / c**2))
        bound = self._shell(shell, momentum, transfer)
        kappas, lowest_orders, weights = self._final_states(
            subshell(shell).kappa, _highest_l(momentum * float(bound.radius[-1]))
        )
        densities = dirac_kernels.transition_densities(
            bound.points,
            bound.cells,
            bound.large,
            bound.small,
            kappas,
            energy,
            self.atomic_field.charge,
            c,
        )
        found = multipole_kernels.response(
            bound.radius, densities, lowest_orders, weights, np.ascontiguousarray(momenta)
        )
        return np.asarray(found)

    def integrals(self, shell: str, transfer: float, threshold: float) -> FloatArray:
        """I_w, I_mu and I_q of a subshell per electron, over those of a free electron, (3,).

        I_w = int S Q dQ, I_mu = 2 T int S dQ / Q, I_q = 4 T^2 int S dQ / Q^3 from Q = T / c on;
        a free electron of the Dirac equation has 1 + T / 2 m c^2, 1 and the inverse of the first.
        0 up to the threshold.
        """
        if transfer <= threshold:
            return np.zeros(len(INTEGRALS))
        c = self.atomic_field.speed_of_light
        width = min(self._momentum_width(shell), 1.2 * sqrt(2 * threshold))
        q, weights = momentum_nodes(transfer, transfer - threshold, width, c)
        s = self.response(shell, transfer, threshold, q) * weights
        free = 1 + transfer / (2 * c**2)
        found = [np.sum(s * q) / free, 2 * transfer * np.sum(s / q)]
        return np.array([*found, 4 * transfer**2 * np.sum(s / q**3) * free])

    def _momentum_width(self, shell: str) -> float:
        """Root mean square of one component of the bound electron's momentum."""
        orbital, grid = self.atomic_field.orbitals[shell], self.atomic_field.grid
        kinetic = np.maximum(orbital.energy - self.atomic_field.potential(grid.radius), 0)
        return sqrt(2 / 3 * float(np.sum(kinetic * orbital.density * grid.slope)))

    def _shell(self, shell: str, momentum: float, transfer: float) -> _Shell:
        """The orbital on a grid that serves a class of momenta, half a power of two wide."""
        highest = max(momentum, 1.2 * sqrt(2 * transfer), 3.0)
        finest = 2 ** (ceil(2 * log2(highest)) / 2)
        end = 20.0 * ceil(min(60.0, max(20.0, 40 / max(momentum, 0.3))) / 20)
        key = (shell, finest, end)
        if key not in self._shells:
            grid = radial_grid(
                _LOWEST_RADIUS / self.atomic_field.charge,
                end,
                log_step=0.04,
                linear_step=min(0.06, 0.7 / finest),
            )
            self._shells[key] = self._on(grid, shell)
        return self._shells[key]

    def _on(self, grid: RadialGrid, shell: str) -> _Shell:
        known = self.atomic_field
        orbital: Orbital = bound_orbital(
            grid,
            known.potential,
            shell,
            known.orbitals[shell].energy,
            known.charge,
            known.speed_of_light,
        )
        outside = np.cumsum((orbital.density * grid.slope)[::-1])[::-1]
        end = min(int(np.sum(outside > _OUTSIDE)) + 1, grid.radius.size - 2)
        return _Shell(
            grid.points(known.potential),
            grid.cells(known.potential),
            orbital.large[:end],
            orbital.small[:end],
            grid.radius[:end],
        )

    def _final_states(self, kappa: int, highest_l: int) -> tuple[IntArray, IntArray, FloatArray]:
        """kappa', lowest multipole and weights of every final state up to an l'."""
        key = (kappa, highest_l)
        if key not in self._couplings:
            self._couplings[key] = _couplings(kappa, highest_l)
        return self._couplings[key]


def _highest_l(reach: float) -> int:
    """Beyond the angular momentum of an electron that passes at the orbital's edge."""
    return 4 * (int(reach + 10 + 3 * reach**0.34) // 4 + 1)


def _couplings(kappa: int, highest_l: int) -> tuple[IntArray, IntArray, FloatArray]:
    l = kappa if kappa > 0 else -kappa - 1  # noqa: E741
    free_l = np.repeat(np.arange(highest_l + 1), 2)[1:]
    kappas = np.where(np.arange(free_l.size) % 2 == 0, -free_l - 1, free_l)
    lowest_orders = np.abs(free_l - l)
    weights = np.zeros((free_l.size, l + 1))
    for state, (k, order) in enumerate(zip(kappas, lowest_orders, strict=True)):
        for step in range(l + 1):
            weights[state, step] = multipole_kernels.angular_weight(
                2 * abs(kappa) - 1, int(order) + 2 * step, 2 * abs(int(k)) - 1
            )
    return kappas, lowest_orders, weights
