"""Profiles: -2 ln L along one parameter, the nuisances fitted at each of its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.fits.intervals import Profile
from analysis.fits.minimum import FitError, minimise, treated_likelihood
from analysis.limits.limit import judged_answer
from analysis.limits.limit_result import Limit
from analysis.limits.question import asked
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import FloatArray
from sim.display import html_fields, shown
from sim.model import Model
from sim.spectra.spectra import Spectra


@dataclass(frozen=True, slots=True, eq=False)
class ProfileCurve:
    """Rise of -2 ln L above the best physical fit, arrays (n_points,), values in physical units.

    level is the rise at the ends of limit's intervals; symbol that of the parameter as mathematical
    text.
    """

    parameter: str
    symbol: str
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
    spectra: Spectra | None = None,
    parameter: str = MAGNETIC_MOMENT,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    n_points: int = 81,
) -> ProfileCurve:
    """Profile over a quarter more than the interval of a parameter, from its bound if it has one.

    method is one that is read off the profile: ``qtilde`` or ``delta-chi2``.

    Raises
    ------
    ValueError
        for another parameter or method.
    FitError
        if there is no limit.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> curve = nuem.profile_curve(model, n_points=21)
    >>> print(f"{curve.values[-1]:.2e} {curve.unit}, level {curve.level:.3f}")
    4.93e-11 mu_B, level 1.642
    """
    question = asked(model, parameter, cl, method, treatment)
    level = question.construction.rise(cl)
    found = judged_answer(question, model, spectra)
    if found.lower is None or found.upper is None or found.best_fit is None:
        raise FitError(f"no profile of {parameter}: {found.status}: {found.reason}")
    known = question.parameter
    margin = 0.25 * (found.upper - found.lower)
    low = found.lower if known.bounded else found.lower - margin
    values = np.unique(np.append(np.linspace(low, found.upper + margin, n_points), found.best_fit))
    likelihood = treated_likelihood(model, spectra, treatment)
    held = likelihood.others()
    lowest = minimise(likelihood, {**held, known.fitted: known.inverse(found.best_fit)})
    profile = Profile(likelihood, known.fitted, lowest)
    rise = [profile(known.inverse(float(value))) - lowest.value for value in values]
    curve = values, np.array(rise), level, found
    return ProfileCurve(parameter, known.symbol, known.unit, *curve)
