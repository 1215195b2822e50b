"""Limits and intervals on mu_nu, q_nu and r2_nu, each construction with its name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.intervals import bounded_upper_limit, two_sided_intervals
from analysis.likelihood import SCALED_NAMES, Likelihood
from analysis.minimum import FitError, treated_likelihood
from sim.model import Model
from sim.parameters import MU_SCALE, PARAMETER_UNITS, Q_SCALE, R2_SCALE_CM2
from sim.spectra import Spectra

METHODS = {"mu_nu": ("qtilde", "delta-chi2"), "q_nu": ("delta-chi2",), "r2_nu": ("delta-chi2",)}
"""Methods of each parameter; the first is the default."""


@dataclass(frozen=True, slots=True)
class Limit:
    """An interval in physical units.

    status ``ok``, or why there is no limit: ``no-sensitivity``, ``fit-failed``, with the reason
    and None in place of numbers.  at_bound: the best fit is the bound mu_nu = 0.
    intervals are in increasing order; lower and upper are their hull.
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

    @property
    def disjoint(self) -> bool:
        """True if the accepted set has a gap."""
        return len(self.intervals) > 1

    @property
    def found(self) -> bool:
        """True if there is a limit."""
        return self.status == "ok"


def likelihood_rise(method: str, cl: float) -> float:
    """Rise of -2 ln L at the end of the interval.

    ``qtilde``: Phi^-1(cl)^2, 1.6424 at 90 %: one-sided, from the best physical point; asymptotic
    distribution of Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (62)-(67) for a
    parameter whose best fit is inside; it covers more than cl within 1.28 sigma of the bound.
    ``delta-chi2``: Phi^-1((1 + cl) / 2)^2, 2.7055 at 90 %: two-sided, one degree of freedom;
    Wilks, Ann. Math. Stat. 9, 60 (1938).  One-sided it is a limit of about 95 %.
    """
    quantile = ndtri(cl) if method == "qtilde" else ndtri((1 + cl) / 2)
    return float(quantile**2)


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
    chosen = _checked_method(parameter, method, cl)
    name = treatment or model.experiment.config.analysis.background
    rise = likelihood_rise(chosen, cl)
    try:
        likelihood = treated_likelihood(model, spectra, name)
        if not likelihood.is_sensitive_to(SCALED_NAMES[parameter]):
            reason = f"no bin's expectation depends on {parameter}"
            return _none(parameter, cl, chosen, name, "no-sensitivity", reason)
        if parameter == "mu_nu":
            return _bounded(likelihood, cl, chosen, name, rise)
        return _two_sided(model, likelihood, parameter, cl, chosen, name, rise)
    except FitError as error:
        return _none(parameter, cl, chosen, name, "fit-failed", str(error))


def _bounded(likelihood: Likelihood, cl: float, method: str, treatment: str, rise: float) -> Limit:
    best, upper = bounded_upper_limit(likelihood, rise)
    best_fit, high = (MU_SCALE * float(np.sqrt(value)) for value in (max(best.x[0], 0.0), upper))
    return Limit(
        parameter="mu_nu",
        unit=PARAMETER_UNITS["mu_nu"],
        cl=cl,
        method=method,
        treatment=treatment,
        best_fit=best_fit,
        lower=0.0,
        upper=high,
        intervals=((0.0, high),),
        status="ok",
        at_bound=best_fit == 0,
    )


def _two_sided(
    model: Model,
    likelihood: Likelihood,
    parameter: str,
    cl: float,
    method: str,
    treatment: str,
    rise: float,
) -> Limit:
    found = two_sided_intervals(likelihood, SCALED_NAMES[parameter], rise)
    scale, offset = Q_SCALE, 0.0
    if parameter == "r2_nu":
        scale, offset = R2_SCALE_CM2, model.couplings.sm_charge_radius_cm2
    intervals = tuple(
        (scale * low + offset, scale * high + offset) for low, high in found.intervals
    )
    return Limit(
        parameter=parameter,
        unit=PARAMETER_UNITS[parameter],
        cl=cl,
        method=method,
        treatment=treatment,
        best_fit=scale * found.best_fit + offset,
        lower=intervals[0][0],
        upper=intervals[-1][1],
        intervals=intervals,
        status="ok",
    )


def _none(
    parameter: str, cl: float, method: str, treatment: str, status: str, reason: str
) -> Limit:
    return Limit(
        parameter=parameter,
        unit=PARAMETER_UNITS[parameter],
        cl=cl,
        method=method,
        treatment=treatment,
        best_fit=None,
        lower=None,
        upper=None,
        intervals=(),
        status=status,
        reason=reason,
    )


def _checked_method(parameter: str, method: str | None, cl: float) -> str:
    if parameter not in METHODS:
        raise ValueError(f"parameter {parameter!r}: allowed are {', '.join(METHODS)}")
    allowed = METHODS[parameter]
    if method is not None and method not in allowed:
        raise ValueError(f"method {method!r} for {parameter}: allowed are {', '.join(allowed)}")
    if not 0.5 < cl < 1:
        raise ValueError(f"cl must lie between 0.5 and 1: found {cl:g}")
    return method or allowed[0]
