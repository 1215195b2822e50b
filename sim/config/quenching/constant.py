"""One quenching factor at all energies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from detectors.matter.materials import Constituent
from detectors.quenching import curve
from sim.config.quenching.section import QuenchingSection
from sim.section import Positive


class ConstantQuenching(QuenchingSection):
    """One factor at all energies; 1 for a phonon detector."""

    model: Literal["constant"]
    """Quenching of nuclear recoils."""
    factor: Positive
    """The factor at all energies; 1 for a phonon detector."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> curve.ConstantQuenching:
        """The same of every element."""
        return curve.ConstantQuenching(self.factor)
