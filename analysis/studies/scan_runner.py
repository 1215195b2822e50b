"""Scans: the points of one stretch of a sensitivity scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from analysis.fits.minimum import FitError, treated_likelihood
from analysis.likelihood.degeneracy import can_be_imitated
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import rise_points
from analysis.limits.asimov_scaling import RescaledAsimov
from analysis.limits.expected import SIGMAS, bounded_band
from analysis.limits.limit import answer
from analysis.limits.question import Question, Subject, asked, signal_of
from analysis.studies.plans.scan_plan import ScanPlan, Value
from analysis.studies.shard_files import Progress, Shard, no_progress
from sim.cross_sections.parameters import FloatArray
from sim.experiment import ConfigurationError, Experiment
from sim.folding.folds import Folds
from sim.folding.scaling import at_reference, only_scales, sample_scales
from sim.last_used import Kept
from sim.model import Model
from sim.model_assembly import build_model
from sim.sources.sources import Sources, split_label
from sim.variation import Variations

STATUSES = ("ok", "invalid", "no-sensitivity", "empty", "fit-failed", "unidentifiable")
"""States of a point by number: those of a limit, and a configuration that is not valid."""

MOST_INTERVALS = 8
"""Separate intervals of a point that are kept."""

_CAPACITY = 64


@dataclass(frozen=True, slots=True)
class Point:
    """Median limits at one point in physical units, and the band of upper limits on mu_nu.

    band holds the limits of data that fluctuate by -2 to 2 standard errors, NaN where there is
    none, and for other parameters and methods.  intervals are all of which lower and upper are the
    hull, where there may be several.
    """

    status: str
    lower: float = np.nan
    upper: float = np.nan
    band: tuple[float, ...] = (np.nan,) * len(SIGMAS)
    reason: str = ""
    intervals: tuple[tuple[float, float], ...] = ()


class ScanRunner:
    """Runs the shards of a scan.

    Physics that points have in common is folded once; points that differ in the sizes of their
    samples only also have one likelihood, which is rescaled.
    """

    def __init__(self, plan: ScanPlan) -> None:
        self.plan = plan
        known = plan.sources.experiments
        self._folds = {label: Folds(_thresholds_kev(plan, label)) for label, _ in known}
        self._variations = {label: Variations(experiment) for label, experiment in known}
        self._references: Kept[RescaledAsimov | None] = Kept(_CAPACITY)

    def run(self, index: int, progress: Progress = no_progress) -> Shard:
        """Points of one shard: status, lower, upper, band, reason and intervals, see ``Point``.

        intervals (n, 8, 2) are kept where a parameter may have several, NaN beyond the last.
        """
        first, end = self.plan.item_range(index)
        points = []
        for item in range(first, end):
            points.append(self.point(item))
            progress(1)
        reasons = [point.reason.encode() for point in points]
        arrays = {
            "status": np.array([STATUSES.index(p.status) for p in points], dtype=np.uint8),
            "lower": np.array([p.lower for p in points]),
            "upper": np.array([p.upper for p in points]),
            "band": np.array([p.band for p in points]),
            "reason": np.array(reasons, dtype=f"S{max(1, *map(len, reasons))}"),
        }
        if not signal_of(self.plan.experiment).parameter(self.plan.parameter).one_sided:
            arrays["intervals"] = _table_of(points)
        return Shard(first, arrays)

    def point(self, item: int) -> Point:
        """Expected limits at one point; what is wrong with it becomes its status."""
        changes = self.plan.changes(item)
        try:
            sources = self._at(changes)
            found = self._rescaled(sources.whole, changes)
            if found is not None:
                return found
            model = sources.model(self._folds)
        except (ConfigurationError, ArithmeticError) as error:
            return Point("invalid", reason=str(error))
        try:
            return self._limit(model)
        except ConfigurationError as error:
            return Point("invalid", reason=str(error))
        except FitError as error:
            return Point("fit-failed", reason=str(error))

    def common_refusal(self) -> str | None:
        """Why no point is valid: the one reason of all corners of the grid, or None.

        A reason that says the value differs from corner to corner.
        """
        ends = [(axis.values[0], axis.values[-1]) for axis in self.plan.axes]
        reasons = set[str]()
        for values in product(*ends):
            keys = (axis.key for axis in self.plan.axes)
            try:
                self._at(dict(zip(keys, values, strict=True)))
            except ConfigurationError as error:
                reasons.add(str(error))
            else:
                return None
        return reasons.pop() if len(reasons) == 1 else None

    def _at(self, changes: Mapping[str, Value]) -> Sources:
        """The sources with values set by key."""
        sources = self.plan.sources
        own = sources.with_values(changes)
        varied = tuple((label, self._variations[label].at(own[label])) for label in own)
        return replace(sources, experiments=varied)

    def _limit(self, model: Model) -> Point:
        question = self._asked(model)
        if reads_asimov(question) and not self.plan.observed:
            likelihood = treated_likelihood(model, model.asimov(), question.treatment)
            return self._of_likelihood(question, likelihood)
        found = answer(question, model, model.data() if self.plan.observed else model.asimov())
        if found.lower is None or found.upper is None:
            return Point(found.status, reason=found.reason or "")
        if len(found.intervals) > MOST_INTERVALS:
            reason = f"{len(found.intervals)} separate intervals, more than {MOST_INTERVALS}"
            return Point("fit-failed", reason=reason)
        return Point("ok", found.lower, found.upper, intervals=found.intervals)

    def _asked(self, subject: Subject) -> Question:
        plan = self.plan
        return asked(subject, plan.parameter, plan.cl, plan.method, plan.treatment)

    def _of_likelihood(self, question: Question, likelihood: Likelihood) -> Point:
        """Median and band on a bounded parameter of Asimov data."""
        known = question.parameter
        if not likelihood.is_sensitive_to(known.fitted):
            reason = f"no bin's expectation depends on {known.name}"
            return Point("no-sensitivity", reason=reason)
        if can_be_imitated(likelihood, known.fitted):
            return _imitated(question)
        return _with_band(question, lambda rises: rise_points(likelihood, known.fitted, rises))

    def _rescaled(
        self, experiment: Experiment | None, changes: Mapping[str, Value]
    ) -> Point | None:
        """The point from the likelihood of the reference; None if it has to be had on its own."""
        if experiment is None:
            return None
        question = self._asked(experiment)
        if self.plan.observed or not reads_asimov(question):
            return None
        off = any(s.kg_days > 0 and s.period.is_off for s in experiment.layout.spectra)
        others = [(k, type(v), v) for k, v in changes.items() if not only_scales(experiment, k)]
        reference = self._references.once((off, *others), lambda: self._reference(experiment))
        scales = sample_scales(experiment)
        if reference is None or not np.all(scales[:, : 1 + off] > 0):
            return None
        if reference.can_be_imitated(scales):
            return _imitated(question)
        try:
            return _with_band(question, reference.with_scales(scales).rise_points)
        except FitError:
            return None

    def _reference(self, experiment: Experiment) -> RescaledAsimov | None:
        try:
            model = build_model(at_reference(experiment), folds=self._folds[""])
            likelihood = treated_likelihood(model, model.asimov(), self.plan.treatment)
        except (ValueError, ArithmeticError, FitError):
            return None
        return RescaledAsimov.of(model, likelihood, self._asked(experiment).parameter.fitted)


def _table_of(points: Sequence[Point]) -> FloatArray:
    """Intervals of each point (n, 8, 2), NaN beyond the last."""
    table = np.full((len(points), MOST_INTERVALS, 2), np.nan)
    for row, point in zip(table, points, strict=True):
        row[: len(point.intervals)] = np.reshape(point.intervals, (-1, 2))
    return table


def _thresholds_kev(plan: ScanPlan, label: str) -> list[float]:
    """Thresholds that a scan sets in a source."""
    axes = [axis for axis in plan.axes if axis.numeric]
    keys = [split_label(axis.key) for axis in axes]
    chosen = [
        axis.values
        for axis, (of, key) in zip(axes, keys, strict=True)
        if key == "detector.threshold_kev" and of in ("", label)
    ]
    return [float(value) for values in chosen for value in values if float(value) > 0]


def reads_asimov(question: Question) -> bool:
    """True for an upper limit that needs not a single fit of data."""
    return question.parameter.one_sided and question.construction.by_asimov_rise


def _with_band(question: Question, reached: Callable[[Sequence[float]], Sequence[float]]) -> Point:
    expected = bounded_band(question, reached)
    band = tuple(np.nan if one.upper is None else one.upper for one in expected)
    return Point("ok", 0.0, band[SIGMAS.index(0)], band)


def _imitated(question: Question) -> Point:
    reason = f"the free backgrounds can imitate {question.parameter.name} in every bin"
    return Point("unidentifiable", reason=reason)
