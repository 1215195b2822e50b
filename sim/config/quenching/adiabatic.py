"""Lindhard's curve that dies at slow recoils."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching.alternatives import AdiabaticLindhard
from sim.config.quenching.section import QuenchingSection
from sim.section import Positive


class AdiabaticQuenching(QuenchingSection):
    """Lindhard's curve times 1 - exp(-T / xi), which dies at slow recoils."""

    citations = ("Lindhard1963", "Scholz2016")

    model: Literal["adiabatic"]
    """Quenching of nuclear recoils."""
    k: Positive
    """Lindhard's k."""
    xi_recoil_kev: Positive
    """Recoil energy xi below which the ionization dies."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> AdiabaticLindhard:
        """Of the charge of the element."""
        return AdiabaticLindhard(element.atom.z, self.k, self.xi_recoil_kev)
