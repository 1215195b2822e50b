"""What the section of every efficiency has beside its keys."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from detectors.efficiency import EfficiencyCurve
from sim.syntax.variants import Variant


class EfficiencySection(Variant):
    """The detection efficiency by a shape, which the key ``model`` names."""

    if TYPE_CHECKING:
        model: str

    @abstractmethod
    def build(self, texts: Mapping[str, str]) -> EfficiencyCurve:
        """The efficiency; texts are those of tables by name, ValueError for one that is none."""

    @property
    def turns_on(self) -> bool:
        """Whether it has a turn-on, beside which threshold_kev is not what is uncertain."""
        return True

    def moved(self, factor: float) -> Self | None:
        """With its turn-on at a multiple of the energy; None where there is none to move."""
        return None
