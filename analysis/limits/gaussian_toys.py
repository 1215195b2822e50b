"""Toys in the Gaussian limit: the score of a parameter in place of spectra.

With r the residuals of a spectrum about the Standard Model, W the inverse variances of the bins and
D what x and x^2 of a parameter add to the bins, the nuisances projected out,

    -2 ln L(c) = c^T F c - 2 u^T c + const,   c = (x, x^2),   F = D^T W D,   u = D^T W r ~ N(0, S).

So two numbers hold all that a limit needs of a spectrum, and a limit is the root of a polynomial.
Fitted together, ON and OFF give S = F.  Where the background is fitted to OFF and then held, F is
that of ON alone while S also has what the OFF fluctuations do: the limits scatter by more than the
likelihood believes.  Linear in the nuisances, and with the variances of the Standard Model: good
where bins hold many counts; the flux norm's product with the signal is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.fits.minimum import off_places, off_stage, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.question import Question
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.model import Model
from sim.pseudo import toy_normals


@dataclass(frozen=True, slots=True, eq=False)
class GaussianExperiment:
    """F and S, each (2, 2), of a parameter of an experiment in one treatment of the background."""

    information: FloatArray
    score_covariance: FloatArray

    @classmethod
    def of(cls, model: Model, parameter: SignalParameter, treatment: str) -> GaussianExperiment:
        """Gaussian limit at the Standard Model.

        Raises
        ------
        ConfigurationError, FitError
            as ``treated_likelihood``.
        """
        asimov = model.asimov()
        likelihood = treated_likelihood(model, asimov, treatment)
        nuisances = [n for n in _free(likelihood) if n not in likelihood.others()]
        weights, signal = _weights(likelihood), _effects(likelihood, parameter.fitted)
        projected = _projected(likelihood, weights, signal, nuisances)
        information = signal.T @ (weights[:, None] * projected)
        covariance = information
        if off_places(model, treatment):
            off = off_stage(model, asimov, treatment)
            norms = _free(off)
            held = likelihood.jacobian(likelihood.centers)[
                :, [likelihood.index(name) for name in norms]
            ]
            reach = projected.T @ (weights[:, None] * held)
            known = off.fisher(off.centers)[np.ix_(*2 * [[off.index(n) for n in norms]])]
            covariance = information + reach @ np.linalg.pinv(known, hermitian=True) @ reach.T
        return cls(information, covariance)

    def reaches(
        self, question: Question, n_toys: int, seed: int, asimov_reach: float | None = None
    ) -> FloatArray:
        """Largest magnitudes not excluded, one a toy of the Standard Model, in increasing order.

        Of two accepted intervals that which holds the Standard Model counts.  asimov_reach is that
        of the likelihood of the Asimov data: those of a parameter without a square are stretched
        to it, for nuisances that multiply the signal widen its intervals.

        Raises
        ------
        ValueError
            for a construction that has no closed form here.
        """
        parameter, construction = question.parameter, question.construction
        scores = self._scores(n_toys, seed)
        if parameter.one_sided:
            sigma = self.information[0, 0] ** -0.5
            estimates = sigma * scores[:, 0]
            limits = sigma * construction.upper_limits_of_estimates(question.cl, estimates)
            return np.sort([parameter.physical(limit) for limit in limits])
        rise = construction.rise(question.cl)

        def reach(score: FloatArray) -> float:
            ends = interval_near_zero(_accepted(self.information, score, rise))
            return max(abs(parameter.physical(end)) for end in ends)

        found = np.sort([reach(score) for score in scores])
        if asimov_reach is None or self.information[1, 1] > 0:
            return found
        standard = parameter.physical(0.0)
        stretch = (asimov_reach - standard) / (reach(np.zeros(2)) - standard)
        return np.asarray(standard + stretch * (found - standard))

    def _scores(self, n_toys: int, seed: int) -> FloatArray:
        """Scores of n toys, (n, 2)."""
        values, vectors = np.linalg.eigh(self.score_covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(toy_normals(len(values), n_toys, seed) @ root.T)


def has_closed_form(question: Question) -> bool:
    """True if Gaussian toys give the limits of a parameter and construction."""
    try:
        if question.parameter.one_sided:
            question.construction.upper_limits_of_estimates(question.cl, np.zeros(1))
        else:
            question.construction.rise(question.cl)
    except ValueError:
        return False
    return True


def interval_near_zero(intervals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Of disjoint intervals the one that contains 0 or is nearest to it."""
    return min(intervals, key=lambda ends: max(ends[0], -ends[1], 0.0))


def _accepted(information: FloatArray, score: FloatArray, rise: float) -> list[tuple[float, float]]:
    """Where the quartic in x is within rise of its minimum: one interval or two."""
    quartic = np.array(
        [
            information[1, 1],
            2 * information[0, 1],
            information[0, 0] - 2 * score[1],
            -2 * score[0],
            0.0,
        ]
    )
    quartic = quartic[np.argmax(np.abs(quartic) > 0) :]
    lowest = float(np.min(np.polyval(quartic, _real_roots(np.polyder(quartic)))))
    quartic[-1] = -lowest - rise
    ends = np.sort(_real_roots(quartic))
    return [(float(low), float(high)) for low, high in zip(ends[::2], ends[1::2], strict=True)]


def _real_roots(polynomial: FloatArray) -> FloatArray:
    roots = np.roots(polynomial)
    return np.asarray(roots[np.abs(roots.imag) <= 1e-8 * np.max(np.abs(roots))].real)


def _free(likelihood: Likelihood) -> list[str]:
    return [name for name, held in zip(likelihood.names, likelihood.fixed, strict=True) if not held]


def _effects(likelihood: Likelihood, name: str) -> FloatArray:
    """What x and x^2 of a parameter add to each bin at the Standard Model, (n, 2)."""
    return np.stack(likelihood.along(name), axis=1)


def _weights(likelihood: Likelihood) -> FloatArray:
    """Inverse variance of each bin at the nominal point."""
    return 1 / likelihood.spreads(likelihood.centers)


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
