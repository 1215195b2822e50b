"""Reactors by name, those of neutrino experiments: ``fluxes/data/reactors.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin, sqrt

from fluxes.tables import shipped_text

# World Geodetic System 1984: semi-major axis and flattening.
_EQUATOR_M = 6378137.0
_FLATTENING = 1 / 298.257223563


@dataclass(frozen=True, slots=True)
class ReactorSite:
    """A core: position in degrees, design power (None where no one number is known), type.

    position_from and power_from say where the numbers were read, or ``remembered``.
    """

    name: str
    title: str
    country: str
    latitude: float
    longitude: float
    thermal_power_gw: float | None
    cores_at_site: int
    kind: str
    status: str
    experiments: str
    position_from: str
    power_from: str
    remark: str

    @property
    def is_highly_enriched(self) -> bool:
        """True for a research reactor whose fissions are nearly all of U-235."""
        return "HEU" in self.kind

    @property
    def is_running(self) -> bool:
        """True unless the core was closed."""
        return self.status == "running"


@cache
def reactor_sites() -> Mapping[str, ReactorSite]:
    """All shipped reactors by name."""
    lines = [line for line in shipped_text("reactors.csv").splitlines() if line[:1] != "#"]
    return {row["site"]: _site(row) for row in csv.DictReader(lines)}


def distance_m(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """Straight line through the Earth between two places at sea level, degrees in, WGS 84."""
    here = _earth_centred_m(latitude, longitude)
    there = _earth_centred_m(other_latitude, other_longitude)
    return sqrt(sum((a - b) ** 2 for a, b in zip(here, there, strict=True)))


def _earth_centred_m(latitude: float, longitude: float) -> tuple[float, float, float]:
    phi, lam = radians(latitude), radians(longitude)
    squared_eccentricity = _FLATTENING * (2 - _FLATTENING)
    normal = _EQUATOR_M / sqrt(1 - squared_eccentricity * sin(phi) ** 2)
    return (
        normal * cos(phi) * cos(lam),
        normal * cos(phi) * sin(lam),
        normal * (1 - squared_eccentricity) * sin(phi),
    )


def _site(row: Mapping[str, str]) -> ReactorSite:
    power = row["thermal_power_mw"]
    return ReactorSite(
        name=row["site"],
        title=row["name"],
        country=row["country"],
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        thermal_power_gw=float(power) / 1000 if power else None,
        cores_at_site=int(row["cores_at_site"]),
        kind=row["type"],
        status=row["status"],
        experiments=row["experiments"],
        position_from=row["position_from"],
        power_from=row["power_from"],
        remark=row["remark"],
    )
