"""Shards of toy studies: the toys of one stretch, generated and fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.batch import BatchStatistics, BoolArray, Toys, batch_minima, batch_statistics
from analysis.feldman_cousins import Calibration, calibration_point
from analysis.levels import truth_levels
from analysis.likelihood import SIGNAL_PARAMETERS, Likelihood, joint_likelihood
from analysis.minimum import FitError, fixed_by_off, minimise, off_stage, treated_likelihood
from analysis.scales import SCALES
from analysis.shard_files import Shard
from analysis.toy_fits import ToyProfiles
from analysis.toy_plan import ToyPlan
from sim.model import Model, build_model
from sim.parameters import FloatArray, NeutrinoParameters
from sim.pseudo import ToySource, toy_normals

FITS = ("best_fit", "error", "best_value", "statistic", "converged")
CALIBRATION_TOYS = 199
"""Toys that calibrate each toy where the construction needs it; see ``calibrated_levels``."""
_BATCH = 1024


class ToyRunner:
    """Runs the shards of a plan; the model is folded once."""

    def __init__(self, plan: ToyPlan) -> None:
        self.plan = plan
        self._model = build_model(plan.experiment)
        self._source = ToySource.of_spectra(self._model.asimov(plan.truth))
        self._fits = ToyFits(self._model, plan.truth, plan.parameter, plan.treatment)
        self._tested = SCALES[plan.parameter].scaled(plan.truth, self._model)

    def run(self, index: int) -> Shard:
        """Toys and fits of one shard: arrays as in ``BatchStatistics``, level, and the counts.

        Counts are whole numbers, but for bins with Gaussian errors.
        level: the confidence level from which on the toy's interval holds the truth.
        refit_difference: largest |difference| of -2 ln L between the compiled solver and iminuit
        in the toys fitted by both.
        """
        first, end = self.plan.item_range(index)
        batches, levels, kept, differences = [], [], [], []
        for start in range(first, end, _BATCH):
            toys = range(start, min(start + _BATCH, end))
            counts, deviations = generated_toys(
                self._source, len(self._fits.constrained), self.plan.seed, toys, self.plan.point
            )
            likelihood, data = self._fits.prepared(counts, deviations)
            found = batch_statistics(likelihood, data, self._fits.name, self._tested)
            batches.append(found)
            levels.append(self._levels(likelihood, data, found, start))
            if self.plan.keep_spectra:
                kept.append(counts)
            differences += [
                self._fits.refit_difference(likelihood, data, found, i - start)
                for i in toys
                if self.plan.is_refitted(i)
            ]
        arrays = {name: np.concatenate([getattr(b, name) for b in batches]) for name in FITS}
        arrays["level"] = np.concatenate(levels)
        if kept:
            spectra = np.concatenate(kept)
            whole = self._source.errors is None
            arrays["counts"] = spectra.astype(np.int64) if whole else spectra
        refits = {"n_refitted": len(differences), "refit_difference": max(differences, default=0.0)}
        return Shard(first, arrays, refits)

    def _levels(
        self, likelihood: Likelihood, data: Toys, found: BatchStatistics, start: int
    ) -> FloatArray:
        plan, tested = self.plan, np.full(len(found.best_fit), self._tested)
        profiles = ToyProfiles.found(likelihood, data, self._fits.name, found)
        calibration = Calibration(CALIBRATION_TOYS, plan.seed, calibration_point(plan.point), start)
        rise = np.maximum(found.statistic, 0.0)
        return truth_levels(plan.method, profiles, tested, rise, calibration)


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
