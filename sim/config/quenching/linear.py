"""A straight line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching import alternatives
from sim.config.quenching.section import QuenchingSection
from sim.section import Number


class LinearQuenching(QuenchingSection):
    """A straight line without a model, 0 where it would be negative."""

    model: Literal["linear"]
    """Quenching of nuclear recoils."""
    intercept: Number
    """Quenching factor at zero recoil."""
    slope_per_kev: Number
    """Its rise with the recoil energy."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> alternatives.LinearQuenching:
        """The same of every element."""
        return alternatives.LinearQuenching(self.intercept, self.slope_per_kev)
