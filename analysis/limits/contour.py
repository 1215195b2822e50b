"""Contours: the profile of -2 ln L in the plane of two parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from analysis.fits.minimum import FitError, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.limit import limit
from sim.cross_sections.parameters import FloatArray
from sim.display import html_table, shown
from sim.model import Model
from sim.spectra import Spectra

_MARGIN = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """-2 Delta ln L (n_y, n_x) from the lowest point of the grid, axes in physical units."""

    parameters: tuple[str, str]
    units: tuple[str, str]
    x: FloatArray
    y: FloatArray
    rise: FloatArray

    def __repr__(self) -> str:
        return f"<Contour of {' and '.join(self.parameters)}: {self.x.size} x {self.y.size} points>"

    def _repr_html_(self) -> str:
        """A table for notebooks: the range of each parameter inside the 90 % contour."""
        level = self.level(0.9)
        ends = (self.extent(self.x, 0, level), self.extent(self.y, 1, level))
        rows = [
            (name, f"{shown(low)} to {shown(high)} {unit}")
            for name, unit, (low, high) in zip(self.parameters, self.units, ends, strict=True)
        ]
        return html_table("90 % region of two parameters", rows)

    def extent(self, axis: FloatArray, along: int, level: float) -> tuple[float, float]:
        """Ends of the region below a level on one axis, interpolated between grid points."""
        lowest = self.rise.min(axis=along)
        inside = np.flatnonzero(lowest <= level)
        ends = []
        for i, j in ((inside[0], inside[0] - 1), (inside[-1], inside[-1] + 1)):
            if not 0 <= j < axis.size:
                ends.append(float(axis[i]))
                continue
            share = (level - lowest[i]) / (lowest[j] - lowest[i])
            ends.append(float(axis[i] + share * (axis[j] - axis[i])))
        return ends[0], ends[1]

    @staticmethod
    def level(cl: float) -> float:
        """Rise at a confidence level for two parameters: 4.605 at 90 %."""
        return float(2 * gammaincinv(1.0, cl))


def contour(
    model: Model,
    spectra: Spectra,
    parameters: tuple[str, str],
    n_points: int = 41,
    treatment: str | None = None,
) -> Contour:
    """Profile over the nuisances on a grid that spans 1.6 times the 99 % intervals of each.

    The third signal parameter stays at the Standard Model; mu_nu starts at 0.

    Raises
    ------
    ValueError
        unless two different of mu_nu, q_nu and r2_nu are given.
    FitError
        if one of them has no limit.
    """
    allowed = ("mu_nu", "q_nu", "r2_nu")
    if len(set(parameters)) != 2 or not set(parameters) <= set(allowed):
        raise ValueError(f"parameters: two different of {', '.join(allowed)} expected")
    likelihood = treated_likelihood(model, spectra, treatment)
    axes = [_axis(model, spectra, name, n_points, treatment) for name in parameters]
    rise = _scan(likelihood, model, parameters, axes[0], axes[1])
    first, second = (model.signal_table.parameter(name).unit for name in parameters)
    return Contour(parameters, (first, second), axes[0], axes[1], rise - rise.min())


def _axis(
    model: Model, spectra: Spectra, name: str, n_points: int, treatment: str | None
) -> FloatArray:
    found = limit(model, spectra, name, 0.99, "delta-chi2", treatment)
    if found.lower is None or found.upper is None:
        raise FitError(f"no range for {name}: {found.reason}")
    if name == "mu_nu":
        return np.linspace(0.0, _MARGIN * found.upper, n_points)
    middle, half = (found.upper + found.lower) / 2, (found.upper - found.lower) / 2
    return np.linspace(middle - _MARGIN * half, middle + _MARGIN * half, n_points)


def _scan(
    likelihood: Likelihood,
    model: Model,
    parameters: tuple[str, str],
    x: FloatArray,
    y: FloatArray,
) -> FloatArray:
    known = [model.signal_table.parameter(name) for name in parameters]
    values = np.empty((y.size, x.size))
    for i, second in enumerate(y):
        start = likelihood.centers
        for k, first in enumerate(x):
            point = likelihood.others()
            for parameter, value in zip(known, (first, second), strict=True):
                point[parameter.fitted] = parameter.inverse(float(value))
            held = likelihood.with_fixed(point)
            start, _ = held.descend(start)
            values[i, k] = held.value(start)
    return values
