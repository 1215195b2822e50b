"""What a construction of limits is: all that the house knows of it is in its file.

A construction is an instance named ``CONSTRUCTION`` in a file of this folder, named after it.
Bounded parameters are those whose x, as fits see it, cannot be negative, such as mu^2; asymptotic
numbers are of a Gaussian estimate of such an x, in units of its standard error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from scipy.special import ndtri

from analysis.fits.minimum import FitError, Minimum
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.exact_tails import ExactLimit, exact_is_due, exact_upper_limit
from analysis.statistics.tested import Tested, ToyBudget
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter

Intervals = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Best physical x, and the accepted intervals of x in increasing order.

    errors are those of the ends that the noise of toys makes, in the order of the intervals; empty
    where no toys were thrown.  n_failed of n_toys toys could not be fitted.  calibration says what
    was used: ``summed`` probabilities, ``toys``, ``asymptotic`` where the budget left no toys to a
    construction that throws them, or None for what is a construction's own.
    """

    best_fit: float
    intervals: Intervals
    errors: Intervals = ()
    n_toys: int = 0
    n_failed: int = 0
    calibration: str | None = None


_BUDGET = ToyBudget()
ASYMPTOTIC = "asymptotic"


class EmptyIntervalError(FitError):
    """The construction excludes every physical value."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Coverage that a construction promises at a truth: in words, and the range it may have."""

    words: str
    low: float
    high: float

    @classmethod
    def at_least(cls, cl: float) -> Promise:
        """Never less than the confidence level."""
        return cls(f">= {cl:g}", cl, 1.0)

    @classmethod
    def equal(cls, cl: float, digits: str = "g") -> Promise:
        """Just that."""
        return cls(f"= {cl:{digits}}", cl, cl)


FAR_FROM_BOUND = 2.0
"""Standard errors from which on a bound at 0 is no longer felt by promises."""


class Construction(ABC):
    """A named way from data to an interval.

    rank orders lists, the lowest that fits a parameter is its default.  for_unbounded: also of
    parameters without a bound, and of those whose growth can make rates fall.  in_report: drawn
    beside the default in reports.  keys of references are those of ``references.bib``.
    toys_per_shard and points_per_shard, where given, keep the work of a shard of a study within a
    minute.
    """

    name: ClassVar[str]
    rank: ClassVar[int]
    for_unbounded: ClassVar[bool] = False
    by_asimov_rise: ClassVar[bool] = False
    """The limit on Asimov data of a bounded parameter is where the rise has a known height."""
    asymptotic: ClassVar[bool] = True
    """It takes the statistic as distributed as with many counts."""
    band_of_toys: ClassVar[bool] = True
    """The limits of thousands of toys can be had."""
    references: ClassVar[tuple[str, ...]] = ()
    toys_per_shard: ClassVar[int | None] = None
    points_per_shard: ClassVar[int | None] = None

    def applies_to(self, parameter: SignalParameter) -> bool:
        """True if it can give an interval of a parameter."""
        return parameter.one_sided or self.for_unbounded

    @abstractmethod
    def intervals(
        self,
        likelihood: Likelihood,
        parameter: SignalParameter,
        cl: float,
        budget: ToyBudget = _BUDGET,
    ) -> Found:
        """The accepted values of a parameter, the other ones of the signal held.

        budget is for constructions that throw toys.

        Raises
        ------
        EmptyIntervalError
            if no physical value is accepted.
        FitError
            if a fit fails or the interval does not end.
        """

    @abstractmethod
    def levels(self, tested: Tested) -> FloatArray:
        """From which confidence level on the interval of each data set holds its value (m,).

        A value lies in the interval at confidence level cl exactly where its level is at most cl.
        """

    @abstractmethod
    def interval_of_estimate(self, cl: float, x: float) -> tuple[float, float] | None:
        """Interval that an estimate x of a bounded parameter leads to; None for an empty one."""

    @abstractmethod
    def upper_limits_of_estimates(self, cl: float, x: FloatArray) -> FloatArray:
        """Upper ends for many estimates x; ValueError where intervals may be empty."""

    @abstractmethod
    def predicted_coverage(self, cl: float, truth: float) -> float:
        """Probability that the interval holds the truth >= 0 of a bounded parameter."""

    @abstractmethod
    def promise(self, cl: float, truth: float, *, gaussian: bool) -> Promise | None:
        """What it promises at a truth; gaussian: every bin is full.  None: nothing."""

    def rise(self, cl: float) -> float:
        """-2 Delta ln L at the ends of its intervals; ValueError if it has none of its own."""
        raise ValueError(f"method {self.name!r} has no fixed rise of -2 ln L")


class UpperLimit(Construction):
    """A construction of upper limits on bounded parameters; the lower end is the bound."""

    @abstractmethod
    def upper_limit(
        self, likelihood: Likelihood, parameter: SignalParameter, cl: float
    ) -> tuple[Minimum, float]:
        """Best physical fit, and the upper limit on x."""

    def intervals(
        self,
        likelihood: Likelihood,
        parameter: SignalParameter,
        cl: float,
        budget: ToyBudget = _BUDGET,
    ) -> Found:
        """The best fit, and one interval from the bound."""
        best, upper = self.upper_limit(likelihood, parameter, cl)
        return Found(float(best.x[likelihood.index(parameter.fitted)]), ((0.0, upper),))


class TailLimit(UpperLimit):
    """An upper limit where a tail probability has fallen to 1 - cl: CLs+b, or CLs+b / CLb.

    It is asymptotic, but of few counts by sums over outcomes, or by toys.
    """

    over_background: ClassVar[bool]

    def intervals(
        self,
        likelihood: Likelihood,
        parameter: SignalParameter,
        cl: float,
        budget: ToyBudget = _BUDGET,
    ) -> Found:
        """By the asymptotic formula, or by sums and toys where counts are few."""
        rise = float(ndtri(cl) ** 2)
        if not exact_is_due(likelihood, parameter, rise):
            return super().intervals(likelihood, parameter, cl)
        exact = exact_upper_limit(
            likelihood, parameter, cl, rise, budget, ratio=self.over_background
        )
        return _found_exactly(exact, parameter)


def _found_exactly(exact: ExactLimit, parameter: SignalParameter) -> Found:
    """An upper limit by summed probabilities or toys; EmptyIntervalError if 0 is excluded too."""
    if exact.upper is None:
        raise EmptyIntervalError(
            f"a downward fluctuation excludes every {parameter.name}, 0 included"
        )
    errors = ((0.0, exact.error),) if exact.n_toys else ()
    return Found(
        exact.best_fit, ((0.0, exact.upper),), errors, exact.n_toys, exact.n_failed, exact.how
    )
