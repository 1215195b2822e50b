"""Counts of a counting experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NoReturn

from pydantic import model_validator

from detectors.resolution import ResolutionModel
from sim.config.backgrounds.component import BackgroundComponent
from sim.section import NonNegativeByName, PositiveByName


class CountsBackground(BackgroundComponent):
    """Counts of a counting experiment, as a rate or as numbers."""

    is_counted = True

    shape: Literal["counts"]
    """Shape in energy: none, for analysis.mode = counting."""
    rate_per_kg_day: PositiveByName | None = None
    """Counts per kg and day."""
    counts: NonNegativeByName | None = None
    """Counts of each spectrum, in place of a rate: a number, or a table by detector or period."""

    @model_validator(mode="after")
    def _rate_or_counts(self) -> CountsBackground:
        if (self.rate_per_kg_day is None) == (self.counts is None):
            raise ValueError("rate_per_kg_day or counts expected, one of them")
        if self.counts is not None and self.scaling != "time":
            raise ValueError("counts are those of each spectrum: they go with scaling = 'time'")
        return self

    def build(
        self,
        rate: float,
        floating: Mapping[str, float],
        resolution: ResolutionModel,
        texts: Mapping[str, str],
    ) -> NoReturn:
        """Nothing that has energies."""
        raise ValueError(
            f"background {self.name!r}: shape = 'counts' goes with analysis.mode = 'counting'"
        )
