"""PiecewiseSpectrum: an energy spectrum that is a cubic in every cell.

Tables of bin averages (degree 0) and of points joined by lines (degree 1) are represented
exactly; smooth functions to a relative 1e-10 on the cells used in this house.  Sums of spectra
are sums of coefficients, products with a step function are exact, products with a smooth factor
are fitted again, and the moments of a spectrum are analytic (``fluxes.moments``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from fluxes.tables import FloatArray

_THINNEST_CELL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class PiecewiseSpectrum:
    """S(E) = sum_k coefficients[i, k] E^k for edges_mev[i] <= E < edges_mev[i + 1], else 0.

    edges_mev has shape (n + 1,) and increases strictly from a value >= 0; coefficients (n, 4).
    """

    edges_mev: FloatArray
    coefficients: FloatArray

    def __post_init__(self) -> None:
        steps = np.diff(self.edges_mev)
        if self.edges_mev.ndim != 1 or self.edges_mev.size < 2 or np.any(~(steps > 0)):
            bad = int(np.argmax(~(steps > 0))) if steps.size else 0
            raise ValueError(f"edges_mev must increase strictly: fails after edges_mev[{bad}]")
        if self.edges_mev[0] < 0:
            raise ValueError(f"edges_mev must be >= 0: edges_mev[0] = {self.edges_mev[0]:g}")
        if self.coefficients.shape != (self.edges_mev.size - 1, 4):
            raise ValueError(
                f"coefficients must have shape ({self.edges_mev.size - 1}, 4), "
                f"found {self.coefficients.shape}"
            )

    def density(self, energy_mev: FloatArray | float) -> FloatArray:
        """S at each energy, per MeV; shape of energy_mev, at least one-dimensional."""
        from fluxes import kernels  # brings numba, which those who only ask for names do without

        energy = np.atleast_1d(np.asarray(energy_mev, dtype=np.float64))
        flat = np.ascontiguousarray(energy.ravel())
        values: FloatArray = kernels.density(flat, self.edges_mev, self.coefficients)
        return values.reshape(energy.shape)

    def integral(self) -> float:
        """Integral of S over all energies."""
        from fluxes import kernels

        return float(kernels.cumulative_moments(self.edges_mev, self.coefficients)[0, 0])

    def scaled(self, factor: float) -> PiecewiseSpectrum:
        """factor * S."""
        return PiecewiseSpectrum(self.edges_mev, self.coefficients * factor)


def from_bin_averages(edges_mev: FloatArray, values: FloatArray) -> PiecewiseSpectrum:
    """Constant in each bin: exact for a table of bin averages; values has one entry a bin."""
    coefficients = np.zeros((values.size, 4))
    coefficients[:, 0] = values
    return PiecewiseSpectrum(np.asarray(edges_mev, dtype=np.float64), coefficients)


def from_points(energy_mev: FloatArray, values: FloatArray) -> PiecewiseSpectrum:
    """Straight lines between the points of a table; two points at one energy are a step."""
    width = np.diff(energy_mev)
    wide = width > 0
    slope = np.diff(values)[wide] / width[wide]
    coefficients = np.zeros((slope.size, 4))
    coefficients[:, 0] = values[:-1][wide] - slope * energy_mev[:-1][wide]
    coefficients[:, 1] = slope
    edges = energy_mev[np.append(True, wide)]
    return PiecewiseSpectrum(np.asarray(edges, dtype=np.float64), coefficients)


def from_function(
    function: Callable[[FloatArray], FloatArray], edges_mev: FloatArray
) -> PiecewiseSpectrum:
    """Cubic interpolation of a smooth function at four Chebyshev points of each cell."""
    edges = np.asarray(edges_mev, dtype=np.float64)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    nodes = np.cos(np.pi * (2 * np.arange(4) + 1) / 8)
    values = function(middle[:, None] + half[:, None] * nodes)
    local = np.linalg.solve(np.vander(nodes, 4, increasing=True), values.T)
    centred = local / half ** np.arange(4)[:, None]
    coefficients = np.zeros((middle.size, 4))
    for j in range(4):
        for k in range(j, 4):
            coefficients[:, j] += centred[k] * comb(k, j) * (-middle) ** (k - j)
    return PiecewiseSpectrum(edges, coefficients)


def joined(below: PiecewiseSpectrum, above: PiecewiseSpectrum) -> PiecewiseSpectrum:
    """Two spectra side by side: below ends where above begins."""
    if below.edges_mev[-1] != above.edges_mev[0]:
        raise ValueError(
            f"the spectra do not meet: {below.edges_mev[-1]:g} and {above.edges_mev[0]:g} MeV"
        )
    edges = np.concatenate([below.edges_mev, above.edges_mev[1:]])
    return PiecewiseSpectrum(edges, np.concatenate([below.coefficients, above.coefficients]))


def weighted_sum(
    weights: Sequence[float], spectra: Sequence[PiecewiseSpectrum]
) -> PiecewiseSpectrum:
    """sum_i weights[i] * spectra[i] on the union of all their edges (exact)."""
    edges = np.unique(np.concatenate([s.edges_mev for s in spectra]))
    coefficients = np.zeros((edges.size - 1, 4))
    for weight, spectrum in zip(weights, spectra, strict=True):
        coefficients += weight * coefficients_on(spectrum, edges)
    return PiecewiseSpectrum(edges, coefficients)


def coefficients_on(spectrum: PiecewiseSpectrum, edges_mev: FloatArray) -> FloatArray:
    """Coefficients of a spectrum in cells that lie inside its own cells or outside them all.

    edges_mev has shape (n + 1,); the result (n, 4), zero where the spectrum is zero.
    """
    middle = (edges_mev[1:] + edges_mev[:-1]) / 2
    cell = np.searchsorted(spectrum.edges_mev, middle, side="right") - 1
    inside = (cell >= 0) & (cell < spectrum.coefficients.shape[0])
    coefficients = np.zeros((middle.size, 4))
    coefficients[inside] = spectrum.coefficients[cell[inside]]
    return coefficients


def multiplied_in_bins(
    spectrum: PiecewiseSpectrum, edges_mev: FloatArray, factors: FloatArray
) -> PiecewiseSpectrum:
    """spectrum times a step function, exactly: factors[i] in bin i, zero outside the bins.

    edges_mev has shape (n + 1,), factors (n,).
    """
    edges = np.unique(np.concatenate([spectrum.edges_mev, edges_mev]))
    steps = from_bin_averages(edges_mev, np.asarray(factors, dtype=np.float64))
    factor = coefficients_on(steps, edges)[:, :1]
    return PiecewiseSpectrum(edges, coefficients_on(spectrum, edges) * factor)


def multiplied(
    spectrum: PiecewiseSpectrum,
    factor: Callable[[FloatArray], FloatArray],
    edges_mev: FloatArray,
) -> PiecewiseSpectrum:
    """spectrum times a factor that is smooth between the given edges; a cubic again in each cell.

    The product is interpolated (``from_function``) in the cells of the spectrum, divided further at
    edges_mev: put its kinks there, and enough points between them.  In a cell of width h the error
    is at most (h / 2)^4 / 192 times the fourth derivative.  Edges closer than 1e-9 of their value
    become one: cells that thin come from rounding and would only amplify it.
    """
    first, last = spectrum.edges_mev[0], spectrum.edges_mev[-1]
    inner = edges_mev[(edges_mev > first) & (edges_mev < last)]
    edges = np.unique(np.concatenate([spectrum.edges_mev, inner]))
    apart = np.concatenate([[True], np.diff(edges) > _THINNEST_CELL * edges[1:]])
    return from_function(lambda energy: spectrum.density(energy) * factor(energy), edges[apart])
