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
VOGEL_ENGEL_END_MEV = 8.0
_CELL_MEV = 0.005


def huber_mueller(isotope: str) -> PiecewiseSpectrum:
    """Conversion spectra from 2 to 10 MeV, joined to Vogel-Engel below 2 MeV.

    S(E) = exp(sum_k a_k E^(k-1)), k = 1..6.  Source: Huber, Phys. Rev. C 84, 024617 (2011) for
    U-235, Pu-239, Pu-241; Mueller et al., Phys. Rev. C 83, 054615 (2011) for U-238.  Fitted
    between 2 and 8 MeV, used up to 10 MeV, never below 2 MeV (wrong by 1.8 at 1 MeV).
    """
    return _over_vogel_engel("huber_mueller_polynomials.csv", isotope, CONVERSION_END_MEV)


def mueller(isotope: str) -> PiecewiseSpectrum:
    """Mueller's own spectra of all four isotopes from 2 to 10 MeV, Vogel-Engel below 2 MeV.

    S(E) = exp(sum_k a_k E^(k-1)), k = 1..6.  Source: Mueller et al., Phys. Rev. C 83, 054615
    (2011), Table VI.  Fitted between 2 and 8 MeV, used up to 10 MeV, never below 2 MeV.
    """
    return _over_vogel_engel("mueller_2011_polynomials.csv", isotope, CONVERSION_END_MEV)


def vogel_engel(isotope: str) -> PiecewiseSpectrum:
    """Vogel and Engel's spectra: exponential from 2 to 8 MeV, table below 2 MeV.

    S(E) = exp(a_1 + a_2 E + a_3 E^2).  Source: Vogel & Engel, Phys. Rev. D 39, 3378 (1989),
    Tables I and II.  It ends where the fit ends.  Carried on to 10 MeV it would be 2 to 3 times too
    high and add 0.4 % to 1.5 % to the inverse-beta-decay yield; the part of huber-mueller above 8
    MeV, missing here, is 0.1 % to 0.9 %.
    """
    return _over_vogel_engel("vogel_engel_1989_high_energy.csv", isotope, VOGEL_ENGEL_END_MEV)


def vogel_engel_low_energy(isotope: str) -> PiecewiseSpectrum:
    """Spectrum below 2 MeV, straight lines between the table's points and S(0) = 0.

    Source: Vogel & Engel, Phys. Rev. D 39, 3378 (1989), Table II.
    """
    name = "vogel_engel_1989_low_energy.csv"
    table = parse_table(shipped_text(name), name, ("energy_mev", isotope))
    return from_points(table["energy_mev"], table[isotope])


def _over_vogel_engel(table: str, isotope: str, end_mev: float) -> PiecewiseSpectrum:
    coefficients = list(shipped_rows(table)[isotope].values())
    n_cells = round((end_mev - JOINING_ENERGY_MEV) / _CELL_MEV)
    edges = np.linspace(JOINING_ENERGY_MEV, end_mev, n_cells + 1)
    above = from_function(partial(_exponential_polynomial, coefficients), edges)
    return joined(vogel_engel_low_energy(isotope), above)


def _exponential_polynomial(coefficients: list[float], energy_mev: FloatArray) -> FloatArray:
    return np.exp(np.polynomial.polynomial.polyval(energy_mev, coefficients))
