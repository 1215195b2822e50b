"""The unified interval of Feldman and Cousins, by toys.

Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), physics/9711021; asymptotic form: Sec. IV A.
"""

from __future__ import annotations

from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import ASYMPTOTIC, Construction, Found, Promise
from analysis.statistics import feldman_cousins
from analysis.statistics.asymptotics import unified_interval, unified_upper_limits
from analysis.statistics.tested import Tested, ToyBudget
from analysis.statistics.unified_asymptotics import unified_intervals
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter


class FeldmanCousins(Construction):
    """Values whose statistic is below the cl quantile of toys made there."""

    name = "feldman-cousins"
    rank = 5
    for_unbounded = True
    asymptotic = False
    band_of_toys = False
    references = ("FeldmanCousins1998",)
    toys_per_shard = 1_024
    points_per_shard = 2

    def intervals(
        self,
        likelihood: Likelihood,
        parameter: SignalParameter,
        cl: float,
        budget: ToyBudget | None = None,
    ) -> Found:
        """By ``analysis.statistics.feldman_cousins``, or asymptotic where no toys are allowed."""
        allowed = budget or ToyBudget()
        if allowed.most_toys == 0:
            best_fit, intervals = unified_intervals(likelihood, parameter, cl)
            return Found(best_fit, intervals, calibration=ASYMPTOTIC)
        found = feldman_cousins.feldman_cousins(likelihood, parameter, cl, allowed)
        how = "toys" if found.n_toys else "summed"
        toys = found.n_toys, found.n_failed
        return Found(found.best_fit, found.intervals, found.errors, *toys, how)

    def levels(self, tested: Tested) -> FloatArray:
        """Rank of each data set's statistic among its calibration toys; ValueError without."""
        if tested.calibration is None:
            raise ValueError(f"{self.name} needs calibration toys")
        return feldman_cousins.calibrated_levels(
            tested.profiles, tested.values, tested.rise, tested.calibration
        )

    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Between where the statistic reaches its critical value."""
        return unified_interval(cl, x)

    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """Interpolated, to 2e-3 of a standard error or better, 0.05 at the least."""
        return unified_upper_limits(cl, x)

    def predicted_coverage(self, cl: float, truth: float) -> float:
        """cl everywhere."""
        return cl

    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """At least cl."""
        return Promise.at_least(cl)


CONSTRUCTION = FeldmanCousins()
