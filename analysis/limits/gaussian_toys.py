"""Toys in the Gaussian limit: the score of the monomials in place of spectra.

With r the residuals of a spectrum about the Standard Model, W the inverse variances of the bins
and D the templates of the monomials c = (mu^2, q, q^2, r, r^2, q r), the nuisances projected out,

    -2 ln L(c) = c^T F c - 2 u^T c + const,   F = D^T W D,   u = D^T W r ~ N(0, S).

So six numbers hold all that a limit needs of a spectrum, and a limit is the root of a polynomial.
Fitted together, ON and OFF give S = F.  Where the background is fitted to OFF and then held, F is
that of ON alone while S also has what the OFF fluctuations do: the limits scatter by more than the
likelihood believes.  Linear in the nuisances, and with the variances of the Standard Model: good
where bins hold many counts; the flux norm's product with the signal is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.fits.minimum import off_stage, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asymptotics import upper_limits
from analysis.limits.constructions import likelihood_rise
from sim.cross_sections.parameters import MONOMIALS, FloatArray
from sim.model import Model
from sim.pseudo import toy_normals

_N_COEFFICIENTS = len(MONOMIALS) - 1
_PLACES = {"q_nu": (1, 2), "r2_nu": (3, 4)}
METHODS = ("qtilde", "delta-chi2", "bayes-flat", "feldman-cousins")


@dataclass(frozen=True, slots=True, eq=False)
class GaussianExperiment:
    """F and S, each (6, 6), of an experiment in one treatment of the background."""

    model: Model
    information: FloatArray
    score_covariance: FloatArray

    @classmethod
    def of(cls, model: Model, treatment: str) -> GaussianExperiment:
        """Gaussian limit at the Standard Model.

        Raises
        ------
        ConfigurationError, FitError
            as ``treated_likelihood``.
        """
        asimov = model.asimov()
        likelihood = treated_likelihood(model, asimov, treatment)
        nuisances = [n for n in _free(likelihood) if n not in likelihood.others()]
        weights, signal = _weights(likelihood), _monomials(likelihood)
        projected = _projected(likelihood, weights, signal, nuisances)
        information = signal.T @ (weights[:, None] * projected)
        covariance = information
        if treatment == "off-fixed":
            off = off_stage(model, asimov)
            norms = _free(off)
            held = likelihood.jacobian(likelihood.centers)[
                :, [likelihood.index(name) for name in norms]
            ]
            reach = projected.T @ (weights[:, None] * held)
            known = off.fisher(off.centers)[np.ix_(*2 * [[off.index(n) for n in norms]])]
            covariance = information + reach @ np.linalg.pinv(known, hermitian=True) @ reach.T
        return cls(model, information, covariance)

    def reaches(self, parameter: str, cl: float, method: str, n_toys: int, seed: int) -> FloatArray:
        """Largest magnitudes not excluded, one a toy of the Standard Model, in increasing order.

        Of two accepted intervals in q or r, that which holds the Standard Model counts.

        Raises
        ------
        ValueError
            for a parameter or method that has no closed form here.
        """
        scores = self._scores(n_toys, seed)
        if not has_closed_form(parameter, method):
            raise ValueError(f"Gaussian toys have no {method!r} limit on {parameter}")
        scale = self.model.signal_table.parameter(parameter)
        if parameter == "mu_nu":
            sigma = self.information[0, 0] ** -0.5
            limits = sigma * upper_limits(method, cl, sigma * scores[:, 0])
            return np.sort([scale.physical(limit) for limit in limits])
        first, second = _PLACES[parameter]
        rise = likelihood_rise(method, cl)
        ends = [
            interval_near_zero(_accepted(self.information, score, first, second, rise))
            for score in scores
        ]
        return np.sort([max(abs(scale.physical(end)) for end in interval) for interval in ends])

    def _scores(self, n_toys: int, seed: int) -> FloatArray:
        """Scores of n toys, (n, 6)."""
        values, vectors = np.linalg.eigh(self.score_covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        normal = toy_normals(_N_COEFFICIENTS, n_toys, seed)
        return np.asarray(normal @ root.T)


def has_closed_form(parameter: str, method: str) -> bool:
    """True if Gaussian toys give the limits of this parameter and method."""
    if parameter == "mu_nu":
        return method in METHODS
    return parameter in _PLACES and method == "delta-chi2"


def interval_near_zero(intervals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Of disjoint intervals the one that contains 0 or is nearest to it."""
    return min(intervals, key=lambda ends: max(ends[0], -ends[1], 0.0))


def _accepted(
    information: FloatArray, score: FloatArray, first: int, second: int, rise: float
) -> list[tuple[float, float]]:
    """Where the quartic in q or r is within rise of its minimum: one interval or two."""
    quartic = np.array(
        [
            information[second, second],
            2 * information[first, second],
            information[first, first] - 2 * score[second],
            -2 * score[first],
            0.0,
        ]
    )
    lowest = float(np.min(np.polyval(quartic, _real_roots(np.polyder(quartic)))))
    quartic[-1] = -lowest - rise
    ends = np.sort(_real_roots(quartic))
    return [(float(low), float(high)) for low, high in zip(ends[::2], ends[1::2], strict=True)]


def _real_roots(polynomial: FloatArray) -> FloatArray:
    roots = np.roots(polynomial)
    return np.asarray(roots[np.abs(roots.imag) < 1e-8 * np.max(np.abs(roots))].real)


def _free(likelihood: Likelihood) -> list[str]:
    return [name for name, held in zip(likelihood.names, likelihood.fixed, strict=True) if not held]


def _monomials(likelihood: Likelihood) -> FloatArray:
    """Counts (n, 6) of the monomials mu^2 to q r at nominal nuisances."""
    products = [("mu2",), ("q",), ("q", "q"), ("r",), ("r", "r"), ("q", "r")]
    one = len(likelihood.names)
    signal = [place for place, kind in enumerate(likelihood.kinds) if kind == "signal"]
    columns = []
    for names in products:
        wanted = sorted(likelihood.index(name) for name in names)
        parts = []
        for block in likelihood.blocks.blocks:
            own = np.sort(np.where(np.isin(block.factors, signal), block.factors, one), axis=1)
            chosen = np.all(own == [*wanted, *[one] * (own.shape[1] - len(wanted))], axis=1)
            ones = np.where(np.isin(np.arange(one), signal), 1.0, likelihood.centers)
            parts.append(block.sum_of(chosen, ones))
        columns.append(np.concatenate(parts))
    return np.array(columns).T


def _weights(likelihood: Likelihood) -> FloatArray:
    """Inverse variance of each bin at the nominal point."""
    expected = np.maximum(likelihood.expected(likelihood.centers), 1e-12)
    return np.asarray(1 / np.where(likelihood.variances > 0, likelihood.variances, expected))


def _projected(
    likelihood: Likelihood, weights: FloatArray, signal: FloatArray, nuisances: list[str]
) -> FloatArray:
    """Signal templates less what the nuisances can imitate within their constraints."""
    if not nuisances:
        return signal
    places = [likelihood.index(name) for name in nuisances]
    columns = likelihood.jacobian(likelihood.centers)[:, places]
    known = likelihood.fisher(likelihood.centers)[np.ix_(places, places)]
    imitated = np.linalg.pinv(known, hermitian=True) @ (columns.T @ (weights[:, None] * signal))
    return np.asarray(signal - columns @ imitated)
