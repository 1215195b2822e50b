"""Summary of a toy study: coverage, bias, pulls, and how much of it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.fits.toy_preparation import true_value
from analysis.limits.question import signal_of
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import Shard, check_readable
from analysis.studies.study import read_plan
from analysis.studies.study_results import ContentHash, finished_shards, study_results
from sim.cross_sections.parameters import FloatArray
from sim.display import html_fields, html_table, shown
from sim.hdf5 import StoreError

REFIT_TOLERANCE = 1e-4
"""Largest difference of -2 ln L between the compiled fits and iminuit's that is in order."""


@dataclass(frozen=True, slots=True)
class ToySummary:
    """What the finished toys of a study say; numbers are None as long as no toy is done.

    coverage: share of toys whose interval holds the truth, with its binomial error.  truth, and
    bias, the mean of the best fit less the truth, are in unit: mu_nu^2 for mu_nu.  pull_mean and
    pull_std of (best fit - truth) / error; with a truth at the bound mu^2 = 0 half of the best
    fits are at it, so that the pull is no standard normal there.  unreadable: shards that are
    there and cannot be read.
    """

    parameter: str
    method: str
    cl: float
    truth: float
    unit: str
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
    unreadable: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"<ToySummary of {self.n_done} of {self.n_toys} toys, {self.parameter} by "
            f"{self.method}: coverage {shown(self.coverage)} at {100 * self.cl:g} % CL>"
        )

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("toy study", self)


def summarise_toys(folder: Path) -> ToySummary:
    """Summary of the finished toys of a study; reads one shard at a time.

    Raises
    ------
    StoreError
        if the folder holds no study of toys.
    """
    plan = toy_plan(folder)
    model = plan.sources.model()
    parameter = model.signal_table.parameter(plan.parameter)
    truth = true_value(model, plan.parameter, plan.truth)
    tally, content = _Tally(truth, plan.cl), ContentHash(plan)
    unreadable: dict[int, str] = {}
    for index, shard in finished_shards(folder, plan, unreadable):
        tally.add(shard)
        content.add(index, shard)
    exponent = round(1 / parameter.power)
    factor = parameter.scale**exponent
    is_power = exponent != 1 and parameter.unit != "1"
    coverage, n_good = tally.mean(tally.n_covered), tally.n_good
    bias, pull_mean = tally.mean(tally.deviation), tally.mean(tally.pull)
    return ToySummary(
        parameter=plan.parameter,
        method=plan.method,
        cl=plan.cl,
        truth=factor * truth + parameter.origin,
        unit=f"{parameter.unit}^{exponent}" if is_power else parameter.unit,
        n_toys=plan.n_toys,
        n_done=tally.n_done,
        complete=tally.n_done == plan.n_toys,
        coverage=coverage,
        coverage_error=None if coverage is None else (coverage * (1 - coverage) / n_good) ** 0.5,
        bias=None if bias is None else factor * bias,
        pull_mean=pull_mean,
        pull_std=tally.pull_std(),
        failed_fraction=None if tally.n_done == 0 else 1 - n_good / tally.n_done,
        n_refitted=tally.n_refitted,
        refit_difference=tally.refit_difference,
        content_sha256=content.hexdigest(),
        unreadable=tuple(unreadable.values()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ToyOutcomes:
    """The toys of a study whose fits converged, arrays (n,) in the units of the likelihood."""

    plan: ToyPlan
    truth: float
    best_fit: FloatArray
    error: FloatArray
    statistic: FloatArray
    level: FloatArray

    @property
    def pulls(self) -> FloatArray:
        """(best fit - truth) / error."""
        return (self.best_fit - self.truth) / self.error

    @property
    def one_sided(self) -> bool:
        """True if limits on the parameter are upper ones."""
        plan = self.plan
        return signal_of(plan.experiment).parameter(plan.parameter).one_sided

    @property
    def truth_in_errors(self) -> float:
        """The truth in units of the median error of the toys."""
        return self.truth / float(np.median(self.error)) if self.error.size else 0.0

    def __repr__(self) -> str:
        return f"<ToyOutcomes of {self.best_fit.size} converged toys, {self.plan.parameter}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [("parameter", self.plan.parameter), ("converged toys", self.best_fit.size)]
        rows += [("truth in errors", shown(self.truth_in_errors))]
        return html_table("toys of a study", rows)


def toy_outcomes(folder: Path) -> ToyOutcomes:
    """All finished toys of a study together.

    Raises
    ------
    StoreError
        if the folder holds no study of toys.
    OSError
        if there are shards that cannot be read.
    """
    plan = toy_plan(folder)
    names = ("best_fit", "error", "statistic", "level")
    results = study_results(folder, (*names, "converged"))
    check_readable(results.unreadable)
    arrays = results.arrays
    good = arrays["converged"].astype(bool) if arrays else np.zeros(0, dtype=bool)
    chosen = {name: arrays[name][good] if arrays else np.zeros(0) for name in names}
    truth = true_value(plan.sources.model(), plan.parameter, plan.truth)
    return ToyOutcomes(plan, truth, **chosen)


def toy_plan(folder: Path) -> ToyPlan:
    """Plan of a study of toys; StoreError for another study."""
    plan = read_plan(folder)
    if not isinstance(plan, ToyPlan):
        raise StoreError(f"{folder}: a study of {plan.items}, not of toys")
    return plan


@dataclass(slots=True)
class _Tally:
    """Sums over the toys taken in so far."""

    truth: float
    cl: float
    n_done: int = 0
    n_good: int = 0
    n_covered: float = 0.0
    deviation: float = 0.0
    pull: float = 0.0
    pull_squared: float = 0.0
    n_refitted: int = 0
    refit_difference: float = 0.0

    def add(self, shard: Shard) -> None:
        """Take in the toys of a shard."""
        good = shard.arrays["converged"].astype(bool)
        deviation = shard.arrays["best_fit"][good] - self.truth
        pulls = deviation / shard.arrays["error"][good]
        self.n_done += good.size
        self.n_good += int(np.sum(good))
        self.n_covered += float(np.sum(shard.arrays["level"][good] <= self.cl))
        self.deviation += float(np.sum(deviation))
        self.pull += float(np.sum(pulls))
        self.pull_squared += float(np.sum(pulls**2))
        self.n_refitted += int(shard.attributes.get("n_refitted", 0.0))
        self.refit_difference = max(
            self.refit_difference, shard.attributes.get("refit_difference", 0.0)
        )

    def mean(self, total: float) -> float | None:
        """A sum over the converged toys divided by their number."""
        return total / self.n_good if self.n_good else None

    def pull_std(self) -> float | None:
        """Standard deviation of the pulls."""
        if self.n_good < 2:
            return None
        spread = self.pull_squared - self.pull**2 / self.n_good
        return float((max(spread, 0.0) / (self.n_good - 1)) ** 0.5)
