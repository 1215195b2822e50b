"""Cores around a place and the antineutrino flux of each: for planners of a site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fluxes.reactor.core import Core
from fluxes.reactor.cores import flux_of_cores
from fluxes.reactor.sites import distance_m
from fluxes.spectra.model import SpectrumModel

LOW_ENRICHED: Mapping[str, float] = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
"""Typical fission fractions of a power reactor in mid cycle, the defaults of an experiment."""

HIGHLY_ENRICHED: Mapping[str, float] = {"u235": 1.0, "u238": 0.0, "pu239": 0.0, "pu241": 0.0}
"""Fission fractions of a research reactor with highly enriched fuel."""

CAPTURES_LOW_ENRICHED = 0.6


@dataclass(frozen=True, slots=True)
class PlacedCore:
    """A core with its place in degrees."""

    name: str
    latitude: float
    longitude: float
    thermal_power_gw: float
    is_highly_enriched: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A core seen from a place: flux at full power, all flavours, and its share of the sum."""

    core: PlacedCore
    distance_m: float
    flux_cm2_s: float
    share: float


def neighbours(
    latitude: float,
    longitude: float,
    cores: Iterable[PlacedCore],
    within_m: float,
    model: str | SpectrumModel = "bestiole-2023",
) -> list[Neighbour]:
    """Cores within a distance of a place, the largest flux first.

    Fluxes are those of point sources at the design power, without oscillation.

    Raises
    ------
    ValueError
        for a place that is not on Earth, or on a core.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(
            f"a latitude of -90 to 90 and a longitude of -180 to 180 degrees expected, found "
            f"{latitude:g} {longitude:g}"
        )
    near = [(distance_m(latitude, longitude, c.latitude, c.longitude), c) for c in cores]
    seen = [(distance, core) for distance, core in near if distance <= within_m]
    fluxes = [_flux_cm2_s(core, distance, model) for distance, core in seen]
    found = [
        Neighbour(core, distance, flux, flux / sum(fluxes))
        for (distance, core), flux in zip(seen, fluxes, strict=True)
    ]
    return sorted(found, key=lambda neighbour: -neighbour.flux_cm2_s)


def _flux_cm2_s(core: PlacedCore, distance: float, model: str | SpectrumModel) -> float:
    if distance < 1:
        raise ValueError(f"the place lies on {core.name}: give that of the detector")
    fractions = HIGHLY_ENRICHED if core.is_highly_enriched else LOW_ENRICHED
    captures = 0.0 if core.is_highly_enriched else CAPTURES_LOW_ENRICHED
    source = Core(core.thermal_power_gw, distance, fractions)
    return flux_of_cores([source], model, captures).total_cm2_s
