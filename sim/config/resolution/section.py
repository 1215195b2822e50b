"""What the section of every energy resolution has beside its keys."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from detectors.efficiency import EfficiencyCurve
from detectors.resolution import ResolutionModel
from detectors.tables import FloatArray
from sim.syntax.variants import Variant


class ResolutionSection(Variant):
    """The energy resolution by a formula, which the key ``model`` names.

    measures_energy is False where events are only counted; quenching_is_stated says that a detector
    must state its quenching, whose default would not be meant.
    """

    measures_energy: ClassVar[bool] = True
    quenching_is_stated: ClassVar[bool] = False

    if TYPE_CHECKING:
        model: str

    @property
    def electron_kev(self) -> float | None:
        """Reconstructed energy of one electron, in which energies may be stated; None: unknown."""
        return None

    @abstractmethod
    def build(self, factor: float = 1.0) -> ResolutionModel:
        """The resolution with its width multiplied by a factor."""

    def response(
        self,
        ionization_kev: FloatArray,
        edges_kev: FloatArray,
        efficiency: EfficiencyCurve,
        threshold_kev: float,
        min_ionization_kev: float,
        *,
        factor: float,
        truncated: bool,
    ) -> FloatArray:
        """Response matrix (n_bins, n_true) of ``detectors.response``, for a Gaussian resolution."""
        from detectors.response import response_matrix

        return response_matrix(
            ionization_kev,
            edges_kev,
            self.build(factor),
            efficiency,
            threshold_kev,
            min_ionization_kev,
            truncated=truncated,
        )
