"""One reactor core, with nothing computed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Core:
    """A core in one period: mean thermal power (0 when off), baseline, fission fractions."""

    thermal_power_gw: float
    baseline_m: float
    fission_fractions: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.thermal_power_gw >= 0:
            raise ValueError(f"thermal_power_gw must be >= 0, found {self.thermal_power_gw:g}")
        if not self.baseline_m > 0:
            raise ValueError(f"baseline_m must be > 0, found {self.baseline_m:g}")
