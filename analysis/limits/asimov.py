"""Asimov: how -2 ln L of Asimov data rises with mu^2, for many configurations.

The data are what a likelihood expects at its centres with mu2 = q = r = 0; its own counts are not
used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from analysis.fits.batch import BoolArray
from analysis.fits.intervals import bounded_upper_limit
from analysis.likelihood import single_kernels
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.reduction import Reduction
from analysis.limits.constructions import likelihood_rise
from sim.cross_sections.parameters import FloatArray

PARAMETER = "mu2"
ASIMOV_METHODS = ("qtilde", "delta-chi2")


def asimov_upper_limits(
    likelihoods: Iterable[Likelihood], cl: float, method: str = "qtilde"
) -> FloatArray:
    """Upper limits on mu^2 (scaled) that Asimov data of the Standard Model give, one a likelihood.

    The limits are those of ``limit`` for the same data, NaN where no bin depends on mu^2.

    Raises
    ------
    ValueError
        for a method that is not one of ``ASIMOV_METHODS``.
    FitError
        if a limit does not exist.
    """
    if method not in ASIMOV_METHODS:
        raise ValueError(f"method {method!r}: allowed are {', '.join(ASIMOV_METHODS)}")
    rise = likelihood_rise(method, cl)
    return np.array([rise_points(likelihood, [rise])[0] for likelihood in likelihoods])


def rise_points(likelihood: Likelihood, rises: Sequence[float]) -> list[float]:
    """mu^2 at which -2 Delta ln L reaches each rise; NaN where no bin depends on mu^2.

    A likelihood whose expectation is more than its arrays say (a subclass) is profiled step by
    step.

    Raises
    ------
    FitError
        if the likelihood does not rise that far.
    """
    truth = _truth(likelihood)
    if type(likelihood) is not Likelihood:
        return [_slowly(likelihood, truth, rise) for rise in rises]
    points = single_kernels.asimov_roots(
        truth,
        likelihood.inverse_sigmas,
        likelihood.correlations.couplings,
        np.array(rises),
        asimov_reduction(likelihood)[2].arrays(),
    )
    return [
        float(point) if point == point else _slowly(likelihood, truth, rise)
        for point, rise in zip(points, rises, strict=True)
    ]


def asimov_reduction(likelihood: Likelihood) -> tuple[FloatArray, BoolArray, Reduction]:
    """Truth (P,), which parameters are held at 0 (P,), and the reduction with mu^2 last."""
    free, truth = _free(likelihood), _truth(likelihood)
    at_zero = ~free & (truth == 0)
    return truth, at_zero, likelihood.reduced(free, at_zero, likelihood.index(PARAMETER))


def standard_error(likelihood: Likelihood) -> float:
    """Expected standard error of mu^2, from the Fisher matrix of mu^2 and the free nuisances."""
    free = _free(likelihood)
    information = likelihood.fisher(_truth(likelihood))[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information * np.outer(scale, scale), hermitian=True)
    place = int(np.sum(free[: likelihood.index(PARAMETER)]))
    return float(scale[place] * inverse[place, place] ** 0.5)


def _free(likelihood: Likelihood) -> BoolArray:
    """mu^2 and the nuisances that are not fixed."""
    free = ~likelihood.fixed
    free[: len(likelihood.signal)] = False
    free[likelihood.index(PARAMETER)] = True
    return free


def _truth(likelihood: Likelihood) -> FloatArray:
    """The centres (P,), and the Standard Model."""
    truth = likelihood.centers.copy()
    truth[: len(likelihood.signal)] = 0.0
    return truth


def _slowly(likelihood: Likelihood, truth: FloatArray, rise: float) -> float:
    if not likelihood.is_sensitive_to(PARAMETER):
        return float("nan")
    data = replace(likelihood, counts=likelihood.expected(truth), centers=truth)
    return bounded_upper_limit(data, PARAMETER, rise)[1]
