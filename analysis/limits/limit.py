"""Limits and intervals on one parameter, each construction with its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.fits.minimum import FitError, treated_likelihood
from analysis.likelihood.degeneracy import can_be_imitated
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import EmptyIntervalError, Found
from analysis.limits.judgement import judged
from analysis.limits.limit_result import Limit, ThrownToys
from analysis.limits.question import Question, asked
from analysis.statistics.acceptance import NotEnoughToysError
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.model import Model
from sim.sources.joint import joint_model, joint_spectra, shared_names
from sim.spectra.spectra import Spectra


def limit(
    model: Model,
    spectra: Spectra | None = None,
    parameter: str = MAGNETIC_MOMENT,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    budget: ToyBudget | None = None,
    free: Sequence[str] = (),
) -> Limit:
    """Interval of one parameter at a confidence level, the others at the Standard Model or free.

    Without spectra it is that of ``model.data()``, as ``nuem limit`` prints it.

    An upper limit on parameters with a bound, as mu_nu; others have two-sided intervals, every one
    of them if the likelihood has two minima.  budget bounds and seeds the toys of constructions
    that throw any; free are parameters that are fitted at every value, with qtilde and delta-chi2.

    Raises
    ------
    ValueError
        for an unknown parameter or method, or a confidence level outside (0.5, 1).

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> found = nuem.limit(model)
    >>> print(f"{found.upper:.2e} {found.unit} at {found.cl:.0%}, {found.status}")
    3.94e-11 mu_B at 90%, ok
    """
    question = asked(model, parameter, cl, method, treatment, budget, free)
    return judged_answer(question, model, spectra)


def answer(question: Question, model: Model, spectra: Spectra | None) -> Limit:
    """The limit that was asked for, without a word on how good it is."""
    try:
        return limit_of(question, _likelihood(question, model, spectra))
    except FitError as error:
        return without_limit(question, "fit-failed", str(error))


def judged_answer(question: Question, model: Model, spectra: Spectra | None) -> Limit:
    """The limit that was asked for, with its quality and warnings."""
    try:
        likelihood = _likelihood(question, model, spectra)
        found = replace(limit_of(question, likelihood), shared=shared_names(model))
        return judged(found, question, likelihood)
    except FitError as error:
        return without_limit(question, "fit-failed", str(error))


def _likelihood(question: Question, model: Model, spectra: Spectra | None) -> Likelihood:
    """The likelihood in which all but the parameter is held, or free as the question says."""
    likelihood = treated_likelihood(model, spectra, question.treatment)
    return likelihood.with_freed(*(other.fitted for other in question.free))


def upper_limit(
    model: Model,
    spectra: Spectra | None = None,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> Limit:
    """Upper limit on the magnetic moment: ``limit`` of mu_nu."""
    return limit(model, spectra, MAGNETIC_MOMENT, cl, method, treatment)


def combined_limit(
    parts: Mapping[str, tuple[Model, Spectra]],
    parameter: str = MAGNETIC_MOMENT,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    budget: ToyBudget | None = None,
    free: Sequence[str] = (),
) -> Limit:
    """Limit of several experiments together; keys of parts label their own nuisances.

    Nuisances named in systematics.shared of every experiment are common to all, components of the
    flux to those whose flux has the same source: one model at the same mean fission fractions.

    Raises
    ------
    ConfigurationError
        if the experiments use different couplings, which would be different Standard Models.
    ValueError
        as ``limit``.

    Examples
    --------
    >>> models = {n: nuem.build_model(nuem.load_experiment(n)) for n in ("rovno", "gemma-2012")}
    >>> found = nuem.combined_limit({name: (one, one.data()) for name, one in models.items()})
    >>> print(f"{found.upper:.2e} {found.unit}")
    3.93e-11 mu_B
    """
    model = joint_model({label: part for label, (part, _) in parts.items()})
    spectra = joint_spectra({label: own for label, (_, own) in parts.items()})
    return limit(model, spectra, parameter, cl, method, treatment, budget, free)


def limit_of(question: Question, likelihood: Likelihood) -> Limit:
    """The limit that a likelihood gives; FitError if a fit fails."""
    parameter = question.parameter
    name = parameter.fitted
    if name not in likelihood.names or not likelihood.is_sensitive_to(name):
        reason = f"no bin's expectation depends on {parameter.name}"
        return without_limit(question, "no-sensitivity", reason)
    if can_be_imitated(likelihood, name):
        reason = f"the free backgrounds can imitate {parameter.name} in every bin"
        return without_limit(question, "unidentifiable", reason)
    try:
        found = question.construction.intervals(likelihood, parameter, question.cl, question.budget)
    except EmptyIntervalError as error:
        return without_limit(question, "empty", str(error))
    except NotEnoughToysError as error:
        return without_limit(question, "not-enough-toys", str(error))
    return _with_intervals(question, found)


def _with_intervals(question: Question, found: Found) -> Limit:
    """The limit of intervals of x; FitError without a width."""
    best_fit, intervals = found.best_fit, found.intervals
    if not all(low < high for low, high in intervals):
        raise FitError("the interval has no width: the profile jumps at its minimum")
    parameter = question.parameter
    physical = [(parameter.physical(low), parameter.physical(high)) for low, high in intervals]
    at_bound = parameter.bounded and best_fit <= 0
    return Limit(
        parameter=parameter.name,
        unit=parameter.unit,
        cl=question.cl,
        method=question.method,
        treatment=question.treatment,
        best_fit=parameter.physical(max(best_fit, 0.0) if at_bound else best_fit),
        lower=physical[0][0],
        upper=physical[-1][1],
        intervals=tuple(physical),
        status="ok",
        at_bound=at_bound,
        toys=_toys(question, found),
        remark=parameter.remark,
        calibration=found.calibration,
        free=tuple(other.name for other in question.free),
    )


def _toys(question: Question, found: Found) -> ThrownToys | None:
    """What is to be said of toys; None where none were thrown."""
    if not found.n_toys:
        return None
    physical = question.parameter.physical

    def error(x: float, of: float) -> float:
        return abs(physical(x + of) - physical(x))

    low, by_low = found.intervals[0][0], found.errors[0][0]
    high, by_high = found.intervals[-1][1], found.errors[-1][1]
    return ThrownToys(
        n_toys=found.n_toys,
        n_failed=found.n_failed,
        seed=question.budget.seed,
        lower_error=error(low, by_low),
        upper_error=error(high, by_high),
    )


def without_limit(question: Question, status: str, reason: str) -> Limit:
    """No limit, and why."""
    return Limit(
        parameter=question.parameter.name,
        unit=question.parameter.unit,
        cl=question.cl,
        method=question.method,
        treatment=question.treatment,
        best_fit=None,
        lower=None,
        upper=None,
        intervals=(),
        status=status,
        reason=reason,
    )
