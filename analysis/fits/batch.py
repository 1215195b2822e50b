"""Batch: the fits of many toys at once, with the compiled solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits import newton_kernels
from analysis.likelihood import kernels
from analysis.likelihood.blocks import BoolArray as BoolArray
from analysis.likelihood.correlations import Couplings
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.reduction import Reduction
from sim.cross_sections.parameters import FloatArray
from sim.pseudo import ToySource, toy_normals

Prior = tuple[FloatArray, Couplings]
_MOST_LANES = 64
_ROOM = 2**21
"""Bytes that the toys in step may take: about what a core keeps at hand."""
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

    Betas of simulated bins are those that fit the likelihood's data there.  They are the toys
    first, first + 1, ... of the seed and the point (``sim.pseudo``).
    """
    expected = likelihood.expected(truth)
    constrained = np.flatnonzero(likelihood.inverse_sigmas > 0)
    gaussian = np.flatnonzero(likelihood.variances > 0)
    normals = toy_normals(constrained.size + gaussian.size, n_toys, seed, first, point)
    if likelihood.special.spreads.size:
        truth = likelihood.special.best_betas(
            truth, expected, likelihood.counts, likelihood.centers
        )
        expected = expected * likelihood.special.betas(truth)
    counts = ToySource.of(np.maximum(expected, 0.0)).counts(n_toys, seed, first, point)
    deviations = np.sqrt(likelihood.variances[gaussian]) * normals[:, constrained.size :]
    counts[:, gaussian] = expected[gaussian] + deviations
    centers = np.tile(truth, (n_toys, 1))
    deviations = likelihood.correlations.correlate(normals[:, : constrained.size], constrained)
    centers[:, constrained] += deviations / likelihood.inverse_sigmas[constrained]
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
    """Starts (3, m, P) in the deeper and the other valley of a parameter, and at a tested value.

    The valleys are those of the quartic that -2 ln L is where it is a parabola in the counts; their
    number (m,) is 1, 2, or 1.5 where a second one has almost come to be.  The other signal
    parameters stay at the Standard Model.
    """
    held, bent = likelihood.others(name), likelihood.index(name)
    origin = _held(likelihood, toys, toys.centers, {**held, name: 0.0})
    reduction, prior = _reduced(likelihood, origin, held, last=bent)
    origin = reduction.settled(origin, toys.centers, prior[0])
    starts, numbers = newton_kernels.valley_starts(
        origin,
        np.ascontiguousarray(toys.counts.T),
        tested,
        *prior,
        bent,
        _lanes(origin, reduction),
        reduction.arrays(),
    )
    return starts, numbers


def both_minima(
    likelihood: Likelihood, toys: Toys, name: str, tested: float = 0.0
) -> tuple[BatchMinima, BatchMinima, FloatArray]:
    """Minima in both valleys of a parameter, the deeper first, and points (m, P) at a tested value.

    From the points fits with the parameter held at the tested value may start.  Where there is
    one valley the other minimum is infinite and has not converged.  See ``valley_starts``.
    """
    (deep, shallow, near), numbers = valley_starts(likelihood, toys, name, tested)
    bent, double = likelihood.index(name), numbers > 1
    problem = _reduced(likelihood, deep, likelihood.others(name), last=bent)
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
    prior: Prior,
    toys: Toys,
    points: FloatArray,
    far: bool,
    bent: int = -1,
    sides: FloatArray | None = None,
) -> BatchMinima:
    """Minima from points (m, P), which become theirs; bent and sides: see the kernels."""
    found = _in_step(reduction, prior, toys, points, far, bent, sides)
    rest = ~found.converged
    if not np.any(rest):
        return found
    return _replaced(found, rest, _damped(reduction, prior, toys.rows(rest), points[rest]))


def _in_step(
    reduction: Reduction,
    prior: Prior,
    toys: Toys,
    points: FloatArray,
    far: bool,
    bent: int = -1,
    sides: FloatArray | None = None,
) -> BatchMinima:
    """Minima by Newton steps of many toys at once, as ``_minima``; some may fail."""
    centers = np.ascontiguousarray(toys.centers)
    points[:] = reduction.settled(points, centers, prior[0])
    values, converged = newton_kernels.minimise_toys(
        points,
        np.ascontiguousarray(toys.counts.T),
        centers,
        np.zeros(len(points)) if sides is None else sides,
        *prior,
        bent,
        far,
        _lanes(points, reduction),
        _MAX_STEPS,
        reduction.arrays(),
    )
    return BatchMinima(values, points, converged)


def _damped(reduction: Reduction, prior: Prior, toys: Toys, points: FloatArray) -> BatchMinima:
    """Minima by damped steps, toy by toy, from points (m, P), which become theirs."""
    points = reduction.settled(points, toys.centers, prior[0])
    counts, centers = np.ascontiguousarray(toys.counts.T), np.ascontiguousarray(toys.centers)
    values, converged = reduction.descend(points, counts, centers, *prior)
    return BatchMinima(values, points, converged)


