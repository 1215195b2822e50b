"""Discovery reach: the smallest signal, or exposure, whose median significance is 3 or 5 sigma.

Asimov data of a truth give its median significance, sqrt(q0): Cowan, Cranmer, Gross & Vitells, Eur.
Phys. J. C 71, 1554 (2011), Eq. (97) for one bin.  Where outcomes are few their probabilities are
summed: a truth is within reach where half of its data reject the absence of a signal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from analysis.fits.batch import Toys
from analysis.fits.intervals import profile_step
from analysis.fits.minimum import FitError, minimise, treated_likelihood
from analysis.fits.roots import root_between
from analysis.likelihood.blocks import Blocks
from analysis.likelihood.floating_shapes import ShapedLikelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.question import known_parameter
from analysis.limits.significance import only_adds, without
from analysis.statistics.acceptance import few_outcomes
from analysis.statistics.discovery import toy_q0
from sim.cross_sections.interactions.strength import STRENGTH
from sim.cross_sections.parameters import FloatArray
from sim.display import html_fields, shown
from sim.model import Model

SIGMAS = (3.0, 5.0)
_MOST_STEPS = 60
_MOST_EXPOSURE = 1e6
_NEGLIGIBLE = 1e-14
_EQUAL = 1e-6


@dataclass(frozen=True, slots=True)
class Reach:
    """What is discovered with a significance of z sigma in half of all repetitions.

    truth is the smallest value, in unit, by Asimov data, summed_truth the same by summing the
    probabilities of all outcomes, None where these are many.  exposure_factor is that by which all
    exposures have to grow for the assumed value; None if none is assumed, or if no exposure up to a
    million times the stated one suffices.
    """

    signal: str
    z: float
    unit: str
    truth: float
    summed_truth: float | None
    assumed: float | None
    exposure_factor: float | None

    def __repr__(self) -> str:
        truth = f"{self.z:g} sigma from {shown(self.truth)} {self.unit}"
        return f"<Reach of {self.signal}: {truth}, exposure x {shown(self.exposure_factor)}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("discovery reach", self)


def discovery_reach(
    model: Model,
    signal: str,
    assumed: float | None = None,
    treatment: str | None = None,
    sigmas: tuple[float, ...] = SIGMAS,
) -> tuple[Reach, ...]:
    """Reach of an experiment for what only adds to the rate, as a magnetic moment; data not used.

    assumed is the value whose exposure is asked for, in its unit; of coherent scattering by default
    the Standard Model's.

    Raises
    ------
    ValueError
        for an unknown signal or one of either sign, bins that are not counts, or an assumed value
        without a signal.
    FitError
        if a fit fails or nothing depends on the signal.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("conus-plus-2025"))
    >>> print(nuem.discovery_reach(model, "cevns")[0])
    <Reach of cevns: 3 sigma from 1.375 Standard Model, exposure x 1.842>
    """
    known = known_parameter(model, signal)
    if not only_adds(known):
        raise ValueError(f"{signal}: the reach is that of a signal that only adds to the rate")
    likelihood = treated_likelihood(model, model.asimov(), treatment)
    if np.any(likelihood.variances > 0):
        raise ValueError("the discovery reach is that of counts: bins have errors of their own")
    if not likelihood.is_sensitive_to(known.fitted):
        raise FitError(f"no bin's expectation depends on {signal}")
    if isinstance(likelihood, ShapedLikelihood):
        likelihood = likelihood.expansion()
    none = without(known)
    if assumed is None and signal == STRENGTH:
        assumed = 1.0
    if assumed is not None and not known.inverse(assumed) > none:
        raise ValueError(f"{signal} = {assumed:g}: a value above that of no signal expected")
    asimov = _Asimov(likelihood, known.fitted, none)
    found = []
    for z in sigmas:
        factor = None if assumed is None else asimov.exposure_factor(known.inverse(assumed), z)
        summed = asimov.summed_truth(z)
        found.append(
            Reach(
                signal=signal,
                z=z,
                unit=known.unit,
                truth=known.physical(asimov.truth(z)),
                summed_truth=None if summed is None else known.physical(summed),
                assumed=assumed,
                exposure_factor=factor,
            )
        )
    return tuple(found)


class _Asimov:
    """Median significance of truths x of one parameter, nuisances nominal."""

    def __init__(self, likelihood: Likelihood, name: str, none: float) -> None:
        self._likelihood, self._name, self._none = likelihood, name, none
        self._others, self._place = likelihood.others(name), likelihood.index(name)
        start = minimise(likelihood, {**self._others, name: none})
        self._step = profile_step(likelihood, name, start)

    def z(self, x: float, exposure_factor: float = 1.0) -> float:
        """sqrt(q0) of Asimov data."""
        scaled = with_exposure(self._likelihood, exposure_factor)
        data = scaled.with_counts(scaled.expected(self._point(x)))
        null = minimise(data, {**self._others, self._name: self._none}, self._point(self._none))
        return float(max(null.value, 0.0) ** 0.5)

    def truth(self, z: float) -> float:
        """Smallest x whose z is reached."""
        return self._first_above(lambda x: self.z(x) - z)

    def exposure_factor(self, x: float, z: float) -> float | None:
        """Factor at which z is reached; None if none up to a million does."""

        def excess(log_factor: float) -> float:
            return self.z(x, float(np.exp(log_factor))) - z

        most = float(np.log(_MOST_EXPOSURE))
        if excess(most) < 0:
            return None
        low = -1.0
        while excess(low) > 0:
            low *= 2
        return float(np.exp(root_between(excess, low, most, 1e-9)))

    def summed_truth(self, z: float) -> float | None:
        """Smallest x at which half of the outcomes have a p-value of z or less; None if many."""
        null = self._outcomes(self._none)
        if null is None:
            return None
        q0, probability = null
        order = np.argsort(-q0)
        tail = np.cumsum(probability[order])
        rejecting = tail <= ndtr(-z)
        if not np.any(rejecting):
            return None
        critical = float(q0[order][rejecting][-1])

        def excess(x: float) -> float:
            own = self._outcomes(x)
            if own is None:
                raise FitError("too many outcomes to sum at a truth within reach")
            return float(np.sum(own[1][own[0] >= critical - _EQUAL])) - 0.5

        return self._first_above(excess)

    def _outcomes(self, x: float) -> tuple[FloatArray, FloatArray] | None:
        """q0 and probability of each outcome at a truth."""
        found = few_outcomes(self._likelihood, self._point(x), _NEGLIGIBLE)
        if found is None:
            return None
        counts, probability = found
        centers = np.tile(self._point(self._none), (len(counts), 1))
        toys = Toys(np.asfortranarray(counts), centers)
        return toy_q0(self._likelihood, toys, self._name, self._none)[0], probability

    def _first_above(self, excess: Callable[[float], float]) -> float:
        low, step = self._none, self._step
        for _ in range(_MOST_STEPS):
            high = low + step
            if excess(high) > 0:
                return root_between(excess, low, high, 1e-9 * abs(high - self._none))
            low, step = high, 1.5 * step
        raise FitError("no truth is within reach: the significance does not grow")

    def _point(self, x: float) -> FloatArray:
        point = self._likelihood.centers.copy()
        point[self._place] = x
        return point


def with_exposure(likelihood: Likelihood, factor: float) -> Likelihood:
    """The likelihood with all expectations factor times as large; counts are not changed."""
    blocks = [replace(b, weights=factor * b.weights) for b in likelihood.blocks.blocks]
    return replace(likelihood, blocks=Blocks.of(blocks))
