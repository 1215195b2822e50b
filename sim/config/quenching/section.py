"""What the section of every quenching model has beside its keys."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from detectors.matter.materials import Constituent
from detectors.quenching.curve import Quenching
from sim.syntax.variants import Variant


class QuenchingSection(Variant):
    """The ionization of nuclear recoils by a model, which the key ``model`` names."""

    if TYPE_CHECKING:
        model: str

    @abstractmethod
    def build(self, element: Constituent, texts: Mapping[str, str]) -> Quenching:
        """Quenching of the recoils of an element; texts are those of tables by name.

        Raises
        ------
        ValueError
            for an element that the model does not know, or a table that is none.
        """

    def moved(self, element: Constituent, steps: tuple[float, ...]) -> Quenching:
        """The curve along the directions of its own covariance, of which most models have none."""
        raise ValueError(f"quenching {self.model!r} has no covariance")

    def n_directions(self, element: Constituent) -> int:
        """Number of directions of its own covariance."""
        return 0
