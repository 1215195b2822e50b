"""Batch: the fits of many toys at once, with the compiled solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis import kernels
from analysis.intervals import start_values
from analysis.likelihood import SIGNAL_PARAMETERS, Likelihood
from sim.parameters import FloatArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Toys:
    """m data sets for one likelihood: counts (m, n) and centres of the constraints (m, P).

    Fixed parameters are held at the value that they have in centers, toy by toy.
    """

    counts: FloatArray
    centers: FloatArray

    def rows(self, rows: BoolArray) -> Toys:
        """Some of the toys."""
        return Toys(self.counts[rows], self.centers[rows])


@dataclass(frozen=True, slots=True, eq=False)
class BatchMinima:
    """Minima of m spectra: -2 ln L (m,), points (m, P), and whether each converged (m,)."""

    values: FloatArray
    points: FloatArray
    converged: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class BatchStatistics:
    """Fits of one parameter to m spectra, each array (m,), in the scaled unit of the likelihood.

    statistic is -2 ln L at the tested value less that of the best physical fit; error the
    standard error at the best fit, from the Fisher matrix.
    """

    best_fit: FloatArray
    error: FloatArray
    best_value: FloatArray
    statistic: FloatArray
    converged: BoolArray


def batch_minima(
    likelihood: Likelihood, toys: Toys, points: FloatArray, held: Mapping[str, float]
) -> BatchMinima:
    """Minimise for every toy from its point (m, P), some parameters held."""
    points = np.array(points)
    points[:, likelihood.fixed] = toys.centers[:, likelihood.fixed]
    free = ~likelihood.fixed
    inverse_sigmas = likelihood.inverse_sigmas.copy()
    for name, value in held.items():
        place = likelihood.index(name)
        points[:, place] = value
        free[place] = False
        inverse_sigmas[place] = 0.0
    values, converged = kernels.solve_many(
        points,
        free,
        likelihood.templates,
        likelihood.linear,
        likelihood.quadratic,
        np.ascontiguousarray(toys.counts),
        likelihood.variances,
        np.ascontiguousarray(toys.centers),
        inverse_sigmas,
    )
    return BatchMinima(values, points, converged)


def batch_statistics(
    likelihood: Likelihood, toys: Toys, name: str, tested: float
) -> BatchStatistics:
    """Best physical fit and the statistic at a tested value of one parameter, for every toy.

    mu2 is bounded by 0; q and r are started at all their mirror points and the lowest minimum
    counts.  The other signal parameters stay at the Standard Model.
    """
    others = {other: 0.0 for other in SIGNAL_PARAMETERS if other != name}
    place = likelihood.index(name)
    best = _best_of_starts(likelihood, toys, name, others)
    if name == "mu2":
        below = best.points[:, place] < 0
        if np.any(below):
            held = {**others, "mu2": 0.0}
            at_zero = batch_minima(likelihood, toys.rows(below), best.points[below], held)
            best = _replaced(best, below, at_zero)
    at_tested = batch_minima(likelihood, toys, best.points, {**others, name: tested})
    return BatchStatistics(
        best_fit=best.points[:, place],
        error=_errors(likelihood, best.points, place, others),
        best_value=best.values,
        statistic=at_tested.values - best.values,
        converged=best.converged & at_tested.converged,
    )


def _best_of_starts(
    likelihood: Likelihood, toys: Toys, name: str, others: Mapping[str, float]
) -> BatchMinima:
    starts = [0.0] if name == "mu2" else start_values(likelihood, name)
    best: BatchMinima | None = None
    for start in starts:
        begin = toys.centers.copy()
        begin[:, likelihood.index(name)] = start
        found = batch_minima(likelihood, toys, begin, others)
        if best is None:
            best = found
            continue
        better = found.converged & ((found.values < best.values) | ~best.converged)
        best = _replaced(best, better, _rows(found, better))
    assert best is not None
    return best


def _rows(minima: BatchMinima, rows: BoolArray) -> BatchMinima:
    return BatchMinima(minima.values[rows], minima.points[rows], minima.converged[rows])


def _replaced(minima: BatchMinima, rows: BoolArray, by: BatchMinima) -> BatchMinima:
    values, points, converged = (
        minima.values.copy(),
        minima.points.copy(),
        minima.converged.copy(),
    )
    values[rows], points[rows], converged[rows] = by.values, by.points, by.converged
    return replace(minima, values=values, points=points, converged=converged)


def _errors(
    likelihood: Likelihood, points: FloatArray, place: int, held: Mapping[str, float]
) -> FloatArray:
    free = ~likelihood.fixed
    for name in held:
        free[likelihood.index(name)] = False
    errors: FloatArray = kernels.standard_errors(
        points,
        place,
        free,
        likelihood.templates,
        likelihood.linear,
        likelihood.quadratic,
        likelihood.variances,
        likelihood.inverse_sigmas,
    )
    return errors
