"""Efficiencies from a table of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.efficiency import TabulatedEfficiency
from sim.config.efficiency.section import EfficiencySection
from sim.section import FileName
from sim.tables.curves import efficiency_table


class TableEfficiency(EfficiencySection):
    """A table with the columns energy_kev, efficiency."""

    model: Literal["table"]
    """Shape of the efficiency."""
    file: FileName
    """Table of energy_kev and efficiency."""
    acts_on: Literal["true", "reconstructed"] = "reconstructed"
    """The energy that it depends on."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The one of the efficiencies."""
        return (self.file,)

    def check_tables(self, texts: Mapping[str, str]) -> None:
        """Read it; ValueError if it is none."""
        self.build(texts)

    def build(self, texts: Mapping[str, str]) -> TabulatedEfficiency:
        """Straight lines between the rows."""
        return efficiency_table(texts, self.file, self.acts_on)
