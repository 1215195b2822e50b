"""Goodness of fit by toys."""

from __future__ import annotations

import numpy as np

from analysis.fits.batch import batch_minima, toys_at
from analysis.fits.minimum import minimise, treated_likelihood
from sim.model import Model
from sim.spectra import Spectra


def goodness_of_fit(
    model: Model,
    spectra: Spectra,
    n_toys: int = 1000,
    seed: int = 1,
    treatment: str | None = None,
) -> float:
    """Share of toys, made at the Standard Model fit, that fit no better than the data.

    Poisson bins only; the auxiliary measurements fluctuate with the counts.

    Raises
    ------
    ValueError
        for Gaussian bins, whose -2 ln L is a chi-square already.
    FitError
        if the fit of the data fails.
    """
    likelihood = treated_likelihood(model, spectra, treatment)
    if np.any(likelihood.variances > 0):
        raise ValueError("goodness of fit by toys is for Poisson counts")
    held = likelihood.others()
    data = minimise(likelihood, held)
    toys = toys_at(likelihood, data.x, n_toys, seed)
    found = batch_minima(likelihood, toys, toys.centers, held)
    return float(np.mean(found.values[found.converged] >= data.value))
