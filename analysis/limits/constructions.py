"""Upper limits on the bounded mu^2: each construction a function of a likelihood.

All return mu^2 in the scaled unit.  For the definition of q and of its asymptotic distribution see
Cowan, Cranmer, Gross & Vitells, Eur. Phys. J. C 71, 1554 (2011), arXiv:1007.1727 (CCGV).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.fits.intervals import Profile, best_bounded, bounded_upper_limit, profile_step
from analysis.fits.minimum import FitError, Minimum, minimise
from analysis.fits.roots import root_between
from analysis.likelihood.likelihood import Likelihood

PARAMETER = "mu2"
_NEAR_BEST = 1e-3
"""Steps above the best fit from which on -2 ln L rises by more than it is rounded."""


class EmptyIntervalError(FitError):
    """The construction excludes every physical value."""


def likelihood_rise(method: str, cl: float) -> float:
    """Rise of -2 ln L at the end of the interval.

    ``qtilde``: Phi^-1(cl)^2, 1.6424 at 90 %: one-sided, from the best physical point; asymptotic
    distribution of CCGV, Eqs. (62)-(67), for a parameter whose best fit is inside; it covers more
    than cl within 1.28 sigma of the bound.  ``delta-chi2``: Phi^-1((1 + cl) / 2)^2, 2.7055 at 90 %:
    two-sided, one degree of freedom; Wilks, Ann. Math. Stat. 9, 60 (1938).  One-sided it is a
    limit of about 95 %.
    """
    quantile = ndtri(cl) if method == "qtilde" else ndtri((1 + cl) / 2)
    return float(quantile**2)


def qtilde(likelihood: Likelihood, cl: float) -> tuple[Minimum, float]:
    """-2 Delta ln L from the best physical point reaches 1.6424 at 90 %; never empty."""
    return bounded_upper_limit(likelihood, PARAMETER, likelihood_rise("qtilde", cl))


def delta_chi2(likelihood: Likelihood, cl: float) -> tuple[Minimum, float]:
    """-2 Delta ln L from the best physical point reaches 2.7055 at 90 %, as in older papers."""
    return bounded_upper_limit(likelihood, PARAMETER, likelihood_rise("delta-chi2", cl))


def cls(likelihood: Likelihood, cl: float) -> tuple[Minimum, float]:
    """CLs = CLs+b / CLb = 1 - cl, with the asymptotic distributions of q~.

    Read, J. Phys. G 28, 2693 (2002); CCGV, Eqs. (64)-(67).  It over-covers by construction.
    """
    best, signal, background = _tail_functions(likelihood)
    target = 1 - cl
    return best, _root(lambda m: signal(m) / background(m) - target, likelihood, best)


def clsb(likelihood: Likelihood, cl: float) -> tuple[Minimum, float]:
    """CLs+b = 1 - cl with the exact asymptotic distribution of q~; CCGV, Eqs. (64)-(67).

    Raises
    ------
    EmptyIntervalError
        where a downward fluctuation excludes mu^2 = 0 itself.
    """
    best, signal, _ = _tail_functions(likelihood)
    target = 1 - cl
    if signal(best.x[0] + _NEAR_BEST * profile_step(likelihood, PARAMETER, best)) < target:
        raise EmptyIntervalError("a downward fluctuation excludes every mu^2 >= 0")
    return best, _root(lambda m: signal(m) - target, likelihood, best)


def bayes_flat(likelihood: Likelihood, cl: float) -> tuple[Minimum, float]:
    """Quantile of the posterior with a prior flat in mu^2 >= 0, the nuisances profiled.

    Profiling in place of integrating is the Laplace approximation.  As GEMMA's treatment of the
    unphysical region; no coverage is guaranteed.
    """
    best, _ = best_bounded(likelihood, PARAMETER)
    profile = Profile(likelihood, PARAMETER, best)
    step = profile_step(likelihood, PARAMETER, best)
    end = best.x[0] + 2 * step
    while profile(end) - best.value < 50:
        end = best.x[0] + 1.5 * (end - best.x[0])
    nodes, weights = np.polynomial.legendre.leggauss(8)

    def integral(low: float, high: float) -> float:
        points = (high + low) / 2 + (high - low) / 2 * nodes
        density = np.exp([-(profile(v) - best.value) / 2 for v in points])
        return float((high - low) / 2 * weights @ density)

    edges = np.linspace(0, end, 41)
    parts = [integral(low, high) for low, high in pairwise(edges)]
    cumulative = np.concatenate([[0.0], np.cumsum(parts)])
    wanted = cl * cumulative[-1]
    panel = int(np.searchsorted(cumulative, wanted)) - 1
    low, high, left = edges[panel], edges[panel + 1], wanted - cumulative[panel]
    upper = root_between(lambda v: integral(low, v) - left, low, high, 1e-9 * end)
    return best, float(upper)


UPPER_LIMITS: dict[str, Callable[[Likelihood, float], tuple[Minimum, float]]] = {
    "qtilde": qtilde,
    "delta-chi2": delta_chi2,
    "cls": cls,
    "clsb": clsb,
    "bayes-flat": bayes_flat,
}
"""Constructions by name; each gives the best physical fit and the upper limit on mu^2."""


def background_only(likelihood: Likelihood) -> Likelihood:
    """Asimov data of mu^2 = 0, nuisances at their fit to the data and measured there."""
    null = minimise(likelihood, likelihood.others())
    centers = np.where(likelihood.fixed, likelihood.centers, null.x)
    return replace(likelihood, counts=likelihood.expected(null.x), centers=centers)


def _tail_functions(
    likelihood: Likelihood,
) -> tuple[Minimum, Callable[[float], float], Callable[[float], float]]:
    """Best fit, and CLs+b and CLb as functions of mu^2 (CCGV, Eqs. (64)-(67))."""
    best, _ = best_bounded(likelihood, PARAMETER)
    asimov = background_only(likelihood)
    null = minimise(asimov, likelihood.others())
    observed, expected = Profile(likelihood, PARAMETER, best), Profile(asimov, PARAMETER, null)

    def roots(mu2: float) -> tuple[float, float]:
        q = 0.0 if mu2 < best.x[0] else max(observed(mu2) - best.value, 0.0)
        return q**0.5, max(expected(mu2) - null.value, 1e-300) ** 0.5

    def signal(mu2: float) -> float:
        q, a = roots(mu2)
        return float(ndtr(-q) if q <= a else ndtr(-(q * q + a * a) / (2 * a)))

    def background(mu2: float) -> float:
        q, a = roots(mu2)
        return float(ndtr(a - q) if q <= a else ndtr(-(q * q - a * a) / (2 * a)))

    return best, signal, background


def _root(excess: Callable[[float], float], likelihood: Likelihood, best: Minimum) -> float:
    """Where a falling function of mu^2 crosses zero above the best fit."""
    step = profile_step(likelihood, PARAMETER, best)
    low = best.x[0] + _NEAR_BEST * step
    high = low + step
    for _ in range(200):
        if excess(high) < 0:
            return root_between(excess, low, high, 1e-9 * step)
        low, high = high, high + 1.5 * (high - best.x[0])
    raise FitError("the likelihood does not rise: no limit exists")
