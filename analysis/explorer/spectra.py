"""Spectra of a model as an explorer's page holds them: terms of shapes, each shape once."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.cross_sections.parameters import FloatArray
from sim.folding.terms import SpectrumTerms
from sim.model import Model
from sim.spectra import PERIODS


class ShapePool:
    """Shapes (n_bins,) of many spectra, equal ones once."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self.shapes: list[list[float]] = []

    def place(self, shape: FloatArray) -> int:
        """Place of a shape among all."""
        key = shape.tobytes()
        if key not in self._places:
            self._places[key] = len(self.shapes)
            self.shapes.append([float(value) for value in shape])
        return self._places[key]


def spectra_content(model: Model, pool: ShapePool) -> list[dict[str, Any]]:
    """Each spectrum of a model: its name, bins, exposure, terms, and observed counts if any.

    A term is [shape, weight, factor, factor, ...]: the place of its shape in the pool, its weight
    and the names of the parameters that multiply it.
    """
    observed = model.observed
    config = model.experiment.config
    days = (config.exposure.on_days, config.exposure.off_days)
    found = []
    for place, (period, terms) in enumerate(zip(PERIODS, model.terms(), strict=True)):
        if days[place] == 0:
            continue
        errors = None if observed is None else observed.errors
        found.append(
            {
                "name": period,
                "is_on": place == 0,
                "kg_days": config.detector.mass_kg * days[place],
                "edges_kev": model.edges_kev.tolist(),
                "terms": _terms(terms, pool),
                "observed": None if observed is None else observed.counts[place].tolist(),
                "errors": None if errors is None else errors[place].tolist(),
            }
        )
    return found


def _terms(terms: SpectrumTerms, pool: ShapePool) -> list[list[Any]]:
    places = [pool.place(np.ascontiguousarray(shape)) for shape in terms.shapes]
    return [
        [places[shape], float(weight), *factors]
        for shape, weight, factors in zip(terms.shape_of, terms.weights, terms.factors, strict=True)
    ]
