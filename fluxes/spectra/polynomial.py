"""Exponentials of polynomials above 2 MeV, each joined to the Vogel-Engel table below.

The two sides are left as published: at 2 MeV the spectra jump by some percent.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from fluxes.spectrum import PiecewiseSpectrum, from_function, from_points, joined
from fluxes.tables import FloatArray, parse_table, shipped_rows, shipped_text

JOINING_ENERGY_MEV = 2.0
CONVERSION_END_MEV = 10.0
_CELL_MEV = 0.005


def vogel_engel_low_energy(isotope: str) -> PiecewiseSpectrum:
    """Spectrum below 2 MeV, straight lines between the table's points and S(0) = 0.

    Source: Vogel & Engel, Phys. Rev. D 39, 3378 (1989), Table II.
    """
    name = "vogel_engel_1989_low_energy.csv"
    table = parse_table(shipped_text(name), name, ("energy_mev", isotope))
    return from_points(table["energy_mev"], table[isotope])


def over_vogel_engel(table: str, isotope: str, end_mev: float) -> PiecewiseSpectrum:
    """A shipped table of polynomials above 2 MeV, up to an end, and Vogel-Engel below."""
    coefficients = list(shipped_rows(table)[isotope].values())
    n_cells = round((end_mev - JOINING_ENERGY_MEV) / _CELL_MEV)
    edges = np.linspace(JOINING_ENERGY_MEV, end_mev, n_cells + 1)
    above = from_function(partial(_exponential_polynomial, coefficients), edges)
    return joined(vogel_engel_low_energy(isotope), above)


def _exponential_polynomial(coefficients: list[float], energy_mev: FloatArray) -> FloatArray:
    return np.exp(np.polynomial.polynomial.polyval(energy_mev, coefficients))
