"""Goodness of fit by toys."""

from __future__ import annotations

import numpy as np

from analysis.batch import Toys, batch_minima
from analysis.likelihood import SIGNAL_PARAMETERS
from analysis.minimum import minimise, treated_likelihood
from sim.model import Model
from sim.pseudo import toy_generator
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
    held = dict.fromkeys(SIGNAL_PARAMETERS, 0.0)
    data = minimise(likelihood, held)
    expected = np.maximum(likelihood.expected(data.x), 0.0)
    constrained = likelihood.inverse_sigmas > 0
    counts, centers = [], []
    for index in range(n_toys):
        generator = toy_generator(seed, index)
        counts.append(generator.poisson(expected).astype(np.float64))
        center = np.where(likelihood.fixed, likelihood.centers, data.x)
        normal = generator.standard_normal(int(np.sum(constrained)))
        center[constrained] += normal / likelihood.inverse_sigmas[constrained]
        centers.append(center)
    toys = Toys(np.array(counts), np.array(centers))
    found = batch_minima(likelihood, toys, toys.centers, held)
    return float(np.mean(found.values[found.converged] >= data.value))
