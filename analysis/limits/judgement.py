"""Judgement: whether a limit may be believed, beyond that it was found."""

from __future__ import annotations

from dataclasses import replace

from analysis.fits.minimum import FitError, Minimum, physical_minimum
from analysis.fits.quality import quality_of
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import ASYMPTOTIC
from analysis.limits.limit_result import Limit
from analysis.limits.question import Question
from analysis.statistics.few_counts import few_counts
from analysis.statistics.measured_coverage import bends, least_covered

_MOST_FAILED = 1e-3


def judged(found: Limit, question: Question, likelihood: Likelihood) -> Limit:
    """A limit with the quality of its best fit, its warnings, and the status that they call for.

    ``toys-failed``: more than 1e-3 of the toys that it rests on could not be fitted; ``poor-fit``:
    the best fit does not describe the data; ``few-counts``: asymptotic formulas were used where
    fewer than 10 counts decide, or none was seen; ``under-coverage``: toys show that it covers less
    than it says.  All that hold are among the warnings.
    """
    if not found.found:
        return found
    name = question.parameter.fitted
    alone = likelihood.with_fixed(likelihood.others(name))
    try:
        best = physical_minimum(alone)
    except FitError:
        return found
    quality = quality_of(alone, best)
    warnings = [*_failed(found), *quality.warnings()]
    asymptotic = question.construction.asymptotic and found.calibration is None
    if asymptotic or found.calibration == ASYMPTOTIC:
        warnings += _few(question, alone, best, found)
    if asymptotic:
        warnings += _under_coverage(question, likelihood, found)
    status = warnings[0].partition(":")[0] if warnings else found.status
    return replace(found, status=status, quality=quality, warnings=tuple(warnings))


def _failed(found: Limit) -> list[str]:
    toys = found.toys
    if toys is None or toys.n_failed <= _MOST_FAILED * toys.n_toys:
        return []
    return [f"toys-failed: {toys.n_failed} of {toys.n_toys} toys could not be fitted"]


def _few(question: Question, likelihood: Likelihood, best: Minimum, found: Limit) -> list[str]:
    """A warning where the bins that feel the end of the interval expect or hold few counts."""
    if found.upper is None:
        return []
    there = best.x.copy()
    there[likelihood.index(question.parameter.fitted)] = question.parameter.inverse(found.upper)
    words = few_counts(likelihood, there, best.x)
    if not words:
        return []
    if found.calibration == ASYMPTOTIC:
        return [f"{words}: {question.method} was asymptotic, no toys were allowed"]
    return [f"{words}: {question.method} is asymptotic, feldman-cousins is not"]


def _under_coverage(question: Question, likelihood: Likelihood, found: Limit) -> list[str]:
    """A warning where toys of a truth that matters are covered too rarely, by three errors.

    Asked where, by the signal's table, a parameter has a term and one in its square: others have
    one valley.
    """
    parameter, cl = question.parameter, question.cl
    if parameter.one_sided or not bends(likelihood, parameter.fitted):
        return []
    intervals = [(parameter.inverse(low), parameter.inverse(high)) for low, high in found.intervals]
    rise, seed = question.construction.rise(cl), question.budget.seed
    try:
        least = least_covered(likelihood, parameter, cl, rise, intervals, seed)
    except FitError as error:
        return [f"under-coverage: whether there is any could not be measured: {error}"]
    if not least.under(cl):
        return []
    where = f"{parameter.name} = {parameter.physical(least.value):.3g} {parameter.unit}".strip()
    spread = f" +- {least.error_of_share:.3f}" if least.n_toys else ""
    alone = ", with no other parameter free," if question.free else ""
    return [
        f"under-coverage: {question.method} covers {where} with {least.share:.3f}{spread} in place "
        f"of {cl:g}, for -2 ln L bends there; feldman-cousins{alone} keeps its promise"
    ]
