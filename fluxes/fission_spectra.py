"""Antineutrino spectra per fission of U-235, U-238, Pu-239 and Pu-241, by model name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from fluxes.spectrum import PiecewiseSpectrum, from_bin_averages, from_function, from_points, joined
from fluxes.tables import FloatArray, parse_table, shipped_rows, shipped_text

FISSILE_ISOTOPES = ("u235", "u238", "pu239", "pu241")
JOINING_ENERGY_MEV = 2.0
HUBER_MUELLER_END_MEV = 10.0
_HUBER_MUELLER_CELL_MEV = 0.005


def bestiole_2023(nuclide: str) -> PiecewiseSpectrum:
    """BESTIOLE 2023 summation spectrum: averages of 25 keV bins, 0 to 12.5 MeV.

    nuclide: a fissile isotope (per fission), or u239, np239 (per beta decay).
    Source: Perisse et al., Phys. Rev. C 108, 055501 (2023), ancillary tables.
    """
    name = f"bestiole_2023_{nuclide}.csv"
    table = parse_table(shipped_text(name), name, ("energy_mev", "density_per_mev"))
    n_bins = table["energy_mev"].size
    edges = np.arange(n_bins + 1, dtype=np.float64) * 25e-3
    if not np.allclose(table["energy_mev"], (edges[1:] + edges[:-1]) / 2, rtol=0, atol=1e-9):
        raise ValueError(f"{name}: the first column must hold the centres of 25 keV bins from 0")
    return from_bin_averages(edges, table["density_per_mev"])


def huber_mueller(isotope: str) -> PiecewiseSpectrum:
    """Conversion spectra from 2 to 10 MeV, joined to Vogel-Engel below 2 MeV.

    S(E) = exp(sum_k a_k E^(k-1)), k = 1..6.  Source: Huber, Phys. Rev. C 84, 024617 (2011) for
    U-235, Pu-239, Pu-241; Mueller et al., Phys. Rev. C 83, 054615 (2011) for U-238.  Fitted
    between 2 and 8 MeV, used up to 10 MeV, never below 2 MeV (wrong by 1.8 at 1 MeV).
    """
    row = shipped_rows("huber_mueller_polynomials.csv")[isotope]
    coefficients = [row[f"a{k}"] for k in range(1, 7)]
    n_cells = round((HUBER_MUELLER_END_MEV - JOINING_ENERGY_MEV) / _HUBER_MUELLER_CELL_MEV)
    edges = np.linspace(JOINING_ENERGY_MEV, HUBER_MUELLER_END_MEV, n_cells + 1)
    conversion = from_function(partial(_exponential_polynomial, coefficients), edges)
    return joined(vogel_engel_low_energy(isotope), conversion)


def vogel_engel_low_energy(isotope: str) -> PiecewiseSpectrum:
    """Spectrum below 2 MeV, straight lines between the table's points and S(0) = 0.

    Source: Vogel & Engel, Phys. Rev. D 39, 3378 (1989), Table II.
    """
    name = "vogel_engel_1989_low_energy.csv"
    table = parse_table(shipped_text(name), name, ("energy_mev", isotope))
    return from_points(table["energy_mev"], table[isotope])


def _exponential_polynomial(coefficients: list[float], energy_mev: FloatArray) -> FloatArray:
    return np.exp(np.polynomial.polynomial.polyval(energy_mev, coefficients))


FISSION_SPECTRUM_MODELS: dict[str, Callable[[str], PiecewiseSpectrum]] = {
    "bestiole-2023": bestiole_2023,
    "huber-mueller": huber_mueller,
}


@cache
def fission_spectrum(model: str, isotope: str) -> PiecewiseSpectrum:
    """Antineutrinos per fission and MeV of one isotope in a named model.

    Raises
    ------
    ValueError
        for an unknown model or isotope.
    """
    if model not in FISSION_SPECTRUM_MODELS:
        raise ValueError(f"spectrum {model!r}: allowed are {', '.join(FISSION_SPECTRUM_MODELS)}")
    if isotope not in FISSILE_ISOTOPES:
        raise ValueError(f"isotope {isotope!r}: allowed are {', '.join(FISSILE_ISOTOPES)}")
    return FISSION_SPECTRUM_MODELS[model](isotope)
