"""Spectra of a model as an explorer's page holds them: terms of shapes, each shape once."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.cross_sections.parameters import FloatArray
from sim.folding.terms import SpectrumTerms
from sim.model import Model


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
    and the names of the parameters that multiply it.  Spectra without exposure are left out.
    """
    counts = None if model.observed is None else model.observed.parts()
    errors = None if model.observed is None else model.observed.error_parts()
    several = len({info.detector for info in model.spectra}) > 1
    return [
        {
            "name": info.name if several else info.period,
            "is_on": info.powered,
            "kg_days": info.kg_days,
            "edges_kev": info.edges_kev.tolist(),
            "terms": _terms(terms, pool),
            "observed": None if counts is None else counts[place].tolist(),
            "errors": None if errors is None else errors[place].tolist(),
        }
        for place, (info, terms) in enumerate(zip(model.spectra, model.terms(), strict=True))
        if info.kg_days > 0
    ]


def _terms(terms: SpectrumTerms, pool: ShapePool) -> list[list[Any]]:
    places = [pool.place(np.ascontiguousarray(shape)) for shape in terms.shapes]
    return [
        [places[shape], float(weight), *factors]
        for shape, weight, factors in zip(terms.shape_of, terms.weights, terms.factors, strict=True)
    ]
