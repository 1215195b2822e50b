"""Quality of a fit: whether the best fit describes the data, and which nuisances had to bend."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaincc

from analysis.fits.batch import toys_at
from analysis.fits.minimum import Minimum, minimise, treated_likelihood
from analysis.fits.physical_minima import physical_minima
from analysis.likelihood.likelihood import Likelihood
from sim.display import html_fields
from sim.model import Model
from sim.spectra.spectra import Spectra

_FULL_BIN = 5.0
"""Smallest expectation of a bin from which on -2 ln L is taken as a chi-square."""
_TOYS = 200
_BATCH = 20_000
_POOR = 1e-3
_SAME = 1e-6
"""Difference of -2 ln L that is none."""
_FAR, _FAR_AMONG_MANY, _MANY = 3.0, 5.0, 20


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a fit describes the data.

    statistic is -2 ln L at the best fit relative to the saturated model, constraints included, of
    n_bins bins and n_free parameters without a constraint; p_value the probability of one as large
    or larger, how ``chi-square``, ``toys`` (1 + those not smaller, over 1 + n_toys), or ``exact``
    where the best fit meets all data, as Asimov spectra, and no data could fit better.  n_failed
    toys could not be fitted and count as larger.  pulls are the constrained nuisances in standard
    deviations of their constraints.
    """

    statistic: float
    n_bins: int
    n_free: int
    p_value: float
    how: str
    n_toys: int
    pulls: dict[str, float]
    n_failed: int = 0

    def __repr__(self) -> str:
        return f"<Quality: {self.words()}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("quality of the fit", self)

    def words(self) -> str:
        """Statistic and p-value as people read them."""
        known = f"p = {self.p_value:.3g}"
        if self.how == "toys":
            smallest = self.p_value <= 1 / (1 + self.n_toys)
            failed = f", {self.n_failed} failed" if self.n_failed else ""
            sign = "<" if smallest else "="
            known = f"p {sign} {self.p_value:.3g} ({self.n_toys} toys{failed})"
        return f"-2 ln L = {self.statistic:.4g}, {self.n_bins} bins, {self.n_free} free, {known}"

    @property
    def far_pulls(self) -> dict[str, float]:
        """Pulls beyond 3 standard deviations, 5 among more than 20 nuisances."""
        limit = _FAR_AMONG_MANY if len(self.pulls) > _MANY else _FAR
        return {name: pull for name, pull in self.pulls.items() if abs(pull) > limit}

    @property
    def poor(self) -> bool:
        """True if the best fit does not describe the data."""
        return self.p_value < _POOR or bool(self.far_pulls)

    def warnings(self) -> list[str]:
        """What is poor about the fit: nothing, or one line."""
        if not self.poor:
            return []
        pulls = ", ".join(f"{name} {pull:+.2g} sigma" for name, pull in self.far_pulls.items())
        return [f"poor-fit: {self.words()}" + (f"; pulls: {pulls}" if pulls else "")]


def quality_of(likelihood: Likelihood, best: Minimum, n_toys: int = _TOYS) -> Quality:
    """Quality of a minimum of a likelihood in all that it leaves free.

    Where a Poisson bin expects 5 counts or less, toys made at the best fit say how large -2 ln L
    may be.
    """
    if best.value <= _SAME:
        return replace(_described(likelihood, best), p_value=1.0, how="exact")
    expected = likelihood.expected(best.x)[likelihood.variances == 0]
    if expected.size and float(expected.min()) <= _FULL_BIN:
        return quality_by_toys(likelihood, best, n_toys)
    found = _described(likelihood, best)
    degrees = found.n_bins - found.n_free
    p = float(gammaincc(degrees / 2, max(best.value, 0.0) / 2)) if degrees > 0 else 1.0
    return replace(found, p_value=p, how="chi-square")


def quality_by_toys(likelihood: Likelihood, best: Minimum, n_toys: int, seed: int = 1) -> Quality:
    """Quality of a minimum from toys made there; bounded parameters stay physical in their fits."""
    larger = failed = 0
    for first in range(0, n_toys, _BATCH):
        toys = toys_at(likelihood, best.x, min(_BATCH, n_toys - first), seed, first)
        found = physical_minima(likelihood, toys)
        larger += int(np.sum(~found.converged | (found.values >= best.value - _SAME)))
        failed += int(np.sum(~found.converged))
    p = (1 + larger) / (1 + n_toys)
    described = _described(likelihood, best)
    return replace(described, p_value=p, how="toys", n_toys=n_toys, n_failed=failed)


def goodness_of_fit(
    model: Model,
    spectra: Spectra | None = None,
    n_toys: int = 1000,
    seed: int = 1,
    treatment: str | None = None,
) -> Quality:
    """Quality of the Standard Model fit; its p_value is (1 + k) / (1 + n), k of n toys fit no
    better than the data.

    Poisson bins only; the auxiliary measurements fluctuate with the counts.

    Raises
    ------
    ValueError
        for Gaussian bins, whose -2 ln L is a chi-square already.
    FitError
        if the fit of the data fails.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> toy = next(nuem.toys(model, 1, seed=4))
    >>> print(nuem.goodness_of_fit(model, toy, n_toys=50).words())
    -2 ln L = 972.5, 1044 bins, 4 free, p = 0.941 (50 toys)
    """
    likelihood = treated_likelihood(model, spectra, treatment)
    if np.any(likelihood.variances > 0):
        raise ValueError("goodness of fit by toys is for Poisson counts")
    held = likelihood.with_fixed(likelihood.others())
    return quality_by_toys(held, minimise(held), n_toys, seed)


def _described(likelihood: Likelihood, best: Minimum) -> Quality:
    """All but the probability."""
    free = ~likelihood.fixed
    constrained = free & (likelihood.inverse_sigmas > 0)
    pulls = (best.x - likelihood.centers) * likelihood.inverse_sigmas
    return Quality(
        statistic=best.value,
        n_bins=likelihood.counts.size,
        n_free=int(np.sum(free & ~constrained)),
        p_value=1.0,
        how="",
        n_toys=0,
        pulls={likelihood.names[i]: float(pulls[i]) for i in np.flatnonzero(constrained)},
    )
