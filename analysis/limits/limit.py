"""Limits and intervals on one parameter, each construction with its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.fits.intervals import two_sided_intervals
from analysis.fits.minimum import FitError, treated_likelihood
from analysis.likelihood.combination import combined_likelihood
from analysis.likelihood.degeneracy import can_be_imitated
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions import UPPER_LIMITS, EmptyIntervalError, likelihood_rise
from analysis.limits.feldman_cousins import feldman_cousins
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table, shown
from sim.experiment import ConfigurationError
from sim.model import Model
from sim.spectra import Spectra

METHODS = {
    "mu_nu": (*UPPER_LIMITS, "feldman-cousins"),
    "q_nu": ("delta-chi2", "feldman-cousins"),
    "r2_nu": ("delta-chi2", "feldman-cousins"),
    "sin2_theta_w": ("delta-chi2",),
    "cevns": ("delta-chi2",),
}
"""Methods of each parameter; the first is the default."""


@dataclass(frozen=True, slots=True)
class Limit:
    """An interval in physical units.

    status ``ok``, or why there is no limit: ``no-sensitivity``, ``unidentifiable``, ``empty``,
    ``fit-failed``, with the reason and None in place of numbers.  at_bound: the best fit is the
    bound mu_nu = 0.  intervals are in increasing order; lower and upper are their hull.
    """

    parameter: str
    unit: str
    cl: float
    method: str
    treatment: str
    best_fit: float | None
    lower: float | None
    upper: float | None
    intervals: tuple[tuple[float, float], ...]
    status: str
    at_bound: bool = False
    reason: str | None = None

    def __repr__(self) -> str:
        at = f"at {100 * self.cl:g} % CL ({self.method}, {self.treatment})"
        if not self.found:
            return f"<Limit on {self.parameter} {at}: none, {self.status}: {self.reason}>"
        return f"<Limit {self.parameter} in {self._ranges()} {self.unit} {at}: {self.status}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            (f"{100 * self.cl:g} % CL", f"{self._ranges()} {self.unit}" if self.found else "none"),
            ("best fit", f"{shown(self.best_fit)} {self.unit}"),
            ("method", self.method),
            ("background", self.treatment),
            ("status", self.status if self.found else f"{self.status}: {self.reason}"),
        ]
        return html_table(f"limit on {self.parameter}", rows)

    def _ranges(self) -> str:
        return " or ".join(f"[{shown(low)}, {shown(high)}]" for low, high in self.intervals)

    @property
    def disjoint(self) -> bool:
        """True if the accepted set has a gap."""
        return len(self.intervals) > 1

    @property
    def reach(self) -> float | None:
        """Largest magnitude that is not excluded."""
        if self.lower is None or self.upper is None:
            return None
        return max(abs(self.lower), abs(self.upper))

    @property
    def found(self) -> bool:
        """True if there is a limit."""
        return self.status == "ok"


def limit(
    model: Model,
    spectra: Spectra,
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> Limit:
    """Interval of one parameter at a confidence level, the other two at the Standard Model.

    For mu_nu an upper limit with the boundary mu^2 >= 0; for q_nu and r2_nu two-sided, with
    every interval if the likelihood has two minima.

    Raises
    ------
    ValueError
        for an unknown parameter or method, or a confidence level outside (0.5, 1).
    """
    chosen = checked_method(parameter, method, cl)
    name = treatment or model.experiment.config.analysis.background
    problem = _Problem(model, parameter, cl, chosen, name)
    try:
        return _solved(problem, problem.likelihood(spectra))
    except FitError as error:
        return problem.without_limit("fit-failed", str(error))


def upper_limit(
    model: Model,
    spectra: Spectra,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> Limit:
    """Upper limit on the magnetic moment: ``limit`` of mu_nu."""
    return limit(model, spectra, "mu_nu", cl, method, treatment)


def combined_limit(
    parts: Mapping[str, tuple[Model, Spectra]],
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> Limit:
    """Limit of several experiments together; keys of parts label their own nuisances.

    Nuisances named in systematics.shared of every experiment are common to all.

    Raises
    ------
    ConfigurationError
        if the experiments use different couplings, which would be different Standard Models.
    ValueError
        as ``limit``.
    """
    chosen = checked_method(parameter, method, cl)
    models = [model for model, _ in parts.values()]
    first = models[0]
    if any(model.couplings != first.couplings for model in models):
        raise ConfigurationError("a combination needs the same couplings in every experiment")
    shared = _shared_names(models)
    problems = {
        label: _Problem(model, parameter, cl, chosen, treatment or _treatment(model))
        for label, (model, _) in parts.items()
    }
    try:
        likelihood = combined_likelihood(
            {label: problems[label].likelihood(spectra) for label, (_, spectra) in parts.items()},
            shared,
        )
        treatments = "+".join(dict.fromkeys(problem.treatment for problem in problems.values()))
        return _solved(_Problem(first, parameter, cl, chosen, treatments), likelihood)
    except FitError as error:
        return next(iter(problems.values())).without_limit("fit-failed", str(error))


@dataclass(frozen=True, slots=True)
class _Problem:
    """What a limit is asked for."""

    model: Model
    parameter: str
    cl: float
    method: str
    treatment: str

    @property
    def scale(self) -> SignalParameter:
        return self.model.signal_table.parameter(self.parameter)

    def likelihood(self, spectra: Spectra) -> Likelihood:
        return treated_likelihood(self.model, spectra, self.treatment)

    def with_intervals(self, best_fit: float, intervals: tuple[tuple[float, float], ...]) -> Limit:
        """The limit of intervals given in the likelihood's parameter; FitError without a width."""
        if not all(low < high for low, high in intervals):
            raise FitError("the interval has no width: the profile jumps at its minimum")
        physical = [
            (self.scale.physical(low), self.scale.physical(high)) for low, high in intervals
        ]
        at_bound = self.parameter == "mu_nu" and best_fit <= 0
        return Limit(
            parameter=self.parameter,
            unit=self.scale.unit,
            cl=self.cl,
            method=self.method,
            treatment=self.treatment,
            best_fit=self.scale.physical(max(best_fit, 0.0) if at_bound else best_fit),
            lower=physical[0][0],
            upper=physical[-1][1],
            intervals=tuple(physical),
            status="ok",
            at_bound=at_bound,
        )

    def without_limit(self, status: str, reason: str) -> Limit:
        """No limit, and why."""
        return Limit(
            parameter=self.parameter,
            unit=self.scale.unit,
            cl=self.cl,
            method=self.method,
            treatment=self.treatment,
            best_fit=None,
            lower=None,
            upper=None,
            intervals=(),
            status=status,
            reason=reason,
        )


