"""Lindhard's equation with a binding energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching.binding import SARKIS_GERMANIUM, SARKIS_SILICON, BindingQuenching
from sim.config.quenching.section import QuenchingSection
from sim.section import Positive


class SarkisQuenching(QuenchingSection):
    """Lindhard's equation with a binding energy (Sarkis et al. 2020); silicon and germanium."""

    citations = ("Sarkis2020",)

    model: Literal["sarkis"]
    """Quenching of nuclear recoils; silicon and germanium only."""
    k: Positive | None = None
    """Lindhard's k; left out: 0.133 Z^(2/3) A^(-1/2) of the element."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> BindingQuenching:
        """Of silicon or germanium; ValueError for another element."""
        known = {"Si": SARKIS_SILICON, "Ge": SARKIS_GERMANIUM}
        symbol = element.atom.symbol
        if symbol not in known:
            raise ValueError(f"quenching 'sarkis' is for Si and Ge, not for {symbol}")
        return known[symbol] if self.k is None else replace(known[symbol], k=self.k)
