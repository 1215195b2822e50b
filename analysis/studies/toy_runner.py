"""Shards of toy studies: the toys of one stretch, generated and fitted."""

from __future__ import annotations

import numpy as np

from analysis.fits.batch import BatchStatistics, Toys, batch_statistics
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits, batches, generated_toys, true_value
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.question import asked
from analysis.limits.toy_limits import levels_of
from analysis.statistics.feldman_cousins import calibration_point
from analysis.statistics.tested import Calibration
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import Progress, Shard, no_progress
from sim.cross_sections.parameters import FloatArray
from sim.pseudo import ToySource

FITS = ("best_fit", "error", "best_value", "statistic", "converged")
CALIBRATION_TOYS = 199
"""Toys that calibrate each toy where the construction needs it; see ``calibrated_levels``."""
_BATCH = 1024


class ToyRunner:
    """Runs the shards of a plan; the model is folded once."""

    def __init__(self, plan: ToyPlan) -> None:
        self.plan = plan
        self._model = plan.sources.model()
        self._source = ToySource.of_spectra(self._model.asimov(plan.truth))
        self._fits = ToyFits(self._model, plan.truth, plan.parameter, plan.treatment)
        self._question = asked(
            plan.experiment, plan.parameter, plan.cl, plan.method, plan.treatment
        )
        self._tested = true_value(self._model, plan.parameter, plan.truth)

    def run(self, index: int, progress: Progress = no_progress) -> Shard:
        """Toys and fits of one shard: arrays as in ``BatchStatistics``, level, and the counts.

        Counts are whole numbers, but for bins with Gaussian errors.
        level: the confidence level from which on the toy's interval holds the truth.
        refit_difference: largest |difference| of -2 ln L between the compiled solver and iminuit
        in the toys fitted by both.
        """
        first, end = self.plan.item_range(index)
        found_all, levels, kept, differences = [], [], [], []
        for toys in batches(range(first, end), self._model.asimov().flat.size, _BATCH):
            counts, deviations = generated_toys(
                self._source, len(self._fits.constrained), self.plan.seed, toys, self.plan.point
            )
            likelihood, data = self._fits.prepared(counts, deviations)
            found = batch_statistics(likelihood, data, self._fits.name, self._tested)
            found_all.append(found)
            levels.append(self._levels(likelihood, data, found, toys.start))
            if self.plan.keep_spectra:
                kept.append(counts)
            differences += [
                self._fits.refit_difference(likelihood, data, found, i - toys.start)
                for i in toys
                if self.plan.is_refitted(i)
            ]
            progress(len(toys))
        arrays = {name: np.concatenate([getattr(b, name) for b in found_all]) for name in FITS}
        arrays["level"] = np.concatenate(levels)
        if kept:
            spectra = np.concatenate(kept)
            whole = self._source.errors is None
            if self._model.asimov().is_on_and_off:
                spectra = spectra.reshape(len(spectra), 2, -1)
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
        return levels_of(self._question, profiles, tested, rise, calibration)
