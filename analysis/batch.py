"""Batch: the fits of many toys at once, with the compiled solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis import newton_kernels
from analysis.intervals import start_values
from analysis.likelihood import SIGNAL_PARAMETERS, Likelihood
from analysis.reduction import BoolArray as BoolArray
from analysis.reduction import Reduction
from sim.parameters import FloatArray
from sim.pseudo import ToySource, toy_normals

_MOST_LANES = 64
_MAX_STEPS = 25


@dataclass(frozen=True, slots=True, eq=False)
class Toys:
    """m data sets for one likelihood: counts (m, n) and centres of the constraints (m, P).

    The fits take the counts bin by bin: counts in Fortran order, as ``ToySource`` gives them, need
    no copy.  Fixed parameters are held at the value that they have in centers, toy by toy.
    """

    counts: FloatArray
    centers: FloatArray

    def rows(self, rows: BoolArray) -> Toys:
        """Some of the toys."""
        return Toys(self.counts.T[:, rows].T, self.centers[rows])


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


def toys_at(
    likelihood: Likelihood,
    truth: FloatArray,
    n_toys: int,
    seed: int,
    first: int = 0,
    point: int = 0,
) -> Toys:
    """Toys at a point x (P,): counts, and auxiliary measurements that fluctuate about it.

    They are the toys first, first + 1, ... of the seed and the point (``sim.pseudo``).
    """
    expected = likelihood.expected(truth)
    constrained = np.flatnonzero(likelihood.inverse_sigmas > 0)
    gaussian = np.flatnonzero(likelihood.variances > 0)
    normals = toy_normals(constrained.size + gaussian.size, n_toys, seed, first, point)
    counts = ToySource.of(np.maximum(expected, 0.0)).counts(n_toys, seed, first, point)
    deviations = np.sqrt(likelihood.variances[gaussian]) * normals[:, constrained.size :]
    counts[:, gaussian] = expected[gaussian] + deviations
    centers = np.tile(truth, (n_toys, 1))
    pulls = normals[:, : constrained.size] / likelihood.inverse_sigmas[constrained]
    centers[:, constrained] += pulls
    return Toys(counts, centers)


def batch_minima(
    likelihood: Likelihood,
    toys: Toys,
    points: FloatArray,
    held: Mapping[str, float],
    *,
    far: bool = True,
) -> BatchMinima:
    """Minimise for every toy from its point (m, P), some parameters held.

    far is False for points that are expected to lie close to the minima.  Newton steps in step; a
    toy for which these fail is minimised on its own by damped steps.
    """
    points = np.array(points)
    points[:, likelihood.fixed] = toys.centers[:, likelihood.fixed]
    for name, value in held.items():
        points[:, likelihood.index(name)] = value
    reduction, inverse_sigmas = _reduced(likelihood, points, held)
    counts, centers = np.ascontiguousarray(toys.counts.T), np.ascontiguousarray(toys.centers)
    values, converged = newton_kernels.minimise_toys(
        points,
        counts,
        centers,
        inverse_sigmas,
        far,
        _lanes(points),
        _MAX_STEPS,
        *reduction.arrays(),
    )
    rest = ~converged
    if np.any(rest):
        rest_points = points[rest]
        values[rest], converged[rest] = newton_kernels.minimise_each(
            rest_points, counts[:, rest], centers[rest], inverse_sigmas, *reduction.arrays()
        )
        points[rest] = rest_points
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
            at_zero = batch_minima(
                likelihood, toys.rows(below), best.points[below], held, far=False
            )
            best = _replaced(best, below, at_zero)
    columns = _covariances(likelihood, best.points, place, others)
    variance = columns[:, place]
    along = np.where(variance[:, None] > 0, columns / variance[:, None], 0.0)
    near = best.points + (tested - best.points[:, [place]]) * along
    at_tested = batch_minima(likelihood, toys, near, {**others, name: tested}, far=False)
    return BatchStatistics(
        best_fit=best.points[:, place],
        error=np.sqrt(variance),
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


def _covariances(
    likelihood: Likelihood, points: FloatArray, place: int, held: Mapping[str, float]
) -> FloatArray:
    """Fisher covariances of one parameter with all others at each point, (m, P)."""
    reduction, inverse_sigmas = _reduced(likelihood, points, held)
    columns: FloatArray = newton_kernels.information_columns(
        points, place, inverse_sigmas, _lanes(points), *reduction.arrays()
    )
    return columns


def _reduced(
    likelihood: Likelihood, points: FloatArray, held: Mapping[str, float]
) -> tuple[Reduction, FloatArray]:
    """Reduction with some parameters held as in the points, and the constraints of the rest."""
    free = ~likelihood.fixed
    free[[likelihood.index(name) for name in held]] = False
    at_zero = ~free & ~np.any(points, axis=0)
    return likelihood.reduced(free, at_zero), np.where(free, likelihood.inverse_sigmas, 0.0)


def _lanes(rows: FloatArray) -> int:
    """Toys that are fitted in step: the length of the kernels' innermost loops."""
    return min(_MOST_LANES, max(-(-len(rows) // 8), 1) * 8)
