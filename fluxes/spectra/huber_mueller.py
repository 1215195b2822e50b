"""Huber and Mueller: converted spectra of U-235, Pu-239 and Pu-241, and of U-238."""

from __future__ import annotations

from fluxes.spectra.model import ShippedModel
from fluxes.spectra.polynomial import CONVERSION_END_MEV, over_vogel_engel
from fluxes.spectrum import PiecewiseSpectrum


def huber_mueller(isotope: str) -> PiecewiseSpectrum:
    """Conversion spectra from 2 to 10 MeV, joined to Vogel-Engel below 2 MeV.

    S(E) = exp(sum_k a_k E^(k-1)), k = 1..6.  Source: Huber, Phys. Rev. C 84, 024617 (2011) for
    U-235, Pu-239, Pu-241; Mueller et al., Phys. Rev. C 83, 054615 (2011) for U-238.  Fitted
    between 2 and 8 MeV, used up to 10 MeV, never below 2 MeV (wrong by 1.8 at 1 MeV).
    """
    return over_vogel_engel("huber_mueller_polynomials.csv", isotope, CONVERSION_END_MEV)


MODEL = ShippedModel(
    ("Huber2011", "Mueller2011", "VogelEngel1989"),
    of_isotope=huber_mueller,
    converted=True,
    judgement="judgement_below_2_mev.csv",
)
