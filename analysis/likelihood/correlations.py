"""Correlations: constraints of parameters that were not measured independently of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.likelihood.blocks import IntArray
from sim.cross_sections.parameters import FloatArray

Couplings = tuple[IntArray, IntArray, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Correlations:
    """Sets of parameters with a common Gaussian constraint: their places and covariance.

    couplings is what that adds to 1 / variance on the diagonal of the inverse covariance: entries
    of its lower half as two places and a value.
    """

    sets: tuple[tuple[IntArray, FloatArray], ...]
    couplings: Couplings = field(repr=False)

    @classmethod
    def of(cls, sets: Sequence[tuple[IntArray, FloatArray]] = ()) -> Correlations:
        """Of places (k,) and covariances (k, k)."""
        first, second, values = [], [], []
        for places, covariance in sets:
            excess = np.linalg.inv(covariance) - np.diag(1 / np.diag(covariance))
            a, b = np.tril_indices(len(places))
            first.append(places[a])
            second.append(places[b])
            values.append(excess[a, b])
        none = np.zeros(0, dtype=np.int64)
        couplings = (
            np.concatenate([none, *first]),
            np.concatenate([none, *second]),
            np.concatenate([np.zeros(0), *values]),
        )
        return cls(tuple(sets), couplings)

    def given(
        self, values: dict[int, float], centers: FloatArray, inverse_sigmas: FloatArray
    ) -> Correlations:
        """Those of the other parameters where some, by place, are known to have values.

        centers and inverse_sigmas (P,) of the others become those of the conditional distribution.
        """
        kept = []
        for places, covariance in self.sets:
            known = np.array([place in values for place in places])
            if not np.any(known):
                kept.append((places, covariance))
                continue
            shift = np.array([values[p] for p in places[known]]) - centers[places[known]]
            across = covariance[np.ix_(~known, known)]
            gain = across @ np.linalg.inv(covariance[np.ix_(known, known)])
            left = covariance[np.ix_(~known, ~known)] - gain @ across.T
            rest = places[~known]
            centers[rest] += gain @ shift
            inverse_sigmas[rest] = np.diag(left) ** -0.5
            if rest.size > 1:
                kept.append((rest, left))
        return Correlations.of(kept)

    def moved(self, places: IntArray) -> tuple[tuple[IntArray, FloatArray], ...]:
        """The sets where the parameter at place p has come to places[p]."""
        return tuple((places[own], covariance) for own, covariance in self.sets)

    def correlate(self, deviations: FloatArray, places: IntArray) -> FloatArray:
        """Independent standard deviations (m, k) of the parameters at places, made correlated."""
        out = deviations.copy()
        for own, covariance in self.sets:
            columns = np.array([int(np.flatnonzero(places == p)[0]) for p in own])
            sigmas = np.diag(covariance) ** 0.5
            root = np.linalg.cholesky(covariance / np.outer(sigmas, sigmas))
            out[:, columns] = deviations[:, columns] @ root.T
        return out
