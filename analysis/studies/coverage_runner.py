"""Coverage: whether the interval of each construction holds the truth, toy by toy."""

from __future__ import annotations

import numpy as np

from analysis.fits.minimum import treated_likelihood
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits, batches, generated_toys
from analysis.limits.asimov import standard_error
from analysis.limits.question import asked
from analysis.limits.toy_limits import levels_of
from analysis.statistics.feldman_cousins import calibration_point
from analysis.statistics.tested import Calibration
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.shard_files import Shard
from sim.cross_sections.parameters import MU_SCALE, NeutrinoParameters
from sim.model import Model, build_model
from sim.pseudo import ToySource

_BATCH = 256


def expected_sigma(model: Model, treatment: str) -> float:
    """Expected standard error of mu^2, scaled: that of Asimov data of the Standard Model."""
    return standard_error(treated_likelihood(model, model.asimov(), treatment), "mu2")


class CoverageRunner:
    """Runs the shards of a coverage study; the model is folded once."""

    def __init__(self, plan: CoveragePlan) -> None:
        self.plan = plan
        self._model = build_model(plan.experiment)
        self._sigma = expected_sigma(self._model, plan.treatment)
        self._questions = [
            asked(plan.experiment, "mu_nu", plan.cl, method, plan.treatment)
            for method in plan.methods
        ]

    def run(self, index: int) -> Shard:
        """Toys of one shard: level (n, n_methods), and fits as in ``BatchStatistics``."""
        first, end = self.plan.item_range(index)
        parts = [
            self._batch(truth, batch)
            for truth, toys in self.plan.truths(first, end)
            for batch in batches(toys, self._model.asimov().flat.size, _BATCH)
        ]
        arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return Shard(first, arrays, {"sigma": self._sigma})

    def _batch(self, truth: int, toys: range) -> dict[str, np.ndarray]:
        plan = self.plan
        mu2 = plan.sigmas[truth] * self._sigma
        point = NeutrinoParameters(mu_nu=MU_SCALE * mu2**0.5)
        fits = ToyFits(self._model, point, "mu_nu", plan.treatment)
        source = ToySource.of_spectra(self._model.asimov(point))
        generated = generated_toys(source, len(fits.constrained), plan.seed, toys, truth)
        profiles = ToyProfiles.of(*fits.prepared(*generated), "mu2")
        tested = np.full(len(toys), mu2)
        rise = profiles.rise(tested)
        calibration = Calibration(
            plan.calibration_toys, plan.seed, calibration_point(truth), toys.start
        )
        levels = [
            levels_of(question, profiles, tested, rise, calibration) for question in self._questions
        ]
        return {
            "level": np.stack(levels, axis=1),
            "best_fit": profiles.best_fit,
            "error": profiles.error,
            "statistic": rise,
            "converged": profiles.converged,
        }
