"""Spectra of a whole reactor, neutron capture included, which do not resolve the isotopes."""

from __future__ import annotations

from fluxes.spectra.model import ShippedModel
from fluxes.spectrum import PiecewiseSpectrum, from_points
from fluxes.tables import parse_table, shipped_text


def kopeikin_2012() -> PiecewiseSpectrum:
    """Total spectrum per fission of a pressurised-water reactor, 0 to 9 MeV.

    The mix of isotopes is the source's, and U-239 and Np-239 are in it.  Straight lines between
    the table's points, S(0) = 0.  Source: Kopeikin, Phys. At. Nucl. 75, 143 (2012), Table 3.
    """
    name = "kopeikin_2012_total.csv"
    table = parse_table(shipped_text(name), name, ("energy_mev", "total"))
    return from_points(table["energy_mev"], table["total"])


MODEL = ShippedModel(
    ("Kopeikin2012",), of_reactor=kopeikin_2012, judgement="judgement_kopeikin_2012.csv"
)