def batch_statistics(
    likelihood: Likelihood, toys: Toys, name: str, tested: float
) -> BatchStatistics:
    """Best physical fit and the statistic at a tested value of one parameter, for every toy.

    A bounded parameter is not below 0; one in whose square the expectation is linear is fitted in
    both valleys and the lower minimum counts.  The other signal parameters stay at the Standard
    Model.
    """
    others, place = likelihood.others(name), likelihood.index(name)
    if likelihood.is_squared(name):
        best, other, near = both_minima(likelihood, toys, name, tested)
        if name in likelihood.bounded():
            best = _physical_valley(likelihood, toys, name, (best, other))
        else:
            best = _deeper(best, other)
        variance = _covariances(likelihood, best.points, place, others)[:, place]
    else:
        best = _single_valley(likelihood, toys, name, others)
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


def _deeper(minima: BatchMinima, other: BatchMinima) -> BatchMinima:
    """The lower of two minima of each toy, of those that have converged."""
    better = other.converged & ((other.values < minima.values) | ~minima.converged)
    return _replaced(minima, better, _rows(other, better))


def _physical_valley(
    likelihood: Likelihood, toys: Toys, name: str, valleys: tuple[BatchMinima, BatchMinima]
) -> BatchMinima:
    """The lowest minimum of a bounded parameter: its bound, or a valley above it."""
    place = likelihood.index(name)
    held = {**likelihood.others(name), name: 0.0}
    best = batch_minima(likelihood, toys, toys.centers, held)
    for valley in valleys:
        above = valley.points[:, place] > 0
        best = _deeper(best, replace(valley, converged=valley.converged & above))
    return best


def _single_valley(
    likelihood: Likelihood, toys: Toys, name: str, others: Mapping[str, float]
) -> BatchMinima:
    """Minima of a parameter that has one valley, a bounded one not below 0.

    Where steps fail or lead below the bound, as data without counts make them, the parameter is
    held at 0: if -2 ln L rises from there, that is the best physical point.  Else damped steps
    begin there.
    """
    place = likelihood.index(name)
    begin = toys.centers.copy()
    begin[:, place] = 0.0
    if name not in likelihood.bounded():
        return batch_minima(likelihood, toys, begin, others)
    points = _held(likelihood, toys, begin, others)
    problem = _reduced(likelihood, points, others)
    best = _in_step(*problem, toys, points, True)
    low = ~best.converged | (best.points[:, place] < 0)
    if not np.any(low):
        return best
    own, failed = toys.rows(low), ~best.converged[low]
    start = np.where(failed[:, None], own.centers, best.points[low])
    at_zero = batch_minima(likelihood, own, start, {**others, name: 0.0}, far=False)
    inside = failed.copy()
    if np.any(failed):
        slopes = batch_gradients(likelihood, own.rows(failed), at_zero.points[failed])[:, place]
        inside[failed] = ~((slopes >= 0) & at_zero.converged[failed])
    if np.any(inside):
        freed = _damped(*problem, own.rows(inside), at_zero.points[inside])
        better = np.zeros_like(inside)
        better[inside] = ~at_zero.converged[inside] | (freed.points[:, place] >= 0)
        at_zero = _replaced(at_zero, better, _rows(freed, better[inside]))
    return _replaced(best, low, at_zero)


def batch_gradients(likelihood: Likelihood, toys: Toys, points: FloatArray) -> FloatArray:
    """Gradient of -2 ln L of each toy at its point (m, P)."""
    gradients: FloatArray = kernels.gradients(
        points,
        likelihood.blocks.arrays,
        np.ascontiguousarray(toys.counts),
        likelihood.variances,
        likelihood.special.arrays,
        np.ascontiguousarray(toys.centers),
        likelihood.inverse_sigmas,
        likelihood.correlations.couplings,
    )
    return gradients


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
    reduction, prior = _reduced(likelihood, points, held)
    columns: FloatArray = newton_kernels.information_columns(
        points, place, *prior, _lanes(points, reduction), reduction.arrays()
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
) -> tuple[Reduction, Prior]:
    """Reduction with some parameters held as in the points, and the constraints of the rest."""
    free = ~likelihood.fixed
    free[[likelihood.index(name) for name in held]] = False
    at_zero = ~free & ~np.any(points, axis=0)
    reduction = likelihood.reduced(free, at_zero, last, bent=last >= 0)
    inverse_sigmas = np.where(free, likelihood.inverse_sigmas, 0.0)
    return reduction, (inverse_sigmas, likelihood.correlations.couplings)


def _lanes(rows: FloatArray, reduction: Reduction) -> int:
    """Toys that are fitted in step: the length of the kernels' innermost loops."""
    fitting = _ROOM // (8 * reduction.numbers_a_toy)
    most = min(_MOST_LANES, max(fitting // 8, 1) * 8)
    return min(most, max(-(-len(rows) // 8), 1) * 8)
