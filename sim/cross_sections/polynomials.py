"""Shifts and polynomials as the kernels take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fluxes.moments import FluxMoments
from sim.cross_sections import kernels
from sim.cross_sections.constants import KEV_PER_MEV
from sim.cross_sections.operators import Coupling, EnergyPolynomial
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.theory import Theory


def stacked(couplings: Sequence[Coupling], size: int) -> FloatArray:
    """Couplings (K, n), constant ones at each recoil."""
    out = np.empty((len(couplings), size))
    for row, coupling in zip(out, couplings, strict=True):
        row[:] = coupling
    return out


def elastic_coefficients(added: Sequence[EnergyPolynomial | None], size: int) -> FloatArray:
    """Coefficients (A, 3, n) per keV of those that begin at E_min of elastic scattering, else 0."""
    out = np.zeros((len(added), 3, size))
    for rows, polynomial in zip(out, added, strict=True):
        if polynomial is not None and polynomial.lowest_mev is None:
            rows[:] = polynomial.coefficients / KEV_PER_MEV
    return out


def with_own_limits(
    templates: FloatArray,
    added: Sequence[EnergyPolynomial | None],
    theory: Theory,
    moments: FluxMoments,
) -> FloatArray:
    """Templates (n_templates, n) with those that begin at an energy of their own."""
    for place, polynomial in enumerate(added, start=1):
        if polynomial is not None and polynomial.lowest_mev is not None:
            row = int(np.flatnonzero(theory.products[:, 1] == -place)[0])
            above = moments.above(polynomial.lowest_mev)
            templates[row] = kernels.folded(above, polynomial.coefficients / KEV_PER_MEV)
    return templates
