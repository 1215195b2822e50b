"""Quality of a fit: whether the best fit describes the data, and which nuisances had to bend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from analysis.fits.batch import batch_minima, toys_at
from analysis.fits.minimum import Minimum
from analysis.likelihood.likelihood import Likelihood
from sim.display import html_fields

_FULL_BIN = 5.0
"""Smallest expectation of a bin from which on -2 ln L is taken as a chi-square."""
_TOYS = 200
_POOR = 1e-3
_FAR, _FAR_AMONG_MANY, _MANY = 3.0, 5.0, 20


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a fit describes the data.

    statistic is -2 ln L at the best fit relative to the saturated model, constraints included, of
    n_bins bins and n_free parameters without a constraint; p_value the probability of one as large
    or larger, how ``chi-square`` or ``toys`` (1 + those not smaller, over 1 + n_toys).  pulls are
    the constrained nuisances in standard deviations of their constraints.
    """

    statistic: float
    n_bins: int
    n_free: int
    p_value: float
    how: str
    n_toys: int
    pulls: dict[str, float]

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
            known = f"p {'<' if smallest else '='} {self.p_value:.3g} ({self.n_toys} toys)"
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


def quality_of(likelihood: Likelihood, best: Minimum, n_toys: int = _TOYS) -> Quality:
    """Quality of a minimum of a likelihood in all that it leaves free.

    Where a Poisson bin expects 5 counts or less, toys made at the best fit say how large -2 ln L
    may be: those that cannot be fitted count as larger.
    """
    free = ~likelihood.fixed
    constrained = free & (likelihood.inverse_sigmas > 0)
    n_free = int(np.sum(free & ~constrained))
    poisson = likelihood.variances == 0
    expected = likelihood.expected(best.x)[poisson]
    n_bins = likelihood.counts.size
    pulls = (best.x - likelihood.centers) * likelihood.inverse_sigmas
    named = {likelihood.names[i]: float(pulls[i]) for i in np.flatnonzero(constrained)}
    if not expected.size or float(expected.min()) > _FULL_BIN:
        degrees = n_bins - n_free
        p = float(gammaincc(degrees / 2, max(best.value, 0.0) / 2)) if degrees > 0 else 1.0
        return Quality(best.value, n_bins, n_free, p, "chi-square", 0, named)
    toys = toys_at(likelihood, best.x, n_toys, seed=1)
    found = batch_minima(likelihood, toys, toys.centers, {})
    larger = int(np.sum(~found.converged | (found.values >= best.value - 1e-6)))
    p = (1 + larger) / (1 + n_toys)
    return Quality(best.value, n_bins, n_free, p, "toys", n_toys, named)
