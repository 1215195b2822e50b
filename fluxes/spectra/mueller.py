"""Mueller et al.: spectra of all four isotopes."""

from __future__ import annotations

from fluxes.spectra.model import ShippedModel
from fluxes.spectra.polynomial import CONVERSION_END_MEV, over_vogel_engel
from fluxes.spectrum import PiecewiseSpectrum


def mueller(isotope: str) -> PiecewiseSpectrum:
    """Mueller's own spectra of all four isotopes from 2 to 10 MeV, Vogel-Engel below 2 MeV.

    S(E) = exp(sum_k a_k E^(k-1)), k = 1..6.  Source: Mueller et al., Phys. Rev. C 83, 054615
    (2011), Table VI.  Fitted between 2 and 8 MeV, used up to 10 MeV, never below 2 MeV.
    """
    return over_vogel_engel("mueller_2011_polynomials.csv", isotope, CONVERSION_END_MEV)


MODEL = ShippedModel(
    ("Mueller2011", "VogelEngel1989"),
    of_isotope=mueller,
    converted=True,
    judgement="judgement_below_2_mev.csv",
)
