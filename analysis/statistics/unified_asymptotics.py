"""The unified interval where the statistic is distributed as with many counts: without toys.

Critical values are those of Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), Sec. IV A, for a
Gaussian estimate; the standard error at a value is that of the Asimov data of no signal (Cowan,
Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011), Eq. (30)).
"""

from __future__ import annotations

from scipy.special import ndtri

from analysis.fits.intervals import (
    Profile,
    best_bounded,
    crossing,
    profile_step,
    two_sided_intervals,
)
from analysis.fits.minimum import minimise
from analysis.fits.roots import root_between
from analysis.likelihood.likelihood import Likelihood
from analysis.statistics.asymptotics import critical_statistic
from analysis.statistics.tails import background_only
from sim.cross_sections.signal import SignalParameter


def unified_intervals(
    likelihood: Likelihood, parameter: SignalParameter, cl: float
) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Best physical x, and the accepted intervals of x.

    Far from a bound the statistic is that of chi-square, so that a parameter without one has the
    intervals of ``delta-chi2``.

    Raises
    ------
    FitError
        if a fit fails or the interval does not end.
    """
    name = parameter.fitted
    if not parameter.one_sided:
        rise = float(ndtri((1 + cl) / 2) ** 2)
        found = two_sided_intervals(likelihood, name, rise, bounded=parameter.bounded)
        return found.best_fit, found.intervals
    best, _ = best_bounded(likelihood, name)
    best_fit = float(best.x[likelihood.index(name)])
    asimov = background_only(likelihood)
    null = minimise(asimov, asimov.others())
    observed, expected = Profile(likelihood, name, best), Profile(asimov, name, null)

    def excess(x: float) -> float:
        in_errors = max(expected(x) - null.value, 0.0) ** 0.5
        return observed(x) - best.value - critical_statistic(in_errors, cl)

    step = profile_step(likelihood, name, best)
    low = root_between(excess, 0.0, best_fit, 1e-9 * step) if excess(0.0) > 0 else 0.0
    return best_fit, ((low, crossing(excess, best_fit, step, 0.0)),)
