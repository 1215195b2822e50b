"""Expected upper limits on mu_nu: median and bands, asymptotically."""

from __future__ import annotations

import numpy as np

from analysis.constructions import UPPER_LIMITS, EmptyIntervalError
from analysis.limits import checked_method
from analysis.minimum import minimise, treated_likelihood
from sim.model import Model
from sim.parameters import MU_SCALE

SIGMAS = (-2, -1, 0, 1, 2)


def expected_mu_nu_limits(
    model: Model, cl: float = 0.90, method: str | None = None, treatment: str | None = None
) -> dict[int, float | None]:
    """Limits [mu_B] of data that fluctuate by -2 to 2 standard errors of mu^2, by that number.

    The data of a fluctuation are those expected at mu^2 = N sigma, the error being that of a fit
    to the Standard Model's Asimov data; the estimate is Gaussian in the asymptotic limit.  None
    where the construction excludes every mu^2 >= 0.

    Raises
    ------
    ValueError
        for a method that is not one of ``UPPER_LIMITS``.
    FitError
        if a fit fails.
    """
    chosen = checked_method("mu_nu", method, cl)
    if chosen not in UPPER_LIMITS:
        raise ValueError(f"method {chosen!r}: bands are given for {', '.join(UPPER_LIMITS)}")
    nominal = treated_likelihood(model, model.asimov(), treatment)
    error = float(minimise(nominal, {"q": 0.0, "r": 0.0}).errors[0])
    limits: dict[int, float | None] = {}
    for n_sigma in SIGMAS:
        x = nominal.centers.copy()
        x[0] = n_sigma * error
        data = nominal.with_counts(np.maximum(nominal.expected(x), 0.0))
        try:
            limits[n_sigma] = MU_SCALE * UPPER_LIMITS[chosen](data, cl)[1] ** 0.5
        except EmptyIntervalError:
            limits[n_sigma] = None
    return limits
