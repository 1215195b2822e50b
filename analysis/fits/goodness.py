"""Goodness of fit by toys."""

from __future__ import annotations

import numpy as np

from analysis.fits.minimum import minimise, treated_likelihood
from analysis.fits.quality import Quality, quality_by_toys
from sim.model import Model
from sim.spectra import Spectra


def goodness_of_fit(
    model: Model,
    spectra: Spectra,
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
    """
    likelihood = treated_likelihood(model, spectra, treatment)
    if np.any(likelihood.variances > 0):
        raise ValueError("goodness of fit by toys is for Poisson counts")
    held = likelihood.with_fixed(likelihood.others())
    return quality_by_toys(held, minimise(held), n_toys, seed)
