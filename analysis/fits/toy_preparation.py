"""Preparation of toys for their fit: bins, auxiliary measurements, treatment of the background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.fits.batch import BatchStatistics, BoolArray, Toys, batch_minima
from analysis.fits.minimum import FitError, fixed_by_off, minimise, off_stage, treated_likelihood
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS, Likelihood, joint_likelihood
from analysis.likelihood.scales import SCALES
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.model import Model
from sim.pseudo import ToySource, toy_normals


def generated_toys(
    source: ToySource, n_auxiliary: int, seed: int, toys: range, point: int
) -> tuple[FloatArray, FloatArray]:
    """Counts (m, ...) of toys by index, and deviations (m, n_auxiliary) of what is measured."""
    stretch = len(toys), seed, toys.start, point
    return source.counts(*stretch), toy_normals(n_auxiliary, *stretch)


class ToyFits:
    """Prepares toys for their fit: bins, auxiliary measurements, treatment of the background.

    name: the fitted parameter in the likelihood; constrained: the parameters with a Gaussian
    constraint, whose measured centres fluctuate from toy to toy.
    """

    def __init__(
        self, model: Model, truth: NeutrinoParameters, parameter: str, treatment: str
    ) -> None:
        asimov = model.asimov(truth)
        self.name = SCALES[parameter].name
        joint = joint_likelihood(model, asimov)
        self.constrained = [n for j, n in enumerate(joint.names) if joint.inverse_sigmas[j] > 0]
        self._fitted = treated_likelihood(model, asimov, treatment)
        self._off = off_stage(model, asimov) if treatment == "off-fixed" else None
        self._used = model_bins(model)

    def prepared(self, counts: FloatArray, deviations: FloatArray) -> tuple[Likelihood, Toys]:
        """Likelihood and data for counts (m, 2, n_bins) and standard deviations (m, n)."""
        likelihood = self._fitted
        centers = self._centers(likelihood, deviations)
        if self._off is None:
            return likelihood, Toys(_taken(counts.reshape(len(counts), -1), self._used), centers)
        off = Toys(_taken(counts[:, 1], self._used[1]), self._centers(self._off, deviations))
        fitted = batch_minima(self._off, off, off.centers, {})
        for name in fixed_by_off(likelihood):
            centers[:, likelihood.index(name)] = fitted.points[:, self._off.index(name)]
        return likelihood, Toys(_taken(counts[:, 0], self._used[0]), centers)

    def refit_difference(
        self, likelihood: Likelihood, toys: Toys, found: BatchStatistics, row: int
    ) -> float:
        """|-2 ln L of the solver - that of iminuit| at the best fit of one toy."""
        own = replace(likelihood, counts=toys.counts[row], centers=toys.centers[row])
        held = {name: 0.0 for name in SIGNAL_PARAMETERS if name != self.name}
        if self.name == "mu2" and found.best_fit[row] == 0.0:
            held["mu2"] = 0.0
        start = own.centers.copy()
        start[own.index(self.name)] = found.best_fit[row]
        try:
            value = minimise(own, held, start, newton_start=False).value
        except FitError:
            return float("inf")
        return abs(value - float(found.best_value[row]))

    def _centers(self, likelihood: Likelihood, deviations: FloatArray) -> FloatArray:
        centers = np.tile(likelihood.centers, (len(deviations), 1))
        for j, name in enumerate(self.constrained):
            place = likelihood.index(name)
            if not likelihood.fixed[place]:
                centers[:, place] += deviations[:, j] / likelihood.inverse_sigmas[place]
        return centers


def _taken(counts: FloatArray, used: BoolArray) -> FloatArray:
    """Some of the bins of counts (m, n), kept in Fortran order."""
    return counts if np.all(used) else counts.T[used.ravel()].T


def model_bins(model: Model) -> BoolArray:
    """Bins (2, n_bins) in which anything is expected: those that a likelihood keeps."""
    return np.asarray(np.any(model.samples != 0, axis=0))
