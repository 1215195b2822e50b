"""Coverage: whether the interval of each construction holds the truth, toy by toy."""

from __future__ import annotations

import numpy as np

from analysis.fits.minimum import treated_likelihood
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits, batches, generated_toys
from analysis.limits.asimov import standard_error
from analysis.limits.question import asked
from analysis.limits.toy_limits import levels_of, levels_of_intervals
from analysis.statistics.feldman_cousins import calibration_point
from analysis.statistics.tested import Calibration
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.shard_files import Progress, Shard, no_progress
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.pseudo import ToySource

_BATCH = 256


def expected_sigma(model: Model, treatment: str, parameter: str = MAGNETIC_MOMENT) -> float:
    """Expected standard error of x of a parameter: that of Asimov data of the Standard Model."""
    name = model.signal_table.parameter(parameter).fitted
    return standard_error(treated_likelihood(model, model.asimov(), treatment), name)


class CoverageRunner:
    """Runs the shards of a coverage study; the model is folded once."""

    def __init__(self, plan: CoveragePlan) -> None:
        self.plan = plan
        self._model = plan.sources.model()
        self._sigma = expected_sigma(self._model, plan.treatment, plan.parameter)
        self._truths = plan.true_x(self._sigma)
        self._questions = [
            asked(plan.experiment, plan.parameter, plan.cl, method, plan.treatment)
            for method in plan.methods
        ]

    def run(self, index: int, progress: Progress = no_progress) -> Shard:
        """Toys of one shard: level (n, n_methods), and fits as in ``BatchStatistics``."""
        first, end = self.plan.item_range(index)
        parts = []
        for truth, toys in self.plan.truths(first, end):
            for batch in batches(toys, self._model.asimov().flat.size, _BATCH):
                parts.append(self._batch(truth, batch))
                progress(len(batch))
        arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return Shard(first, arrays, {"sigma": self._sigma})

    def _batch(self, truth: int, toys: range) -> dict[str, np.ndarray]:
        plan, x = self.plan, self._truths[truth]
        parameter = self._questions[0].parameter
        point = NeutrinoParameters.of({parameter.name: parameter.physical(x)})
        fits = ToyFits(self._model, point, parameter.name, plan.treatment)
        source = ToySource.of_spectra(self._model.asimov(point))
        generated = generated_toys(source, len(fits.constrained), plan.seed, toys, truth)
        profiles = ToyProfiles.of(*fits.prepared(*generated), parameter.fitted)
        tested = np.full(len(toys), x)
        rise = profiles.rise(tested)
        calibration = Calibration(
            plan.calibration_toys, plan.seed, calibration_point(truth), toys.start
        )
        levels = [
            levels_of_intervals(question, profiles, x)
            if plan.intervals
            else levels_of(question, profiles, tested, rise, calibration)
            for question in self._questions
        ]
        return {
            "level": np.stack(levels, axis=1),
            "best_fit": profiles.best_fit,
            "error": profiles.error,
            "statistic": rise,
            "converged": profiles.converged,
        }
