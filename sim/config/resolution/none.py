"""No resolution: events are counted."""

from __future__ import annotations

from typing import Literal, NoReturn

from sim.config.resolution.section import ResolutionSection


class NoResolution(ResolutionSection):
    """Energies are not measured: for analysis.mode = ``counting``."""

    measures_energy = False

    model: Literal["none"]
    """Formula of the resolution: none, for a counting experiment."""

    def build(self, factor: float = 1.0) -> NoReturn:
        """There is none."""
        raise ValueError("a counting experiment has no resolution")
