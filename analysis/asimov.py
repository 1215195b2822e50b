"""Asimov: expected upper limits on mu^2 for many configurations, by Newton steps to the root."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from analysis import newton_kernels
from analysis.constructions import likelihood_rise
from analysis.intervals import bounded_upper_limit
from analysis.likelihood import SIGNAL_PARAMETERS, Likelihood
from sim.parameters import FloatArray

_N_SIGNAL = len(SIGNAL_PARAMETERS)
ASIMOV_METHODS = ("qtilde", "delta-chi2")


def asimov_upper_limits(
    likelihoods: Iterable[Likelihood], cl: float, method: str = "qtilde"
) -> FloatArray:
    """Upper limits on mu^2 (scaled) that Asimov data of the Standard Model give, one a likelihood.

    The data are what each likelihood expects at its centres with mu2 = q = r = 0; its own counts
    are not used.  The limits are those of ``limit`` for the same data, NaN where no bin depends on
    mu^2.

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
    return np.array([_upper_limit(likelihood, rise) for likelihood in likelihoods])


def _upper_limit(likelihood: Likelihood, rise: float) -> float:
    free = ~likelihood.fixed
    free[:_N_SIGNAL] = (True, False, False)
    truth = likelihood.centers.copy()
    truth[:_N_SIGNAL] = 0.0
    reduction = likelihood.reduced(free, ~free & (truth == 0), last=0)
    mu2, converged = newton_kernels.asimov_root(
        truth, likelihood.inverse_sigmas, rise, *reduction.arrays()
    )
    if converged:
        return float(mu2)
    if not likelihood.is_sensitive_to("mu2"):
        return float("nan")
    data = replace(likelihood, counts=likelihood.expected(truth), centers=truth)
    return bounded_upper_limit(data, rise)[1]
