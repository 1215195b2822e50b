"""Antineutrino spectra of single beta emitters: phase space and Fermi function of each branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from scipy.special import loggamma

from fluxes.constants import ELECTRON_MASS_MEV, FINE_STRUCTURE
from fluxes.spectrum import PiecewiseSpectrum, from_function
from fluxes.tables import FloatArray

_CELL_MEV = 0.005
_LEAST_CELLS = 32


@dataclass(frozen=True, slots=True)
class BetaBranch:
    """A branch of a beta decay: end point [MeV], share of the decays, unique first-forbidden."""

    endpoint_mev: float
    share: float
    unique: bool = False


@dataclass(frozen=True, slots=True)
class BetaEmitter:
    """A beta emitter: daughter's charge, mass number, branches.  Shares are normalised to 1."""

    daughter_z: int
    mass_number: int
    branches: tuple[BetaBranch, ...]


def fermi_function(
    daughter_z: int, mass_number: int, kinetic_mev: FloatArray | float, partial_wave: int = 1
) -> FloatArray:
    """Coulomb enhancement of the electrons of kinetic energy > 0 in the partial wave k = 1 or 2.

    F_(k-1) L_(k-1) = (k + g) / (2 k) [k (2 k - 1)!!]^2 4^k (2 p R)^(2 (g - k)) e^(pi y)
    |Gamma(g + i y)|^2 / Gamma(2 g + 1)^2, g = sqrt(k^2 - (alpha Z)^2), y = alpha Z W / p, W and p
    in m_e, R in hbar / (m_e c) = 0.0029 A^(1/3) + 0.0063 A^(-1/3) - 0.017 / A.  It is 1 for Z = 0.
    Source: Behrens & Jaenecke, Numerical Tables for Beta-Decay and Electron Capture (1969); k = 1
    and the radius as in Huber, Phys. Rev. C 84, 024617 (2011).  No screening.
    """
    k, double_factorial = partial_wave, {1: 1, 2: 3}[partial_wave]
    total = 1 + np.asarray(kinetic_mev, dtype=np.float64) / ELECTRON_MASS_MEV
    momentum = np.sqrt(total**2 - 1)
    alpha_z = FINE_STRUCTURE * daughter_z
    gamma = np.sqrt(k**2 - alpha_z**2)
    y = alpha_z * total / momentum
    cube_root = mass_number ** (1 / 3)
    radius = 0.0029 * cube_root + 0.0063 / cube_root - 0.017 / mass_number
    log_f = (
        np.log((k + gamma) / (2 * k) * (k * double_factorial) ** 2 * 4**k)
        + 2 * (gamma - k) * np.log(2 * momentum * radius)
        + np.pi * y
        + 2 * loggamma(gamma + 1j * y).real
        - 2 * loggamma(2 * gamma + 1).real
    )
    return np.asarray(np.exp(log_f), dtype=np.float64)


def branch_shape(emitter: BetaEmitter, branch: BetaBranch, energy_mev: FloatArray) -> FloatArray:
    """Antineutrinos at each energy, not normalised; zero from the end point Q on.

    p W E^2 F, W = (Q - E) / m_e + 1, with F = F_0 L_0 (``fermi_function``) for allowed decays, also
    taken for non-unique first-forbidden ones as is usual; for unique first-forbidden decays
    F = E^2 F_0 L_0 + p^2 F_1 L_1.
    """
    kinetic = branch.endpoint_mev - energy_mev
    inside = kinetic > 0
    kinetic = np.where(inside, kinetic, branch.endpoint_mev)
    total = 1 + kinetic / ELECTRON_MASS_MEV
    momentum = np.sqrt(total**2 - 1)
    neutrino = energy_mev / ELECTRON_MASS_MEV
    z, a = emitter.daughter_z, emitter.mass_number
    coulomb = fermi_function(z, a, kinetic)
    if branch.unique:
        coulomb = neutrino**2 * coulomb + momentum**2 * fermi_function(z, a, kinetic, 2)
    shape = momentum * total * neutrino**2 * coulomb
    return np.where(inside, shape, 0.0)


def antineutrino_spectrum(emitter: BetaEmitter) -> PiecewiseSpectrum:
    """Antineutrinos per decay and MeV, integral 1; cells end at every end point.

    The cells are at most 5 keV wide, 32 or more of them between two end points: the fit is good
    to 1e-6 of the largest density.
    """
    edges = _edges_mev([branch.endpoint_mev for branch in emitter.branches])
    total = sum(branch.share for branch in emitter.branches)
    scales = [
        branch.share / total / _integral(emitter, branch, edges) for branch in emitter.branches
    ]

    def density(energy: FloatArray) -> FloatArray:
        parts = [
            scale * branch_shape(emitter, branch, energy)
            for scale, branch in zip(scales, emitter.branches, strict=True)
        ]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float64)

    return from_function(density, edges)


def _integral(emitter: BetaEmitter, branch: BetaBranch, edges: FloatArray) -> float:
    return from_function(lambda energy: branch_shape(emitter, branch, energy), edges).integral()


def _edges_mev(endpoints_mev: Sequence[float]) -> FloatArray:
    limits = [0.0, *sorted(set(endpoints_mev))]
    pieces = [
        np.linspace(low, high, max(_LEAST_CELLS, ceil((high - low) / _CELL_MEV)) + 1)
        for low, high in pairwise(limits)
    ]
    return np.unique(np.concatenate(pieces))
