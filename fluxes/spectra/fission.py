"""The shipped antineutrino spectra per fission: every file of this folder with a ``MODEL``."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from fluxes import spectra as folder
from fluxes.spectra.model import ShippedModel, SpectrumModel
from fluxes.spectrum import PiecewiseSpectrum


@cache
def shipped_models() -> Mapping[str, ShippedModel]:
    """Entries by the names of the models: those by isotope, then those of whole reactors."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    modules = {name: import_module(f"{folder.__name__}.{name}") for name in names}
    found = [(n.replace("_", "-"), m.MODEL) for n, m in modules.items() if hasattr(m, "MODEL")]
    return dict(sorted(found, key=lambda entry: entry[1].of_isotope is None))


def spectrum_model_names() -> tuple[str, ...]:
    """Names of the shipped models."""
    return tuple(shipped_models())


@cache
def spectrum_model(name: str) -> SpectrumModel:
    """A shipped model with all its spectra.

    Raises
    ------
    ValueError
        for an unknown model.
    """
    if name not in shipped_models():
        raise ValueError(f"spectrum {name!r}: allowed are {', '.join(spectrum_model_names())}")
    return shipped_models()[name].named(name)


def fission_spectrum(model: str, isotope: str) -> PiecewiseSpectrum:
    """Antineutrinos per fission and MeV of one isotope in a named model.

    Raises
    ------
    ValueError
        for an unknown model or isotope, or for a model that is a total.
    """
    return spectrum_model(model).isotope(isotope)