def _solved(problem: _Problem, likelihood: Likelihood) -> Limit:
    name = problem.scale.fitted
    if not likelihood.is_sensitive_to(name):
        reason = f"no bin's expectation depends on {problem.parameter}"
        return problem.without_limit("no-sensitivity", reason)
    if can_be_imitated(likelihood, name):
        reason = f"the free backgrounds can imitate {problem.parameter} in every bin"
        return problem.without_limit("unidentifiable", reason)
    if problem.method == "feldman-cousins":
        fitted, intervals = feldman_cousins(likelihood, name, problem.cl)
        return problem.with_intervals(fitted, intervals)
    if problem.parameter == "mu_nu":
        try:
            best, upper = UPPER_LIMITS[problem.method](likelihood, problem.cl)
        except EmptyIntervalError as error:
            return problem.without_limit("empty", str(error))
        return problem.with_intervals(float(best.x[likelihood.index(name)]), ((0.0, upper),))
    found = two_sided_intervals(likelihood, name, likelihood_rise(problem.method, problem.cl))
    return problem.with_intervals(found.best_fit, found.intervals)


def _shared_names(models: Sequence[Model]) -> list[str]:
    """Nuisances common to a combination: shared in every experiment, components by number."""
    kinds = set.intersection(*(set(m.experiment.config.systematics.shared) for m in models))
    names = [morph.name for model in models for morph in model.morphs]
    common = [n for n in names if n in kinds or n.rsplit("_", 1)[0] in kinds]
    return list(dict.fromkeys(common))


def _treatment(model: Model) -> str:
    return str(model.experiment.config.analysis.background)


def checked_method(parameter: str, method: str | None, cl: float) -> str:
    """The method, by default the parameter's; ValueError for what does not go together."""
    if parameter not in METHODS:
        raise ValueError(f"parameter {parameter!r}: allowed are {', '.join(METHODS)}")
    allowed = METHODS[parameter]
    if method is not None and method not in allowed:
        raise ValueError(f"method {method!r} for {parameter}: allowed are {', '.join(allowed)}")
    if not 0.5 < cl < 1:
        raise ValueError(f"cl must lie between 0.5 and 1: found {cl:g}")
    return method or allowed[0]
