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
