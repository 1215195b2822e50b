"""Batch: the fits of many toys at once, with the compiled solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits import newton_kernels
from analysis.likelihood import single_kernels
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS, Likelihood
from analysis.likelihood.reduction import BoolArray as BoolArray
from analysis.likelihood.reduction import Reduction
from sim.cross_sections.parameters import FloatArray
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
    points = _held(likelihood, toys, points, held)
    return _minima(*_reduced(likelihood, points, held), toys, points, far)


def valley_starts(
    likelihood: Likelihood, toys: Toys, name: str, tested: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Starts (3, m, P) in the deeper and the other valley of q or r, and at a tested value.

    The valleys are those of the quartic that -2 ln L is where it is a parabola in the counts; their
    number (m,) is 1, 2, or 1.5 where a second one has almost come to be.  The other signal
    parameters stay at the Standard Model.
    """
    held, bent = _others(name), likelihood.index(name)
    origin = _held(likelihood, toys, toys.centers, {**held, name: 0.0})
    reduction, inverse_sigmas = _reduced(likelihood, origin, held, last=bent)
    starts, numbers = newton_kernels.valley_starts(
        origin,
        np.ascontiguousarray(toys.counts.T),
        tested,
        inverse_sigmas,
        bent,
        _lanes(origin),
        *reduction.arrays(),
    )
    return starts, numbers


def both_minima(
    likelihood: Likelihood, toys: Toys, name: str, tested: float = 0.0
) -> tuple[BatchMinima, BatchMinima, FloatArray]:
    """Minima in the deeper and in the other valley of q or r, and points (m, P) at a tested value.

    From the points fits with the parameter held at the tested value may start.  Where there is
    one valley the other minimum is infinite and has not converged.  See ``valley_starts``.
    """
    (deep, shallow, near), numbers = valley_starts(likelihood, toys, name, tested)
    bent, double = likelihood.index(name), numbers > 1
    problem = _reduced(likelihood, deep, _others(name), last=bent)
    sides = np.where(double, np.sign(deep[:, bent] - shallow[:, bent]), 0.0)
    deeper = _minima(*problem, toys, deep, False, bent, sides)
    other = BatchMinima(np.full(numbers.size, np.inf), shallow, np.zeros_like(double))
    if np.any(double):
        data = toys.rows(double)
        found = _minima(*problem, data, shallow[double], False, bent, -sides[double])
        other = _replaced(other, double, found)
    return deeper, other, near


def _minima(
    reduction: Reduction,
    inverse_sigmas: FloatArray,
    toys: Toys,
    points: FloatArray,
    far: bool,
    bent: int = -1,
    sides: FloatArray | None = None,
) -> BatchMinima:
    """Minima from points (m, P), which become theirs; bent and sides: see the kernels."""
    counts, centers = np.ascontiguousarray(toys.counts.T), np.ascontiguousarray(toys.centers)
    values, converged = newton_kernels.minimise_toys(
        points,
        counts,
        centers,
        np.zeros(len(points)) if sides is None else sides,
        inverse_sigmas,
        bent,
        far,
        _lanes(points),
        _MAX_STEPS,
        *reduction.arrays(),
    )
    rest = ~converged
    if np.any(rest):
        rest_points = points[rest]
        values[rest], converged[rest] = single_kernels.minimise_each(
            rest_points, counts[:, rest], centers[rest], inverse_sigmas, *reduction.arrays()
        )
        points[rest] = rest_points
    return BatchMinima(values, points, converged)


def batch_statistics(
    likelihood: Likelihood, toys: Toys, name: str, tested: float
) -> BatchStatistics:
    """Best physical fit and the statistic at a tested value of one parameter, for every toy.

    mu2 is bounded by 0; q and r are fitted in both their valleys and the lower minimum counts.
    The other signal parameters stay at the Standard Model.
    """
    others, place = _others(name), likelihood.index(name)
    if name in ("q", "r"):
        best, other, near = both_minima(likelihood, toys, name, tested)
        better = other.converged & ((other.values < best.values) | ~best.converged)
        best = _replaced(best, better, _rows(other, better))
        variance = _covariances(likelihood, best.points, place, others)[:, place]
    else:
        best = _bounded_minima(likelihood, toys, name, others)
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


def _bounded_minima(
    likelihood: Likelihood, toys: Toys, name: str, others: Mapping[str, float]
) -> BatchMinima:
    """Minima of a parameter that has one valley, mu2 not below 0."""
    begin = toys.centers.copy()
    begin[:, likelihood.index(name)] = 0.0
    best = batch_minima(likelihood, toys, begin, others)
    below = best.points[:, likelihood.index(name)] < 0
    if name != "mu2" or not np.any(below):
        return best
    held = {**others, "mu2": 0.0}
    at_zero = batch_minima(likelihood, toys.rows(below), best.points[below], held, far=False)
    return _replaced(best, below, at_zero)


def _others(name: str) -> dict[str, float]:
    return {other: 0.0 for other in SIGNAL_PARAMETERS if other != name}


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


def _held(
    likelihood: Likelihood, toys: Toys, points: FloatArray, held: Mapping[str, float]
) -> FloatArray:
    """A copy of points with what is fixed at its centres, and what is held at its values."""
    points = np.array(points)
    points[:, likelihood.fixed] = toys.centers[:, likelihood.fixed]
    for name, value in held.items():
        points[:, likelihood.index(name)] = value
    return points


def _reduced(
    likelihood: Likelihood, points: FloatArray, held: Mapping[str, float], last: int = -1
) -> tuple[Reduction, FloatArray]:
    """Reduction with some parameters held as in the points, and the constraints of the rest."""
    free = ~likelihood.fixed
    free[[likelihood.index(name) for name in held]] = False
    at_zero = ~free & ~np.any(points, axis=0)
    return likelihood.reduced(free, at_zero, last), np.where(free, likelihood.inverse_sigmas, 0.0)


def _lanes(rows: FloatArray) -> int:
    """Toys that are fitted in step: the length of the kernels' innermost loops."""
    return min(_MOST_LANES, max(-(-len(rows) // 8), 1) * 8)
