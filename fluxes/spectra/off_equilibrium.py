"""Off-equilibrium correction of spectra that were converted from short irradiations.

The electron spectra behind Huber's and Mueller's spectra were measured after 12 to 36 hours in the
neutron beam; fission products that live longer are missing below 4 MeV.
"""

from __future__ import annotations

import numpy as np

from fluxes.spectrum import PiecewiseSpectrum, multiplied
from fluxes.tables import FloatArray, parse_table, shipped_text

# Of the correction itself; the same figure stands in the parameters of dayabay-data-official 1.0.1.
OFF_EQUILIBRIUM_RELATIVE_ERROR = 0.30


def off_equilibrium_correction(isotope: str, energy_mev: FloatArray | float) -> FloatArray:
    """Relative increase c(E) of an isotope's spectrum after 450 days in the reactor.

    Straight lines between 2, 2.5, 3, 3.5, 4 and 4.5 MeV; zero outside, and zero everywhere for
    U-238, which was calculated in equilibrium.  Source: Mueller et al., Phys. Rev. C 83, 054615
    (2011), Table VII (second hand, ``fluxes/data/SOURCES.md``).
    """
    table = _table()
    energy = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
    if isotope not in table:
        return np.zeros_like(energy)
    return np.interp(energy, table["energy_mev"], table[isotope], left=0.0, right=0.0)


def in_equilibrium(spectrum: PiecewiseSpectrum, isotope: str) -> PiecewiseSpectrum:
    """S(E) (1 + c(E)): the spectrum of an isotope of which a conversion model is given."""
    return multiplied(
        spectrum,
        lambda energy: 1 + off_equilibrium_correction(isotope, energy),
        _table()["energy_mev"],
    )


def _table() -> dict[str, FloatArray]:
    name = "off_equilibrium_450_days.csv"
    return parse_table(shipped_text(name), name, ("energy_mev", "u235", "pu239", "pu241"))
