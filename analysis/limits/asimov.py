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
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS, Likelihood
from analysis.limits.constructions import likelihood_rise
from sim.cross_sections.parameters import FloatArray

_N_SIGNAL = len(SIGNAL_PARAMETERS)
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
    free = _free(likelihood)
    truth = likelihood.centers.copy()
    truth[:_N_SIGNAL] = 0.0
    if type(likelihood) is not Likelihood:
        return [_slowly(likelihood, truth, rise) for rise in rises]
    points = single_kernels.asimov_roots(
        truth,
        likelihood.inverse_sigmas,
        np.array(rises),
        *likelihood.reduced(free, ~free & (truth == 0), last=0).arrays(),
    )
    return [
        float(point) if point == point else _slowly(likelihood, truth, rise)
        for point, rise in zip(points, rises, strict=True)
    ]


def standard_error(likelihood: Likelihood) -> float:
    """Expected standard error of mu^2, from the Fisher matrix of mu^2 and the free nuisances."""
    free = _free(likelihood)
    truth = likelihood.centers.copy()
    truth[:_N_SIGNAL] = 0.0
    information = likelihood.fisher(truth)[np.ix_(free, free)]
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information * np.outer(scale, scale), hermitian=True)
    return float(scale[0] * inverse[0, 0] ** 0.5)


def _free(likelihood: Likelihood) -> BoolArray:
    free = ~likelihood.fixed
    free[:_N_SIGNAL] = (True, False, False)
    return free


def _slowly(likelihood: Likelihood, truth: FloatArray, rise: float) -> float:
    if not likelihood.is_sensitive_to("mu2"):
        return float("nan")
    data = replace(likelihood, counts=likelihood.expected(truth), centers=truth)
    return bounded_upper_limit(data, rise)[1]
