"""Models of spectra per fission, one for each fissile isotope or one for a whole reactor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """An entry of the registry: the name ``MODEL`` of a file, whose name is that of the model.

    of_isotope makes the spectrum of a fissile isotope; or of_reactor that of a whole reactor.
    judgement is the table of its relative errors in ``fluxes/data``, empty if they are not known;
    citations are keys of ``analysis/published/references.bib``; converted as in ``SpectrumModel``.
    """

    citations: tuple[str, ...]
    of_isotope: Callable[[str], PiecewiseSpectrum] | None = None
    of_reactor: Callable[[], PiecewiseSpectrum] | None = None
    converted: bool = False
    judgement: str = ""

    def named(self, name: str) -> SpectrumModel:
        """The model with all its spectra."""
        if self.of_isotope is None:
            total = None if self.of_reactor is None else self.of_reactor()
            return SpectrumModel(name, {}, total)
        by_isotope = {isotope: self.of_isotope(isotope) for isotope in FISSILE_ISOTOPES}
        return SpectrumModel(name, by_isotope, converted=self.converted)
