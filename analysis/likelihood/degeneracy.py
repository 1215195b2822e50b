"""Degeneracies: parameters that data cannot tell apart, whatever a minimiser says of its errors."""

from __future__ import annotations

import numpy as np

from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

IN_SPAN = 1e-9
_FLAT = 1e-12
_FEW = 24


def can_be_imitated(likelihood: Likelihood, name: str) -> bool:
    """True if free background norms can undo every effect of a signal parameter in every bin.

    The data then say nothing about it: its templates lie in the span of those of the norms that
    are neither fixed nor constrained.
    """
    free = [
        norm
        for norm, kind, held, known in zip(
            likelihood.names,
            likelihood.kinds,
            likelihood.fixed,
            likelihood.inverse_sigmas,
            strict=True,
        )
        if kind == "norm" and not held and known == 0
    ]
    if likelihood.kinds[likelihood.index(name)] != "signal" or not free:
        return False
    norms = np.array([likelihood.along(norm)[0] for norm in free])
    return in_span(np.array(likelihood.along(name)).T, norms.T)


def in_span(effects: FloatArray, shapes: FloatArray) -> bool:
    """True if every column of effects (n, m) is a combination of those of shapes (n, k).

    What already fails in a few bins, fitted on their own, fails in all: this is looked at first.
    """
    few = slice(None, None, max(1, len(effects) // _FEW))
    _, left = _left_over(effects[few], shapes[few])
    if np.sum(left**2) > len(left) * left.shape[1] * IN_SPAN**2:
        return False
    largest, left = _left_over(effects, shapes)
    return bool(np.all(np.abs(left) <= IN_SPAN * largest))


def _left_over(effects: FloatArray, shapes: FloatArray) -> tuple[float, FloatArray]:
    """Largest effect, and what the best combination of shapes leaves, over the size of each bin."""
    sizes = np.sum(np.abs(effects), axis=1) + np.sum(np.abs(shapes), axis=1)
    rows = sizes > 0
    effects, shapes = effects[rows] / sizes[rows, None], shapes[rows] / sizes[rows, None]
    fitted = shapes @ np.linalg.lstsq(shapes, effects, rcond=None)[0]
    return float(np.max(np.abs(effects), initial=0.0)), effects - fitted


def undetermined(likelihood: Likelihood, x: FloatArray) -> tuple[str, ...]:
    """Free parameters at x along which, alone or together, nothing changes in first order.

    They are those of the null directions of the Fisher matrix with a unit diagonal.
    """
    information = likelihood.fisher(x)
    scale = np.sqrt(np.diag(information))
    used = np.flatnonzero(~likelihood.fixed & (scale > 0))
    flat = set(np.flatnonzero(~likelihood.fixed & ~(scale > 0)).tolist())
    if used.size:
        correlations = information[np.ix_(used, used)] / np.outer(scale[used], scale[used])
        values, vectors = np.linalg.eigh(correlations)
        null = np.abs(vectors[:, values < _FLAT * used.size])
        flat |= set(used[np.any(null > 1e-3, axis=1)].tolist())
    return tuple(likelihood.names[place] for place in sorted(flat))
