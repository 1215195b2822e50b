"""Vogel and Engel: an exponential above 2 MeV, a table below."""

from __future__ import annotations

from fluxes.spectra.model import ShippedModel
from fluxes.spectra.polynomial import over_vogel_engel
from fluxes.spectrum import PiecewiseSpectrum

VOGEL_ENGEL_END_MEV = 8.0


def vogel_engel(isotope: str) -> PiecewiseSpectrum:
    """Vogel and Engel's spectra: exponential from 2 to 8 MeV, table below 2 MeV.

    S(E) = exp(a_1 + a_2 E + a_3 E^2).  Source: Vogel & Engel, Phys. Rev. D 39, 3378 (1989),
    Tables I and II.  It ends where the fit ends.  Carried on to 10 MeV it would be 2 to 3 times too
    high and add 0.4 % to 1.5 % to the inverse-beta-decay yield; the part of huber-mueller above 8
    MeV, missing here, is 0.1 % to 0.9 %.
    """
    return over_vogel_engel("vogel_engel_1989_high_energy.csv", isotope, VOGEL_ENGEL_END_MEV)


MODEL = ShippedModel(
    ("VogelEngel1989",), of_isotope=vogel_engel, judgement="judgement_vogel_engel.csv"
)
