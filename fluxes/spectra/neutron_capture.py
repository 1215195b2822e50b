"""Antineutrinos from neutron capture on U-238: the beta decays of U-239 and Np-239."""

from __future__ import annotations

from functools import cache

from fluxes.spectra.bestiole_2023 import bestiole_2023
from fluxes.spectrum import PiecewiseSpectrum, weighted_sum


@cache
def neutron_capture_spectrum() -> PiecewiseSpectrum:
    """Antineutrinos per capture and MeV: one U-239 and one Np-239 decay, two antineutrinos.

    Source: Perisse et al., Phys. Rev. C 108, 055501 (2023), ancillary tables.  Both decays are
    taken in equilibrium with the captures (half-lives 23.5 min and 2.36 d).
    """
    return weighted_sum([1.0, 1.0], [bestiole_2023("u239"), bestiole_2023("np239")])
