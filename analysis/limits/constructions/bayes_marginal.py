"""Quantile of a marginalised posterior with a flat prior: the nuisances are integrated over.

The prior is flat in x >= 0 and in norms without a constraint.  The integral over the nuisances is
one by importance sampling about their fits (``analysis.statistics.nuisance_volume``), interpolated
between values of x.  No coverage is guaranteed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from analysis.fits.intervals import Profile
from analysis.fits.minimum import FitError
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.bayes_flat import BayesFlat
from analysis.statistics.nuisance_volume import evaluated, interpolated, log_volume, nodes
from analysis.statistics.tested import Tested
from sim.cross_sections.parameters import FloatArray

_NODES, _SAMPLES = 25, 512
_NODES_OF_TOYS, _SAMPLES_OF_TOYS = 5, 128


class BayesMarginal(BayesFlat):
    """Upper limit below which the marginal posterior holds cl."""

    name = "bayes-marginal"
    rank = 6
    band_of_toys = False
    toys_per_shard = 512
    points_per_shard = 10

    def log_volume(
        self, likelihood: Likelihood, name: str, profile: Profile, end: float
    ) -> Callable[[float], float]:
        """ln of the integral over the nuisances, relative to their best at each x."""
        at = end * np.linspace(0.0, 1.0, _NODES) ** 2
        found = []
        for x in at.tolist():
            held = likelihood.with_fixed({**likelihood.others(), name: x})
            found.append(log_volume(held, profile.point(x), _SAMPLES))
        between = PchipInterpolator(at, np.array(found))
        return lambda x: float(between(x))

    def log_volumes(self, tested: Tested, end: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """The same of many data sets, at a value for each."""
        profiles = tested.profiles
        likelihood, name = profiles.likelihood, profiles.name
        values = nodes(_NODES_OF_TOYS, np.zeros_like(end), end)
        found = np.full_like(values, np.nan)
        for k, at in enumerate(values):
            _, points = profiles.conditional(at)
            for i, (point, x) in enumerate(zip(points, at, strict=True)):
                own = replace(
                    likelihood,
                    counts=np.ascontiguousarray(profiles.toys.counts[i]),
                    centers=profiles.toys.centers[i],
                )
                held = own.with_fixed({**own.others(), name: float(x)})
                with suppress(FitError):  # else nan, which is not covered
                    found[k, i] = log_volume(held, point, _SAMPLES_OF_TOYS)
        coefficients = interpolated(found)
        return lambda at: evaluated(coefficients, np.zeros_like(end), end, at)


CONSTRUCTION = BayesMarginal()
