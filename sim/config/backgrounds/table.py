"""Rates from a table of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.backgrounds import BackgroundShape
from detectors.resolution import ResolutionModel
from detectors.tables import FloatArray
from sim.config.backgrounds.component import BackgroundComponent
from sim.section import FileName
from sim.tables.curves import background_errors, background_table


class TableBackground(BackgroundComponent):
    """A table with the columns energy_kev, rate_per_kev_kg_day, joined by straight lines.

    Of bins (low_kev, high_kev) a column error is that of a simulation: see [analysis].
    """

    shape: Literal["table"]
    """Shape in energy."""
    file: FileName
    """Table of energy_kev or low_kev and high_kev, rate_per_kev_kg_day; must span the window."""

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> list[BackgroundShape]:
        """Straight lines between the rows."""
        return [background_table(texts, self.file)]

    def errors(self, texts: Mapping[str, str], edges_kev: FloatArray) -> FloatArray | None:
        """Those of a column error."""
        return background_errors(texts, self.file, edges_kev)

    @property
    def tables(self) -> tuple[str, ...]:
        """The one of the rates."""
        return (self.file,)

    def check_tables(self, texts: Mapping[str, str]) -> None:
        """Read it; ValueError if it is none."""
        table = background_table(texts, self.file)
        background_errors(texts, self.file, table.energy_kev[[0, -1]])
