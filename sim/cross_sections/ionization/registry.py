"""The ionization models by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sim.cross_sections.ionization.equivalent_photon import (
    EquivalentPhotons,
    LargerOfPhotonsAndSteps,
)
from sim.cross_sections.ionization.model import IonizationModel
from sim.cross_sections.ionization.orbital import Best, Orbitals
from sim.cross_sections.ionization.pai import Matter, PhotoabsorptionIonization
from sim.cross_sections.ionization.stepping import CountedElectrons

_Made = Callable[[EquivalentPhotons, Matter], IonizationModel]


def _counted(count: str) -> _Made:
    return lambda photons, matter: CountedElectrons(count)


_MODELS: Mapping[str, _Made] = {
    "stepping": _counted("stepping"),
    "free": _counted("free"),
    "stepping-smoothed": _counted("stepping-smoothed"),
    "rrpa": _counted("rrpa"),
    "epa-max": lambda photons, matter: LargerOfPhotonsAndSteps(photons),
    "pai": lambda photons, matter: PhotoabsorptionIonization(matter),
    "orbital": lambda photons, matter: Orbitals(matter),
    "best": lambda photons, matter: Best(matter),
}
IONIZATION_MODELS = tuple(_MODELS)


def ionization_model(name: str, photons: EquivalentPhotons, matter: Matter) -> IonizationModel:
    """The model of a name, with the options of those that have any.

    Raises
    ------
    ValueError
        for another name.
    """
    if name not in _MODELS:
        raise ValueError(f"ionization {name!r}: allowed are {', '.join(IONIZATION_MODELS)}")
    return _MODELS[name](photons, matter)
