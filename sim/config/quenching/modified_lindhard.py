"""Lindhard's curve with a constant energy lost or won."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching.alternatives import ModifiedLindhard
from sim.config.quenching.section import QuenchingSection
from sim.section import Number, Positive


class ModifiedQuenching(QuenchingSection):
    """Lindhard's curve less q / e: a constant energy lost, or with q < 0 won."""

    citations = ("Lindhard1963", "Sorensen2015")

    model: Literal["modified-lindhard"]
    """Quenching of nuclear recoils."""
    k: Positive
    """Lindhard's k."""
    q: Number
    """Energy lost, in Lindhard's reduced unit; below 0: won."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> ModifiedLindhard:
        """Of the charge of the element."""
        return ModifiedLindhard(element.atom.z, self.k, self.q)
