"""Summary of a toy study: coverage, bias, pulls, and how much of it is done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.constructions import likelihood_rise
from analysis.reduction import BoolArray
from analysis.scales import SCALES
from analysis.shards import RESULTS, Shard, read_shard
from analysis.study import StudyPlan, read_plan
from analysis.workers import finished_shards
from sim.model import build_model
from sim.parameters import FloatArray


@dataclass(frozen=True, slots=True)
class StudySummary:
    """What the finished toys of a study say; numbers are None as long as no toy is done.

    coverage: share of toys whose interval holds the truth, with its binomial error.  bias: mean of
    the best fit less the truth, in the physical unit (of mu_nu^2 for mu_nu).  pull_mean and
    pull_std of (best fit - truth) / error; with a truth at the bound mu^2 = 0 half of the best
    fits are at it, so that the pull is no standard normal there.
    """

    parameter: str
    method: str
    cl: float
    truth: float
    n_toys: int
    n_done: int
    complete: bool
    coverage: float | None
    coverage_error: float | None
    bias: float | None
    pull_mean: float | None
    pull_std: float | None
    failed_fraction: float | None
    n_refitted: int
    refit_difference: float
    content_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class StudyResults:
    """The fits of all finished toys together, arrays (n_done,), in the order of the toys."""

    plan: StudyPlan
    truth: float
    best_fit: FloatArray
    error: FloatArray
    best_value: FloatArray
    statistic: FloatArray
    converged: FloatArray
    n_refitted: int
    refit_difference: float

    @property
    def covered(self) -> BoolArray:
        """Whether each toy's interval holds the truth.

        An upper limit on mu^2 holds every truth below the best fit, and those above it up to the
        rise of the method; a two-sided interval those up to the rise.
        """
        rise = likelihood_rise(self.plan.method, self.plan.cl)
        inside = np.asarray(self.statistic <= rise)
        if self.plan.parameter == "mu_nu":
            inside |= self.best_fit >= self.truth
        return inside


def study_results(folder: Path) -> StudyResults:
    """All verified shards of a study.

    Raises
    ------
    StoreError
        if the folder holds no study.
    """
    plan = read_plan(folder)
    finished = sorted(finished_shards(folder, plan, range(plan.n_shards)))
    shards = [read_shard(folder, plan, index) for index in finished]
    model = build_model(plan.experiment)
    return StudyResults(
        plan=plan,
        truth=SCALES[plan.parameter].scaled(plan.truth, model),
        **{name: _joined(shards, name) for name in RESULTS},
        n_refitted=sum(shard.n_refitted for shard in shards),
        refit_difference=max((shard.refit_difference for shard in shards), default=0.0),
    )


def summarise(results: StudyResults) -> StudySummary:
    """Summary of the finished toys of a study."""
    plan, scale = results.plan, SCALES[results.plan.parameter]
    good = results.converged.astype(bool)
    n_good = int(np.sum(good))
    factor = scale.factor**2 if plan.parameter == "mu_nu" else scale.factor
    coverage = _mean(results.covered[good])
    deviation = results.best_fit[good] - results.truth
    pulls = deviation / results.error[good]
    return StudySummary(
        parameter=plan.parameter,
        method=plan.method,
        cl=plan.cl,
        truth=factor * results.truth,
        n_toys=plan.n_toys,
        n_done=results.best_fit.size,
        complete=results.best_fit.size == plan.n_toys,
        coverage=coverage,
        coverage_error=None if coverage is None else (coverage * (1 - coverage) / n_good) ** 0.5,
        bias=None if n_good == 0 else factor * float(np.mean(deviation)),
        pull_mean=_mean(pulls),
        pull_std=None if n_good < 2 else float(np.std(pulls, ddof=1)),
        failed_fraction=_mean(~good),
        n_refitted=results.n_refitted,
        refit_difference=results.refit_difference,
        content_sha256=_content_sha256(results),
    )


def _joined(shards: list[Shard], name: str) -> FloatArray:
    if not shards:
        return np.zeros(0)
    return np.concatenate([getattr(shard, name) for shard in shards])


def _mean(values: FloatArray | BoolArray) -> float | None:
    return float(np.mean(values)) if values.size else None


def _content_sha256(results: StudyResults) -> str:
    """Hash of the fits: the same for the same plan whatever the workers or interruptions."""
    digest = hashlib.sha256(results.plan.sha256().encode())
    for name in RESULTS:
        digest.update(np.ascontiguousarray(getattr(results, name)).tobytes())
    return digest.hexdigest()
