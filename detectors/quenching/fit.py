"""Fits of quenching curves to measured points, with the tension between the data sets.

chi2 = sum_i w_i [(Q_i - (1 + r_s eta_s) Q(T_i)) / sigma_i]^2 + sum_s eta_s^2, with a nuisance eta_s
for each set s that has a common relative error r_s.  sigma_i is the error of the point; where that
of the recoil energy is not in it, sigma_i^2 = error^2 + (dQ/dT error_T)^2 along the fitted curve.
w_i = 1, or independent points over points of a set whose points are not independent.

Tension is the parameter goodness of fit of Maltoni & Schwetz, Phys. Rev. D 68, 033020 (2003),
hep-ph/0304176: chi2 of the common fit less those of the sets alone; for one parameter it is the
chi2 of the sets' values about their mean.  Errors are multiplied by the scale factor of the Review
of Particle Physics (Birge's ratio) S = sqrt(chi2 / dof), here of the fit or of the tension, the
larger one, if it exceeds 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import chdtrc

from detectors.quenching.curve import Quenching
from detectors.quenching.families import CurveFamily
from detectors.quenching.points import QuenchingData
from detectors.tables import FloatArray, as_float_array

_PASSES = 30
_STEP = 1e-4
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Agreement:
    """A chi2 with its degrees of freedom."""

    chi2: float
    dof: float

    @property
    def probability(self) -> float:
        """Of a larger chi2, 1 without degrees of freedom."""
        return float(chdtrc(self.dof, self.chi2)) if self.dof > 0 else 1.0

    @property
    def scale(self) -> float:
        """sqrt(chi2 / dof), at least 1."""
        return math.sqrt(max(1.0, self.chi2 / self.dof)) if self.dof > 0 else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class SetFit:
    """One data set: its part of the common chi2, and its own fit.

    values and errors (not scaled) of the family's parameters are those of the fit to this set
    alone, None where it has fewer points than the family parameters.
    """

    name: str
    n_points: int
    chi2: float
    values: FloatArray | None
    errors: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class QuenchingFit:
    """A fitted family: values (n,), covariance (n, n) with the scale factor in it.

    undetermined names parameters that have no effect at the minimum, or ended at their least value:
    their error is given as 0 and means nothing.  tension is None for a single data set.
    """

    family: CurveFamily
    material: str
    values: FloatArray
    covariance: FloatArray
    goodness: Agreement
    tension: Agreement | None
    scale: float
    undetermined: tuple[str, ...]
    sets: tuple[SetFit, ...]

    @property
    def errors(self) -> FloatArray:
        """Standard errors of the parameters, scaled."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def curve(self) -> Quenching:
        """The fitted curve."""
        return self.family.curve(self.values)

    @property
    def directions(self) -> FloatArray:
        """Independent changes of the parameters of one standard deviation each, (m, n).

        Their squares add up to the covariance; parameters that are not determined have none.
        """
        sizes, vectors = np.linalg.eigh(self.covariance)
        kept = np.flatnonzero(sizes > 1e-12 * sizes[-1])[::-1]
        found = (np.sqrt(sizes[kept]) * vectors[:, kept]).T
        signs = [np.sign(row[np.argmax(np.abs(row))]) for row in found]
        return np.asarray(found * np.array(signs)[:, None])

    def moved(self, steps: Sequence[float]) -> Quenching:
        """The curve steps standard deviations away along the directions, within the family."""
        values = self.values + np.array(steps) @ self.directions[: len(steps)]
        return self.family.curve(np.maximum(values, np.array(self.family.least) + _LEAST))

    def band(self, recoil_kev: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """Quenching factor at recoil energies > 0, and its standard error."""
        recoil = as_float_array(recoil_kev)
        slopes = _slopes(self.family, self.values, recoil)
        variance = np.einsum("it,ij,jt->t", slopes, self.covariance, slopes)
        return self.family.factor(self.values, recoil), np.sqrt(np.maximum(variance, 0.0))


def fit_quenching(
    family: CurveFamily, data: Sequence[QuenchingData], *, scaled: bool = True
) -> QuenchingFit:
    """The family fitted to all points of the data sets; scaled: errors with the scale factor.

    Raises
    ------
    ValueError
        for no data, or fewer points than parameters.

    Examples
    --------
    >>> family = nuem.curve_families("Ge", "ionization")["lindhard"]
    >>> found = nuem.fit_quenching(family, nuem.quenching_data("Ge"))
    >>> print(f"k = {found.values[0]:.3f}")
    k = 0.162
    """
    n = len(family.parameters)
    points = sum(one.independent_points for one in data)
    if points < n:
        raise ValueError(f"{family.name} has {n} parameters: {n} points needed, found {points:g}")
    values, covariance, parts = _minimum(family, data)
    goodness = Agreement(float(sum(parts)), points - n)
    alone = [_minimum(family, [one]) for one in data] if len(data) > 1 else []
    tension = None
    if alone:
        left = goodness.chi2 - sum(float(sum(fit[2])) for fit in alone)
        known = sum(min(n, one.n_points) for one in data)
        tension = Agreement(max(left, 0.0), known - n)
    scale = max(goodness.scale, tension.scale if tension else 1.0) if scaled else 1.0
    sets = [_set_fit(one, chi2, None) for one, chi2 in zip(data, parts, strict=True)]
    if alone:
        sets = [
            _set_fit(one, chi2, fit if one.independent_points >= n else None)
            for one, chi2, fit in zip(data, parts, alone, strict=True)
        ]
    bound = [name for i, name in enumerate(family.parameters) if covariance[i, i] == 0]
    return QuenchingFit(
        family=family,
        material=data[0].material,
        values=values,
        covariance=covariance * scale**2,
        goodness=goodness,
        tension=tension,
        scale=scale,
        undetermined=tuple(bound),
        sets=tuple(sets),
    )


def _set_fit(
    data: QuenchingData, chi2: float, fit: tuple[FloatArray, FloatArray, list[float]] | None
) -> SetFit:
    if fit is None:
        return SetFit(data.name, data.n_points, chi2, None, None)
    return SetFit(data.name, data.n_points, chi2, fit[0], np.sqrt(np.diag(fit[1])))


def _minimum(
    family: CurveFamily, data: Sequence[QuenchingData]
) -> tuple[FloatArray, FloatArray, list[float]]:
    """Values, their covariance and each set's chi2 (its nuisance included) at the minimum."""
    n = len(family.parameters)
    least = np.append(family.least, np.full(len(data), -np.inf))
    start = np.append(family.start, np.zeros(len(data)))
    errors = [one.error for one in data]
    for _ in range(_PASSES):
        used = errors
        found = least_squares(
            _stacked_residuals,
            start,
            args=(family, data, used),
            bounds=(least, np.inf),
            x_scale=np.maximum(np.abs(start), 0.01),
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-12,
        )
        errors = [_point_errors(family, found.x[:n], one) for one in data]
        start = found.x
        if all(np.allclose(a, b, rtol=1e-10) for a, b in zip(used, errors, strict=True)):
            break
    parts = _residuals(family, data, used, found.x)
    chi2 = [float(part @ part) for part in parts]
    free = found.x - least > 1e-6 * np.maximum(np.abs(found.x), 1e-3)
    covariance = np.zeros((free.size, free.size))
    covariance[np.ix_(free, free)] = np.linalg.pinv(found.jac[:, free].T @ found.jac[:, free])
    return found.x[:n], covariance[:n, :n], chi2


def _stacked_residuals(
    x: FloatArray,
    family: CurveFamily,
    data: Sequence[QuenchingData],
    errors: Sequence[FloatArray],
) -> FloatArray:
    return np.concatenate(_residuals(family, data, errors, x))


def _residuals(
    family: CurveFamily,
    data: Sequence[QuenchingData],
    errors: Sequence[FloatArray],
    x: FloatArray,
) -> list[FloatArray]:
    """Weighted residuals of each set, its nuisance last."""
    n = len(family.parameters)
    parts = []
    for one, sigma, eta in zip(data, errors, x[n:], strict=True):
        factor = family.factor(x[:n], one.recoil_kev) * (1 + one.common_relative_error * eta)
        weight = math.sqrt(one.independent_points / one.n_points)
        parts.append(np.append(weight * (one.quenching_factor - factor) / sigma, eta))
    return parts


def _point_errors(family: CurveFamily, values: FloatArray, data: QuenchingData) -> FloatArray:
    """Errors of the points, with those of their recoil energies where these are not in them."""
    if data.recoil_error_contained:
        return data.error
    recoil, width = data.recoil_kev, np.nan_to_num(data.recoil_error_kev)
    step = _STEP * recoil
    above, below = (family.factor(values, recoil + sign * step) for sign in (1, -1))
    return np.asarray(np.hypot(data.error, (above - below) / (2 * step) * width))


def _slopes(family: CurveFamily, values: FloatArray, recoil_kev: FloatArray) -> FloatArray:
    """Change of the quenching factor with each parameter, (n_parameters, n_recoils)."""
    rows = []
    for i, value in enumerate(values):
        step = np.zeros(values.size)
        step[i] = _STEP * max(abs(float(value)), 1e-3)
        above, below = (family.factor(values + sign * step, recoil_kev) for sign in (1, -1))
        rows.append((above - below) / (2 * step[i]))
    return np.array(rows)
