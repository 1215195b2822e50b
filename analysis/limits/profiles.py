"""Profiles: -2 ln L along one parameter, the nuisances fitted at each of its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.fits.intervals import Profile
from analysis.fits.minimum import FitError, minimise, treated_likelihood
from analysis.limits.constructions import likelihood_rise
from analysis.limits.limit import Limit, limit
from sim.cross_sections.parameters import FloatArray
from sim.display import html_fields, shown
from sim.model import Model
from sim.spectra import Spectra

PROFILED = ("mu_nu", "q_nu", "r2_nu", "sin2_theta_w")


@dataclass(frozen=True, slots=True, eq=False)
class ProfileCurve:
    """Rise of -2 ln L above the best physical fit, arrays (n_points,), values in physical units.

    level is the rise at the ends of limit's intervals.
    """

    parameter: str
    unit: str
    values: FloatArray
    rise: FloatArray
    level: float
    limit: Limit

    def __repr__(self) -> str:
        ends = f"{shown(self.values[0])} to {shown(self.values[-1])} {self.unit}"
        return f"<ProfileCurve of {self.parameter}: {self.values.size} points, {ends}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("profile of -2 ln L", self)


def profile_curve(
    model: Model,
    spectra: Spectra,
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    n_points: int = 81,
) -> ProfileCurve:
    """Profile over a quarter more than the interval of a parameter; mu_nu starts at 0.

    method is one that is read off the profile: ``qtilde`` or ``delta-chi2``.

    Raises
    ------
    ValueError
        for another parameter or method.
    FitError
        if there is no limit.
    """
    if parameter not in PROFILED:
        raise ValueError(f"parameter {parameter!r}: allowed are {', '.join(PROFILED)}")
    if method not in (None, "qtilde", "delta-chi2"):
        raise ValueError(f"method {method!r}: a profile has qtilde or delta-chi2")
    found = limit(model, spectra, parameter, cl, method, treatment)
    if found.lower is None or found.upper is None or found.best_fit is None:
        raise FitError(f"no profile of {parameter}: {found.status}: {found.reason}")
    scale = model.signal_table.parameter(parameter)
    margin = 0.25 * (found.upper - found.lower)
    low = 0.0 if parameter == "mu_nu" else found.lower - margin
    values = np.unique(np.append(np.linspace(low, found.upper + margin, n_points), found.best_fit))
    likelihood = treated_likelihood(model, spectra, treatment)
    best = scale.inverse(found.best_fit)
    lowest = minimise(likelihood, {**likelihood.others(), scale.fitted: best})
    profile = Profile(likelihood, scale.fitted, lowest)
    rise = [profile(scale.inverse(float(value))) - lowest.value for value in values]
    level = likelihood_rise(found.method, cl)
    return ProfileCurve(parameter, scale.unit, values, np.array(rise), level, found)
