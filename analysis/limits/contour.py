"""Contours: the profile of -2 ln L in the plane of two parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from analysis.fits.minimum import FitError, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.limit import limit
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table, shown
from sim.model import Model
from sim.spectra import Spectra

_MARGIN = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """-2 Delta ln L (n_y, n_x) from the lowest point of the grid, axes in physical units.

    symbols are those of the parameters as mathematical text.
    """

    parameters: tuple[str, str]
    symbols: tuple[str, str]
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

    def goes_on(self, axis: FloatArray, along: int, level: float) -> bool:
        """True if the region below a level reaches an end of an axis that is no bound of 0."""
        lowest = self.rise.min(axis=along)
        return bool(lowest[-1] <= level or (lowest[0] <= level and axis[0] != 0))

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

    The other signal parameters stay at the Standard Model; bounded ones start at their bound.

    Raises
    ------
    ValueError
        unless two different parameters are given that data can tell from each other.
    FitError
        if one of them has no limit.
    """
    known = _two(model, parameters)
    likelihood = treated_likelihood(model, spectra, treatment)
    x, y = (_axis(model, spectra, one, n_points, treatment) for one in known)
    rise = _scan(likelihood, known, x, y)
    symbols, units = (known[0].symbol, known[1].symbol), (known[0].unit, known[1].unit)
    return Contour(parameters, symbols, units, x, y, rise - rise.min())


def _two(model: Model, names: tuple[str, str]) -> tuple[SignalParameter, SignalParameter]:
    """Two different parameters."""
    table = model.signal_table
    if len(set(names)) != 2:
        allowed = ", ".join(parameter.name for parameter in table.parameters)
        raise ValueError(f"parameters: two different of {allowed} expected")
    first, second = (table.parameter(name) for name in names)
    for exclusive, reason in table.exclusive:
        if {first.fitted, second.fitted} <= exclusive:
            raise ValueError(reason)
    return first, second


def _axis(
    model: Model, spectra: Spectra, known: SignalParameter, n_points: int, treatment: str | None
) -> FloatArray:
    found = limit(model, spectra, known.name, 0.99, "delta-chi2", treatment)
    if found.lower is None or found.upper is None:
        raise FitError(f"no range for {known.name}: {found.reason}")
    if known.bounded:
        return np.linspace(found.lower, _MARGIN * found.upper, n_points)
    middle, half = (found.upper + found.lower) / 2, (found.upper - found.lower) / 2
    return np.linspace(middle - _MARGIN * half, middle + _MARGIN * half, n_points)


def _scan(
    likelihood: Likelihood,
    known: tuple[SignalParameter, SignalParameter],
    x: FloatArray,
    y: FloatArray,
) -> FloatArray:
    """Profile at the nodes, (y, x): rows outwards from that nearest to 0, each from the last one.

    A fit begins where the straight line through the last two nodes of its row leads.
    """
    values = np.empty((y.size, x.size))
    beginnings = np.tile(likelihood.centers, (y.size, 1))
    middle = int(np.argmin(np.abs(y)))
    for i in sorted(range(y.size), key=lambda row: abs(row - middle)):
        start = beginnings[i + np.sign(middle - i)]
        for k, first in enumerate(x):
            point = likelihood.others()
            point[known[0].fitted] = known[0].inverse(float(first))
            point[known[1].fitted] = known[1].inverse(float(y[i]))
            held = likelihood.with_fixed(point)
            found, _ = held.descend(start)
            values[i, k] = held.value(found)
            if k == 0:
                beginnings[i] = last = found
            start, last = 2 * found - last, found
    return values
