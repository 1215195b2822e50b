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
from analysis.likelihood.assembly import joint_likelihood, used_bins
from analysis.likelihood.degeneracy import can_be_imitated
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import rise_points
from analysis.limits.asymptotics import interval_of_estimate
from analysis.limits.constructions import likelihood_rise
from analysis.limits.limit import checked_method, limit
from analysis.limits.toy_limits import hulls, upper_limits
from sim.cross_sections.parameters import MU_SCALE, FloatArray, NeutrinoParameters
from sim.display import html_fields, shown
from sim.model import Model
from sim.pseudo import ToySource
from sim.spectra import Spectra

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
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
) -> tuple[ExpectedLimit, ...]:
    """Median and bands from Asimov data, for every parameter and method.

    mu_nu: the estimate of mu^2 fluctuates by N standard errors, and the limit that it leads to
    (``analysis.limits.asymptotics``) is where the root of -2 Delta ln L of the Standard Model's
    Asimov data is as many: Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (88), (89); for CLs
    as pyhf does.  Others: the limit on Asimov data of the values at which -2 Delta ln L of the
    Standard Model's has risen by N^2, below and above.

    Raises
    ------
    ValueError
        as ``limit``.
    FitError
        if a fit fails or nothing depends on the parameter.
    """
    chosen = checked_method(parameter, method, cl)
    name = treatment or model.experiment.config.analysis.background
    if parameter == "mu_nu":
        return _moment_band(model, cl, chosen, name)
    lower, upper = [], []
    for spectra in _fluctuated_data(model, parameter, name):
        found = limit(model, spectra, parameter, cl, chosen, name)
        if found.lower is None or found.upper is None:
            raise FitError(f"no expected limit on {parameter}: {found.status}: {found.reason}")
        lower.append(found.lower)
        upper.append(found.upper)
    ends = zip(SIGMAS, sorted(lower), sorted(upper), strict=True)
    return tuple(ExpectedLimit(n, low, high) for n, low, high in ends)


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
        as ``limit``, and for what is too slow toy by toy: Feldman-Cousins.
    """
    chosen = checked_method(parameter, method, cl)
    if chosen == "feldman-cousins":
        raise ValueError(
            f"bands of {parameter} with {chosen} are had from Asimov data, not from toys"
        )
    name = treatment or model.experiment.config.analysis.background
    ends = toy_limits(model, parameter, range(n_toys), seed, cl, chosen, name)
    quantiles = np.nanquantile(ends, ndtr(np.array(SIGMAS, dtype=np.float64)), axis=0)
    return tuple(
        ExpectedLimit(n, float(low), float(high))
        for n, (low, high) in zip(SIGMAS, quantiles, strict=True)
    )


def expected_mu_nu_limits(
    model: Model, cl: float = 0.90, method: str | None = None, treatment: str | None = None
) -> dict[int, float | None]:
    """Upper limits on mu_nu [mu_B] of ``expected_limits``, by the number of sigmas."""
    band = expected_limits(model, "mu_nu", cl, method, treatment)
    return {found.n_sigma: found.upper for found in band}


def toy_limits(
    model: Model,
    parameter: str,
    toys: range,
    seed: int,
    cl: float,
    method: str,
    treatment: str,
) -> FloatArray:
    """Ends (m, 2) of the limits of toys of the Standard Model, physical; NaN where a fit fails."""
    truth, scale = NeutrinoParameters(), model.signal_table.parameter(parameter)
    fits = ToyFits(model, truth, parameter, treatment)
    source = ToySource.of(model.asimov(truth).flat)
    physical = np.vectorize(scale.physical, otypes=[np.float64])
    parts = []
    for batch in batches(toys, model.asimov(truth).flat.size, _BATCH):
        drawn = generated_toys(source, len(fits.constrained), seed, batch, 0)
        profiles = ToyProfiles.of(*fits.prepared(*drawn), fits.name)
        if parameter == "mu_nu":
            upper = np.nan_to_num(upper_limits(profiles, method, cl), nan=0.0)
            ends = np.stack([np.zeros_like(upper), upper], axis=1)
        else:
            ends = hulls(profiles, likelihood_rise(method, cl))
        parts.append(np.where(profiles.converged[:, None], physical(ends), np.nan))
    return np.concatenate(parts)


def _moment_band(model: Model, cl: float, method: str, treatment: str) -> tuple[ExpectedLimit, ...]:
    likelihood = treated_likelihood(model, model.asimov(), treatment)
    if not likelihood.is_sensitive_to("mu2") or can_be_imitated(likelihood, "mu2"):
        raise FitError("no expected limit on mu_nu: the data say nothing about it")
    return moment_band(lambda rises: rise_points(likelihood, rises), cl, method)


def moment_band(
    reached: Callable[[Sequence[float]], Sequence[float]], cl: float, method: str
) -> tuple[ExpectedLimit, ...]:
    """Median and band on mu_nu, from where the likelihood of its own Asimov data rises.

    reached gives mu^2 (scaled) at the rises of -2 Delta ln L that it is asked for.
    """
    intervals = _intervals_of_estimates(method, cl)
    heights = sorted({end for interval in intervals if interval for end in interval if end > 0})
    squares = reached([height**2 for height in heights])
    ends = {0.0: 0.0} | {h: MU_SCALE * x**0.5 for h, x in zip(heights, squares, strict=True)}
    return tuple(
        ExpectedLimit(n, None, None)
        if interval is None
        else ExpectedLimit(n, ends[interval[0]], ends[interval[1]])
        for n, interval in zip(SIGMAS, intervals, strict=True)
    )


@lru_cache(maxsize=16)
def _intervals_of_estimates(method: str, cl: float) -> tuple[tuple[float, float] | None, ...]:
    """Intervals of the estimates that lie -2 to 2 standard errors from 0, in standard errors."""
    return tuple(interval_of_estimate(method, cl, float(n)) for n in SIGMAS)


def _fluctuated_data(model: Model, parameter: str, treatment: str) -> list[Spectra]:
    """Data that lie -2 to 2 standard errors from the Standard Model's Asimov data."""
    nominal = model.asimov()
    changes = _changes(model, parameter, treatment, nominal)
    lowest = 0.0 if nominal.errors is None else -np.inf
    return [
        nominal.with_counts(np.maximum(nominal.counts + np.sign(n) * changes[abs(n)], lowest))
        for n in SIGMAS
    ]


