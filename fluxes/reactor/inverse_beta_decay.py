"""Inverse beta decay: cross section and yield per fission, the cross-check of every spectrum."""

from __future__ import annotations

import numpy as np

from fluxes.constants import ELECTRON_MASS_MEV, NEUTRON_MASS_MEV, PROTON_MASS_MEV
from fluxes.spectrum import PiecewiseSpectrum
from fluxes.tables import FloatArray

_FINAL_MASS_MEV = NEUTRON_MASS_MEV + ELECTRON_MASS_MEV
THRESHOLD_MEV = (_FINAL_MASS_MEV**2 - PROTON_MASS_MEV**2) / (2 * PROTON_MASS_MEV)


def ibd_cross_section_cm2(energy_mev: FloatArray | float) -> FloatArray:
    """sigma(antineutrino p -> e+ n) in cm^2.

    sigma = 1e-43 cm^2 p_e E_e E^(-0.07056 + 0.02018 ln E - 0.001953 ln^3 E), E_e = E - (M_n - M_p),
    energies in MeV, zero below the threshold of 1.806066 MeV.  Range: below 300 MeV.
    Source: Strumia & Vissani, Phys. Lett. B 564, 42 (2003), Eq. (25); neutron lifetime 885.7 s.
    """
    energy = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
    above = energy > THRESHOLD_MEV
    e = energy[above]
    positron = e - (NEUTRON_MASS_MEV - PROTON_MASS_MEV)
    momentum = np.sqrt(positron**2 - ELECTRON_MASS_MEV**2)
    log_e = np.log(e)
    sigma = np.zeros_like(energy)
    sigma[above] = (
        1e-43 * momentum * positron * e ** (-0.07056 + 0.02018 * log_e - 0.001953 * log_e**3)
    )
    return sigma


def ibd_yield_cm2(spectrum: PiecewiseSpectrum) -> float:
    """Integral of S(E) sigma(E) dE: cm^2 per fission for a spectrum per fission.

    Gauss-Legendre (8 points) in every cell, the threshold being a cell boundary.
    """
    edges = spectrum.edges_mev
    edges = np.unique(np.append(edges[edges > THRESHOLD_MEV], THRESHOLD_MEV))
    if edges.size < 2:
        return 0.0
    nodes, weights = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    energy = (edges[1:, None] + edges[:-1, None]) / 2 + half * nodes
    values = spectrum.density(energy) * ibd_cross_section_cm2(energy)
    return float(np.sum(half * weights * values))
