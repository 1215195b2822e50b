"""Lindhard's curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching.curve import Lindhard, lindhard_k
from sim.config.quenching.section import QuenchingSection
from sim.section import Positive


class LindhardQuenching(QuenchingSection):
    """Lindhard's curve; k defaults to 0.133 Z^(2/3) A^(-1/2) of each element."""

    citations = ("Lindhard1963", "LewinSmith1996")

    model: Literal["lindhard"] = "lindhard"
    """Quenching of nuclear recoils."""
    k: Positive | None = None
    """Lindhard's k; left out: 0.133 Z^(2/3) A^(-1/2) of each element."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> Lindhard:
        """Of k as stated, or of the mean mass of the element."""
        z = element.atom.z
        mean_a = sum(n.abundance * n.atomic_mass_u for n in element.isotopes)
        return Lindhard(z, lindhard_k(z, mean_a) if self.k is None else self.k)
