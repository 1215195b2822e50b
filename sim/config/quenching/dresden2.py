"""The curves of the Dresden-II analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching.tabulated import TabulatedQuenching, dresden2_quenching
from sim.config.quenching.section import QuenchingSection


class DresdenQuenching(QuenchingSection):
    """Germanium curves of the Dresden-II analysis: iron-filtered beam, YBe photoneutrons."""

    citations = ("Colaresi2022", "Collar2021")

    model: Literal["dresden2"]
    """Quenching of nuclear recoils; germanium only."""
    curve: Literal["Fef", "YBe"]
    """Iron-filtered beam, or photoneutrons of YBe."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> TabulatedQuenching:
        """Of germanium; ValueError for another element."""
        if element.atom.symbol != "Ge":
            raise ValueError(f"quenching 'dresden2' is for Ge, not for {element.atom.symbol}")
        return dresden2_quenching(self.curve)
