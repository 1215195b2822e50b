"""Expected limits: median and bands of an experiment that sees the Standard Model.

A band is what the limits of repeated experiments do: its numbers from -2 to 2 are the quantiles
of a Gaussian, 2.3, 15.9, 50, 84.1 and 97.7 % (``SIGMAS``).  They are had from Asimov data, in the
asymptotic approximation, or from toys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from analysis.fits.intervals import Profile, crossing, profile_step
from analysis.fits.minimum import FitError, minimise, treated_likelihood
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits, batches, generated_toys
from analysis.likelihood.degeneracy import can_be_imitated
from analysis.limits.asimov import rise_points
from analysis.limits.constructions.construction import Construction
from analysis.limits.limit import answer
from analysis.limits.question import Question, asked
from analysis.limits.toy_limits import hulls, upper_limits
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.display import html_fields, shown
from sim.model import Model
from sim.pseudo import ToySource
from sim.spectra.spectra import Spectra

SIGMAS = (-2, -1, 0, 1, 2)
_BATCH = 512


@dataclass(frozen=True, slots=True)
class ExpectedLimit:
    """Ends of the interval at one quantile of the band, physical; None where there is none."""

    n_sigma: int
    lower: float | None
    upper: float | None

    def __repr__(self) -> str:
        ends = f"[{shown(self.lower)}, {shown(self.upper)}]"
        return f"<ExpectedLimit at {self.n_sigma:+d} sigma: {ends}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("expected limit", self)


def expected_limits(
    model: Model,
    parameter: str = MAGNETIC_MOMENT,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> tuple[ExpectedLimit, ...]:
    """Median and bands from Asimov data, for every parameter and method.

    mu_nu: the estimate of mu^2 fluctuates by N standard errors, and the limit that it leads to
    (``analysis.statistics.asymptotics``) is where the root of -2 Delta ln L of the Standard Model's
    Asimov data is as many: Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (88), (89); for CLs
    as pyhf does.  Others: the limit on Asimov data of the values at which -2 Delta ln L of the
    Standard Model's has risen by N^2, below and above.

    Raises
    ------
    ValueError
        as ``limit``.
    FitError
        if a fit fails or nothing depends on the parameter.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> [f"{one.n_sigma:+d}: {one.upper:.2e}" for one in nuem.expected_limits(model)]
    ['-2: 2.13e-11', '-1: 2.75e-11', '+0: 3.94e-11', '+1: 5.26e-11', '+2: 6.30e-11']
    """
    return expected_answers(asked(model, parameter, cl, method, treatment), model)


def expected_answers(question: Question, model: Model) -> tuple[ExpectedLimit, ...]:
    """Median and bands of the limit that is asked for; see ``expected_limits``."""
    if question.parameter.one_sided:
        return _bounded_band(question, model)
    ends = []
    for spectra in _fluctuated_data(question, model):
        found = answer(question, model, spectra)
        if found.lower is None or found.upper is None:
            raise FitError(
                f"no expected limit on {found.parameter}: {found.status}: {found.reason}"
            )
        ends.append((found.lower, found.upper))
    lower, upper = (sorted(side) for side in zip(*ends, strict=True))
    return tuple(ExpectedLimit(*entry) for entry in zip(SIGMAS, lower, upper, strict=True))


def expected_limits_of_toys(
    model: Model,
    parameter: str,
    n_toys: int,
    seed: int = 1,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> tuple[ExpectedLimit, ...]:
    """Median and bands from the limits of toys of the Standard Model, each end for itself.

    An empty interval counts as a limit of 0: the quantiles are those of all toys.  The ends of
    several intervals are those of their hull.

    Raises
    ------
    ValueError
        as ``limit``, and for a construction that is too slow toy by toy: Feldman-Cousins.
    """
    question = asked(model, parameter, cl, method, treatment)
    if not question.construction.band_of_toys:
        raise ValueError(
            f"bands of {parameter} with {question.method} are had from Asimov data, not from toys"
        )
    ends = toy_limits(question, model, range(n_toys), seed)
    quantiles = np.nanquantile(ends, ndtr(np.array(SIGMAS, dtype=np.float64)), axis=0)
    return tuple(
        ExpectedLimit(n, float(low), float(high))
        for n, (low, high) in zip(SIGMAS, quantiles, strict=True)
    )


def expected_mu_nu_limits(
    model: Model, cl: float = 0.90, method: str | None = None, treatment: str | None = None
) -> dict[int, float | None]:
    """Upper limits on mu_nu [mu_B] of ``expected_limits``, by the number of sigmas."""
    band = expected_limits(model, MAGNETIC_MOMENT, cl, method, treatment)
    return {found.n_sigma: found.upper for found in band}


def toy_limits(question: Question, model: Model, toys: range, seed: int) -> FloatArray:
    """Ends (m, 2) of the limits of toys of the Standard Model, physical; NaN where a fit fails."""
    truth, parameter = NeutrinoParameters(), question.parameter
    fits = ToyFits(model, truth, parameter.name, question.treatment)
    source = ToySource.of_spectra(model.asimov(truth))
    physical = np.vectorize(parameter.physical, otypes=[np.float64])
    parts = []
    for batch in batches(toys, model.asimov(truth).flat.size, _BATCH):
        drawn = generated_toys(source, len(fits.constrained), seed, batch, 0)
        profiles = ToyProfiles.of(*fits.prepared(*drawn), fits.name)
        if parameter.one_sided:
            upper = np.nan_to_num(upper_limits(question, profiles), nan=0.0)
            ends = np.stack([np.zeros_like(upper), upper], axis=1)
        else:
            ends = hulls(profiles, question.construction.rise(question.cl))
        parts.append(np.where(profiles.converged[:, None], physical(ends), np.nan))
    return np.concatenate(parts)


def _bounded_band(question: Question, model: Model) -> tuple[ExpectedLimit, ...]:
    likelihood = treated_likelihood(model, model.asimov(), question.treatment)
    name = question.parameter.fitted
    if not likelihood.is_sensitive_to(name) or can_be_imitated(likelihood, name):
        raise FitError(
            f"no expected limit on {question.parameter.name}: the data say nothing about it"
        )
    return bounded_band(question, lambda rises: rise_points(likelihood, name, rises))


def bounded_band(
    question: Question, reached: Callable[[Sequence[float]], Sequence[float]]
) -> tuple[ExpectedLimit, ...]:
    """Median and band on a bounded parameter, from where the likelihood of Asimov data rises.

    reached gives x at the rises of -2 Delta ln L that it is asked for.
    """
    intervals = _intervals_of_estimates(question.construction, question.cl)
    heights = sorted({end for interval in intervals if interval for end in interval if end > 0})
    points = reached([height**2 for height in heights])
    physical = question.parameter.physical
    ends = {0.0: 0.0} | {h: physical(x) for h, x in zip(heights, points, strict=True)}
    return tuple(
        ExpectedLimit(n, None, None)
        if interval is None
        else ExpectedLimit(n, ends[interval[0]], ends[interval[1]])
        for n, interval in zip(SIGMAS, intervals, strict=True)
    )


@lru_cache(maxsize=16)
def _intervals_of_estimates(
    construction: Construction, cl: float
) -> tuple[tuple[float, float] | None, ...]:
    """Intervals of the estimates that lie -2 to 2 standard errors from 0, in standard errors."""
    return tuple(construction.interval_of_estimate(cl, float(n)) for n in SIGMAS)


def _fluctuated_data(question: Question, model: Model) -> list[Spectra]:
    """Data that lie -2 to 2 standard errors from the Standard Model's Asimov data."""
    nominal = model.asimov()
    changes = _changes(question, model, nominal)
    lowest = np.where(nominal.poisson, 0.0, -np.inf)
    return [
        nominal.with_counts(np.maximum(nominal.flat + np.sign(n) * changes[abs(n)], lowest))
        for n in SIGMAS
    ]


def _changes(question: Question, model: Model, nominal: Spectra) -> dict[int, FloatArray]:
    """Change of the counts (n,) that raises -2 Delta ln L by n^2, towards more counts."""
    parameter = question.parameter
    name = parameter.fitted
    likelihood = treated_likelihood(model, nominal, question.treatment)
    if not likelihood.is_sensitive_to(name):
        raise FitError(f"no bin's expectation depends on {parameter.name}")
    null = minimise(likelihood, likelihood.others())
    profile, step = Profile(likelihood, name, null), profile_step(likelihood, name, null)
    changes = {0: np.zeros_like(nominal.flat)}
    for n in (1, 2):
        signs = (1,) if parameter.bounded else (1, -1)
        ends = [crossing(profile, 0.0, sign * step, null.value + n * n) for sign in signs]
        truths = [NeutrinoParameters.of({parameter.name: parameter.physical(x)}) for x in ends]
        all_of = [model.expected_flat(truth) - nominal.flat for truth in truths]
        largest = max(all_of, key=lambda change: float(np.sum(change)))
        changes[n] = largest if np.sum(largest) > 0 or not parameter.bounded else -largest
    return changes
