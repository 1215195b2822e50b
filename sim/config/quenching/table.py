"""Quenching factors from a table of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching.tabulated import TabulatedQuenching
from sim.config.quenching.section import QuenchingSection
from sim.section import FileName
from sim.tables.curves import quenching_table


class TableQuenching(QuenchingSection):
    """A table with the columns recoil_kev, quenching_factor; beyond its end constant or refused."""

    model: Literal["table"]
    """Quenching of nuclear recoils."""
    file: FileName
    """Table of recoil_kev (nuclear recoil) and quenching_factor."""
    beyond: Literal["constant", "error"] = "error"
    """What to do above the last row."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The one of the factors."""
        return (self.file,)

    def check_tables(self, texts: Mapping[str, str]) -> None:
        """Read it; ValueError if it is none."""
        self._read(texts)

    def build(self, element: Constituent, texts: Mapping[str, str]) -> TabulatedQuenching:
        """The same of every element."""
        return self._read(texts)

    def _read(self, texts: Mapping[str, str]) -> TabulatedQuenching:
        return quenching_table(texts, self.file, self.beyond)
