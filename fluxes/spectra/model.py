"""SpectrumModel: spectra per fission, one for each fissile isotope or one for a whole reactor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fluxes.spectrum import PiecewiseSpectrum

FISSILE_ISOTOPES = ("u235", "u238", "pu239", "pu241")


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumModel:
    """Antineutrinos per fission and MeV: by_isotope holds the four fissile isotopes, or total.

    A total is the spectrum of a reactor's mix of isotopes with neutron capture on U-238 in it; then
    by_isotope is empty.  converted says that the spectra above 2 MeV were converted from electron
    spectra of short irradiations, so that the off-equilibrium correction applies to them.
    """

    name: str
    by_isotope: Mapping[str, PiecewiseSpectrum]
    total: PiecewiseSpectrum | None = None
    converted: bool = False

    def __post_init__(self) -> None:
        expected = () if self.total is not None else FISSILE_ISOTOPES
        if set(self.by_isotope) != set(expected):
            raise ValueError(
                f"spectrum {self.name!r}: a total, or the isotopes {', '.join(FISSILE_ISOTOPES)}; "
                f"found {', '.join(self.by_isotope) or 'none'}"
            )

    def isotope(self, isotope: str) -> PiecewiseSpectrum:
        """Antineutrinos per fission and MeV of one isotope.

        Raises
        ------
        ValueError
            for an unknown isotope, or when the model is a total.
        """
        if self.total is not None:
            raise ValueError(
                f"spectrum {self.name!r} is the total of a reactor: it has no part of one isotope"
            )
        if isotope not in self.by_isotope:
            raise ValueError(f"isotope {isotope!r}: allowed are {', '.join(FISSILE_ISOTOPES)}")
        return self.by_isotope[isotope]
