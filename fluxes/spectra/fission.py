"""The shipped antineutrino spectra per fission, by model name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel
from fluxes.spectra.polynomial import huber_mueller, mueller, vogel_engel, vogel_engel_low_energy
from fluxes.spectra.summation import bestiole_2023
from fluxes.spectra.total import kopeikin_2012
from fluxes.spectrum import PiecewiseSpectrum

__all__ = [
    "FISSILE_ISOTOPES",
    "FISSION_SPECTRUM_MODELS",
    "TOTAL_SPECTRUM_MODELS",
    "bestiole_2023",
    "fission_spectrum",
    "huber_mueller",
    "kopeikin_2012",
    "mueller",
    "spectrum_model",
    "spectrum_model_names",
    "vogel_engel",
    "vogel_engel_low_energy",
]

FISSION_SPECTRUM_MODELS: dict[str, Callable[[str], PiecewiseSpectrum]] = {
    "bestiole-2023": bestiole_2023,
    "huber-mueller": huber_mueller,
    "mueller": mueller,
    "vogel-engel": vogel_engel,
}
TOTAL_SPECTRUM_MODELS: dict[str, Callable[[], PiecewiseSpectrum]] = {
    "kopeikin-2012": kopeikin_2012,
}
CONVERTED_MODELS = frozenset({"huber-mueller", "mueller"})


def spectrum_model_names() -> tuple[str, ...]:
    """Names of the shipped models: those by isotope, then the totals."""
    return (*FISSION_SPECTRUM_MODELS, *TOTAL_SPECTRUM_MODELS)


@cache
def spectrum_model(name: str) -> SpectrumModel:
    """A shipped model with all its spectra.

    Raises
    ------
    ValueError
        for an unknown model.
    """
    if name in TOTAL_SPECTRUM_MODELS:
        return SpectrumModel(name, {}, TOTAL_SPECTRUM_MODELS[name]())
    if name not in FISSION_SPECTRUM_MODELS:
        raise ValueError(f"spectrum {name!r}: allowed are {', '.join(spectrum_model_names())}")
    by_isotope = {isotope: FISSION_SPECTRUM_MODELS[name](isotope) for isotope in FISSILE_ISOTOPES}
    return SpectrumModel(name, by_isotope, converted=name in CONVERTED_MODELS)


def fission_spectrum(model: str, isotope: str) -> PiecewiseSpectrum:
    """Antineutrinos per fission and MeV of one isotope in a named model.

    Raises
    ------
    ValueError
        for an unknown model or isotope, or for a model that is a total.
    """
    return spectrum_model(model).isotope(isotope)