def _changes(
    model: Model, parameter: str, treatment: str, nominal: Spectra
) -> dict[int, FloatArray]:
    """Change of the counts (2, n_bins) that raises -2 Delta ln L by n^2, towards more counts."""
    name = model.signal_table.parameter(parameter).fitted
    likelihood = treated_likelihood(model, nominal, treatment)
    if not likelihood.is_sensitive_to(name):
        raise FitError(f"no expected limit on {parameter}: no bin's expectation depends on it")
    null = minimise(likelihood, likelihood.others())
    profile, step = Profile(likelihood, name, null), profile_step(likelihood, name, null)
    joint = joint_likelihood(model, nominal)
    changes = {0: np.zeros_like(nominal.counts)}
    for n in (1, 2):
        ends = [crossing(profile, 0.0, sign * step, null.value + n * n) for sign in (1, -1)]
        both = [_change(model, joint, name, end) for end in ends]
        changes[n] = max(both, key=lambda change: float(np.sum(change)))
    return changes


def _change(model: Model, joint: Likelihood, name: str, value: float) -> FloatArray:
    """What a parameter changes the Standard Model's counts (2, n_bins) by."""
    x = joint.centers.copy()
    x[joint.index(name)] = value
    used = np.array([used_bins(terms) for terms in model.terms()])
    change = np.zeros(used.shape)
    change[used] = joint.expected(x) - joint.expected(joint.centers)
    return change
