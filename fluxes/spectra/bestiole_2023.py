"""Summation spectra: the beta decays of all fission products added up, tabulated in bins."""

from __future__ import annotations

import numpy as np

from fluxes.spectra.model import ShippedModel
from fluxes.spectrum import PiecewiseSpectrum, from_bin_averages
from fluxes.tables import parse_table, shipped_text


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


MODEL = ShippedModel(
    ("Perisse2023",), of_isotope=bestiole_2023, judgement="judgement_bestiole_2023.csv"
)
