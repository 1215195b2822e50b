"""Scans: the points of one stretch of a sensitivity scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.degeneracy import can_be_imitated
from analysis.expected import SIGMAS, moment_band
from analysis.limits import limit
from analysis.minimum import FitError, treated_likelihood
from analysis.scan_plan import ScanPlan
from analysis.shard_files import Shard
from sim.experiment import ConfigurationError, Experiment
from sim.folds import Folds
from sim.model import Model, build_model
from sim.variation import varied

STATUSES = ("ok", "invalid", "no-sensitivity", "empty", "fit-failed", "unidentifiable")
"""States of a point by number: those of a limit, and a configuration that is not valid."""

_ASYMPTOTIC = ("qtilde", "delta-chi2", "cls", "clsb")
"""Methods whose limit on Asimov data is where the root of -2 Delta ln L reaches a fixed height."""


@dataclass(frozen=True, slots=True)
class Point:
    """Median limits at one point in physical units, and the band of upper limits on mu_nu.

    band holds the limits of data that fluctuate by -2 to 2 standard errors, NaN where there is
    none, and for other parameters and methods.
    """

    status: str
    lower: float = np.nan
    upper: float = np.nan
    band: tuple[float, ...] = (np.nan,) * len(SIGMAS)
    reason: str = ""


class ScanRunner:
    """Runs the shards of a scan; physics that points have in common is folded once."""

    def __init__(self, plan: ScanPlan) -> None:
        self.plan = plan
        thresholds = next((a for a in plan.axes if a.key == "detector.threshold_kev"), None)
        values = thresholds.values if thresholds and thresholds.numeric else ()
        self._folds = Folds([float(value) for value in values if float(value) > 0])

    def run(self, index: int) -> Shard:
        """Points of one shard: status, lower, upper, band and reason, see ``Point``."""
        first, end = self.plan.item_range(index)
        points = [self.point(item) for item in range(first, end)]
        reasons = [point.reason.encode() for point in points]
        arrays = {
            "status": np.array([STATUSES.index(p.status) for p in points], dtype=np.uint8),
            "lower": np.array([p.lower for p in points]),
            "upper": np.array([p.upper for p in points]),
            "band": np.array([p.band for p in points]),
            "reason": np.array(reasons, dtype=f"S{max(1, *map(len, reasons))}"),
        }
        return Shard(first, arrays)

    def point(self, item: int) -> Point:
        """Expected limits at one point; what is wrong with it becomes its status."""
        try:
            model = build_model(self._experiment(item), folds=self._folds)
        except (ConfigurationError, ArithmeticError) as error:
            return Point("invalid", reason=str(error))
        try:
            return self._limit(model)
        except ConfigurationError as error:
            return Point("invalid", reason=str(error))
        except FitError as error:
            return Point("fit-failed", reason=str(error))

    def _experiment(self, item: int) -> Experiment:
        return varied(self.plan.experiment, self.plan.changes(item))

    def _limit(self, model: Model) -> Point:
        plan = self.plan
        if plan.parameter == "mu_nu" and plan.method in _ASYMPTOTIC:
            return self._asymptotic(model)
        found = limit(model, model.asimov(), plan.parameter, plan.cl, plan.method, plan.treatment)
        if found.lower is None or found.upper is None:
            return Point(found.status, reason=found.reason or "")
        return Point("ok", found.lower, found.upper)

    def _asymptotic(self, model: Model) -> Point:
        """Median and band of an upper limit on mu_nu without a single fit of data."""
        plan = self.plan
        likelihood = treated_likelihood(model, model.asimov(), plan.treatment)
        if not likelihood.is_sensitive_to("mu2"):
            return Point("no-sensitivity", reason="no bin's expectation depends on mu_nu")
        if can_be_imitated(likelihood, "mu2"):
            reason = "the free backgrounds can imitate mu_nu in every bin"
            return Point("unidentifiable", reason=reason)
        expected = moment_band(likelihood, model, plan.cl, plan.method)
        band = tuple(np.nan if one.upper is None else one.upper for one in expected)
        return Point("ok", 0.0, band[SIGMAS.index(0)], band)
