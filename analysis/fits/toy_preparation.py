"""Preparation of toys for their fit: bins, auxiliary measurements, treatment of the background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from analysis.fits.batch import BatchStatistics, BoolArray, Toys, batch_minima
from analysis.fits.minimum import (
    FitError,
    fixed_by_off,
    last_places,
    minimise,
    off_places,
    off_stage,
    treated_likelihood,
)
from analysis.likelihood.assembly import joint_likelihood, used_bins
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.model import Model
from sim.pseudo import ToySource, toy_normals

_COUNTS_A_BATCH = 2**19
"""Counts of all bins and toys that are in memory at once, some times over."""
_FEWEST = 32


def generated_toys(
    source: ToySource, n_auxiliary: int, seed: int, toys: range, point: int
) -> tuple[FloatArray, FloatArray]:
    """Counts (m, ...) of toys by index, and deviations (m, n_auxiliary) of what is measured."""
    stretch = len(toys), seed, toys.start, point
    return source.counts(*stretch), toy_normals(n_auxiliary, *stretch)


def batches(toys: range, n_bins: int, most: int) -> Iterator[range]:
    """Stretches of toys that are fitted together, shorter where spectra have many bins."""
    size = max(_FEWEST, min(most, _COUNTS_A_BATCH // max(n_bins, 1)))
    for start in range(toys.start, toys.stop, size):
        yield range(start, min(start + size, toys.stop))


def true_value(model: Model, parameter: str, truth: NeutrinoParameters) -> float:
    """What a truth says of a parameter, as fits see it; 0 for what it does not speak of."""
    known = model.signal_table.parameter(parameter)
    value = truth.given().get(known.name)
    return 0.0 if value is None else known.inverse(value)


class ToyFits:
    """Prepares toys for their fit: bins, auxiliary measurements, treatment of the background.

    name: the fitted parameter in the likelihood; constrained: the parameters with a Gaussian
    constraint, whose measured centres fluctuate from toy to toy.
    """

    def __init__(
        self, model: Model, truth: NeutrinoParameters, parameter: str, treatment: str
    ) -> None:
        asimov = model.asimov(truth)
        self.name = model.signal_table.parameter(parameter).fitted
        self._joint = joint_likelihood(model, asimov)
        constrained = np.flatnonzero(self._joint.inverse_sigmas > 0)
        self._places = constrained
        self.constrained = [self._joint.names[place] for place in constrained]
        self._fitted = treated_likelihood(model, asimov, treatment)
        off, self._off = off_places(model, treatment), None
        if off:
            self._off = off_stage(model, asimov, treatment)
            self._fixed = fixed_by_off(self._fitted, model, treatment)
        self._bins = _bins_of(model, last_places(model, treatment))
        self._off_bins = _bins_of(model, off)

    def prepared(self, counts: FloatArray, deviations: FloatArray) -> tuple[Likelihood, Toys]:
        """Likelihood and data for counts (m, ...) of all spectra and standard deviations (m, n)."""
        likelihood, flat = self._fitted, counts.reshape(len(counts), -1)
        centers = self._centers(likelihood, deviations)
        if self._off is not None:
            off = Toys(_taken(flat, self._off_bins), self._centers(self._off, deviations))
            fitted = batch_minima(self._off, off, off.centers, {})
            for name in self._fixed:
                centers[:, likelihood.index(name)] = fitted.points[:, self._off.index(name)]
        return likelihood, Toys(_taken(flat, self._bins), centers)

    def refit_difference(
        self, likelihood: Likelihood, toys: Toys, found: BatchStatistics, row: int
    ) -> float:
        """|-2 ln L of the solver - that of iminuit| at the best fit of one toy."""
        own = replace(likelihood, counts=toys.counts[row], centers=toys.centers[row])
        held = likelihood.others(self.name)
        if self.name in likelihood.bounded() and found.best_fit[row] == 0.0:
            held[self.name] = 0.0
        start = own.centers.copy()
        start[own.index(self.name)] = found.best_fit[row]
        try:
            value = minimise(own, held, start, newton_start=False).value
        except FitError:
            return float("inf")
        return abs(value - float(found.best_value[row]))

    def _centers(self, likelihood: Likelihood, deviations: FloatArray) -> FloatArray:
        centers = np.tile(likelihood.centers, (len(deviations), 1))
        joint = self._joint
        shifts = joint.correlations.correlate(deviations, self._places)
        for j, (place, name) in enumerate(zip(self._places, self.constrained, strict=True)):
            own = likelihood.index(name)
            if likelihood.inverse_sigmas[own] > 0:
                centers[:, own] += shifts[:, j] / joint.inverse_sigmas[place]
        return centers


def _bins_of(model: Model, places: Sequence[int]) -> BoolArray:
    """Which of the bins of all spectra, one after the other, the likelihood of some has."""
    masks = [used_bins(terms) & (place in places) for place, terms in enumerate(model.terms())]
    return np.concatenate(masks)


def _taken(counts: FloatArray, used: BoolArray) -> FloatArray:
    """Some of the bins of counts (m, n), kept in Fortran order."""
    return counts if np.all(used) else counts.T[used].T
