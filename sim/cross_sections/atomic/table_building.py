"""Computes the ionization table of an element: its orbitals, their continuum, the energies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import exp, log

import numpy as np
from scipy.interpolate import CubicSpline

from detectors.matter.atoms import Atom
from detectors.tables import FloatArray
from sim.cross_sections.atomic.constants import HARTREE_KEV
from sim.cross_sections.atomic.ionization_table import IonizationTable, SubshellTable
from sim.cross_sections.atomic.oscillator_strengths import OscillatorStrengths
from sim.cross_sections.atomic.self_consistent_field import self_consistent_field

HIGHEST_TRANSFER_KEV = 100.0
"""Energy transfer up to which subshells are computed."""

_LOWEST_EXCESS = 1e-3
_FREE_FROM = 100.0
_VALENCE_BINDING = 0.3
_FIRST_NODES = 13
_TOLERANCES = (5e-3, 5e-3, 1.5e-2)
_NARROWEST = 0.02


def built_table(
    atom: Atom,
    progress: Callable[[int], None] = lambda done: None,
    exchange: float = 1.0,
) -> IonizationTable:
    """The table of an atom, from its binding energies and self-consistent orbitals.

    A subshell is computed from its edge to 100 times its binding energy, at most 100 keV; the
    measured energy of a valence electron may be that of a band: if 30 times that of the free atom
    is more, to there.  progress is called with 1 after every subshell of the atom; exchange is that
    of ``self_consistent_field``.

    Raises
    ------
    ValueError
        if the self-consistent field does not converge.
    """
    strengths = OscillatorStrengths(self_consistent_field(atom, exchange=exchange))
    tables = {}
    for name, binding_kev in zip(atom.shells, atom.binding_kev, strict=True):
        end = _end(-strengths.atomic_field.orbitals[name].energy * HARTREE_KEV, float(binding_kev))
        if end > 2 * _LOWEST_EXCESS:
            tables[name] = _subshell(strengths, name, float(binding_kev), end)
        progress(1)
    return IonizationTable(atom, tables)


def _end(free_atom_kev: float, binding_kev: float) -> float:
    """The highest excess: from there on the difference to free electrons falls as 1 / T."""
    free = _FREE_FROM * max(binding_kev, _VALENCE_BINDING * free_atom_kev)
    return min(free, HIGHEST_TRANSFER_KEV) / binding_kev - 1


def _subshell(
    strengths: OscillatorStrengths, name: str, binding_kev: float, end: float
) -> SubshellTable:
    """Nodes are halved where a spline through them misses the middle by more than the tolerance."""
    threshold = binding_kev / HARTREE_KEV

    def logarithms(x: float) -> FloatArray:
        return np.log(strengths.integrals(name, threshold * (1 + exp(x)), threshold))

    first = np.linspace(log(_LOWEST_EXCESS), log(end), _FIRST_NODES)
    known = {float(x): logarithms(float(x)) for x in first}
    doubtful = list(pairwise(map(float, first)))
    while doubtful:
        nodes = sorted(known)
        spline = CubicSpline(nodes, [known[x] for x in nodes])
        middles = [(low + high) / 2 for low, high in doubtful]
        known |= {middle: logarithms(middle) for middle in middles}
        doubtful = [
            half
            for (low, high), middle in zip(doubtful, middles, strict=True)
            if np.any(np.abs(spline(middle) - known[middle]) > _TOLERANCES)
            for half in _halves(low, middle, high)
        ]
    nodes = sorted(known)
    return SubshellTable(name, binding_kev, np.exp(nodes), np.exp([known[x] for x in nodes]))


def _halves(low: float, middle: float, high: float) -> Iterator[tuple[float, float]]:
    if middle - low > _NARROWEST:
        yield low, middle
        yield middle, high
