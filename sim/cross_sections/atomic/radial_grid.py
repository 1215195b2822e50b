"""Radial grids: logarithmic near the nucleus, linear outside, where orbitals oscillate evenly."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np
from scipy.special import wrightomega

from detectors.tables import FloatArray
from sim.cross_sections.atomic.potential import Potential

_GAUSS_POINTS = (0.5 - sqrt(3) / 6, 0.5 + sqrt(3) / 6)


@dataclass(frozen=True, slots=True, eq=False)
class RadialGrid:
    """Radii r at which x = r / linear_step + ln(r) / log_step takes steps of one, in Bohr radii.

    radius and slope, dr/dx, have shape (n,); cell_radius and cell_slope, the same at the two Gauss
    points between neighbours, (n - 1, 2).
    """

    radius: FloatArray
    slope: FloatArray
    cell_radius: FloatArray
    cell_slope: FloatArray

    def points(self, potential: Potential) -> FloatArray:
        """r, dr/dx and V(r) of every point, (n, 3): what the kernels of the Dirac equation take."""
        return np.stack([self.radius, self.slope, potential(self.radius)], axis=1)

    def cells(self, potential: Potential) -> FloatArray:
        """r, dr/dx and V(r) at the first, then the second Gauss point of each cell, (n - 1, 6)."""
        columns = [self.cell_radius, self.cell_slope, potential(self.cell_radius)]
        return np.ascontiguousarray(np.stack(columns, axis=2).reshape(-1, 6))


def radial_grid(
    lowest: float, highest: float, *, log_step: float, linear_step: float
) -> RadialGrid:
    """A grid from the lowest to about the highest radius; the steps are those of ln r and of r."""
    start = lowest / linear_step + log(lowest) / log_step
    end = highest / linear_step + log(highest) / log_step
    x = start + np.arange(ceil(end - start) + 1, dtype=np.float64)
    radius, slope = _radius(x, log_step, linear_step)
    between = x[:-1, None] + np.array(_GAUSS_POINTS)
    return RadialGrid(radius, slope, *_radius(between, log_step, linear_step))


def _radius(x: FloatArray, log_step: float, linear_step: float) -> tuple[FloatArray, FloatArray]:
    """r(x) and dr/dx: with y = r log_step / linear_step, y + ln y is linear in x."""
    ratio = linear_step / log_step
    y = np.asarray(wrightomega(x * log_step - log(ratio)).real, dtype=np.float64)
    radius = ratio * y
    return radius, radius / (radius / linear_step + 1 / log_step)
