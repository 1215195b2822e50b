"""Asimov: how -2 ln L of Asimov data rises with a bounded x, for many configurations.

The data are what a likelihood expects at its centres in the Standard Model; its own counts are not
used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from analysis.fits.batch import BoolArray
from analysis.fits.intervals import bounded_upper_limit
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.reduction import Reduction
from analysis.limits.constructions.registry import construction
from sim.cross_sections.parameters import FloatArray


def asimov_upper_limits(
    likelihoods: Iterable[Likelihood], name: str, cl: float, method: str = "qtilde"
) -> FloatArray:
    """Upper limits on a bounded x that Asimov data of the Standard Model give, one a likelihood.

    The limits are those of ``limit`` for the same data, NaN where no bin depends on x.

    Raises
    ------
    ValueError
        for a method that has no fixed rise of -2 ln L.
    FitError
        if a limit does not exist.
    """
    rise = construction(method).rise(cl)
    return np.array([rise_points(likelihood, name, [rise])[0] for likelihood in likelihoods])


def rise_points(likelihood: Likelihood, name: str, rises: Sequence[float]) -> list[float]:
    """Bounded x at which -2 Delta ln L reaches each rise; NaN where no bin depends on it.

    A likelihood whose expectation is more than its arrays say (a subclass) is profiled step by
    step.

    Raises
    ------
    FitError
        if the likelihood does not rise that far.
    """
    truth = _truth(likelihood)
    if type(likelihood) is not Likelihood:
        return [_slowly(likelihood, name, truth, rise) for rise in rises]
    points = asimov_reduction(likelihood, name)[2].asimov_roots(
        truth, likelihood.inverse_sigmas, likelihood.correlations.couplings, rises
    )
    return [
        float(point) if point == point else _slowly(likelihood, name, truth, rise)
        for point, rise in zip(points, rises, strict=True)
    ]


def asimov_reduction(likelihood: Likelihood, name: str) -> tuple[FloatArray, BoolArray, Reduction]:
    """Truth (P,), which parameters are held at 0 (P,), and the reduction with x last."""
    free, truth = _free(likelihood, name), _truth(likelihood)
    at_zero = ~free & (truth == 0)
    return truth, at_zero, likelihood.reduced(free, at_zero, likelihood.index(name))


def standard_error(likelihood: Likelihood, name: str) -> float:
    """Expected standard error of x, from the Fisher matrix of it and the free nuisances."""
    free = _free(likelihood, name)
    information = likelihood.fisher(_truth(likelihood))[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information * np.outer(scale, scale), hermitian=True)
    place = int(np.sum(free[: likelihood.index(name)]))
    return float(scale[place] * inverse[place, place] ** 0.5)


def _free(likelihood: Likelihood, name: str) -> BoolArray:
    """One parameter of the signal and the nuisances that are not fixed."""
    free = ~likelihood.fixed
    free[: len(likelihood.signal)] = False
    free[likelihood.index(name)] = True
    return free


def _truth(likelihood: Likelihood) -> FloatArray:
    """The centres (P,), and the Standard Model."""
    truth = likelihood.centers.copy()
    truth[: len(likelihood.signal)] = 0.0
    return truth


def _slowly(likelihood: Likelihood, name: str, truth: FloatArray, rise: float) -> float:
    if not likelihood.is_sensitive_to(name):
        return float("nan")
    data = replace(likelihood, counts=likelihood.expected(truth), centers=truth)
    return bounded_upper_limit(data, name, rise)[1]
