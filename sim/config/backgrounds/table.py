"""Rates from a table of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.backgrounds import BackgroundShape
from detectors.resolution import ResolutionModel
from sim.config.backgrounds.component import BackgroundComponent
from sim.section import FileName
from sim.tables.curves import background_table


class TableBackground(BackgroundComponent):
    """A table with the columns energy_kev, rate_per_kev_kg_day, joined by straight lines."""

    shape: Literal["table"]
    """Shape in energy."""
    file: FileName
    """Table of energy_kev and rate_per_kev_kg_day; must span the window."""

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """Straight lines between the rows."""
        return [background_table(texts, self.file)]

    @property
    def tables(self) -> tuple[str, ...]:
        """The one of the rates."""
        return (self.file,)

    def check_tables(self, texts: Mapping[str, str]) -> None:
        """Read it; ValueError if it is none."""
        background_table(texts, self.file)
