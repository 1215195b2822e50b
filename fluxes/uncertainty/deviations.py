"""Deviations of a spectrum: independent one-sigma shifts, their covariance and main components.

A deviation is the change of the spectrum when one source of error moves by one sigma; deviations
are spectra too, and fold like them.  Their outer products add up to the covariance of whatever is
folded.  Principal components are rotations of the deviations among themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fluxes.moments import FluxMoments
from fluxes.spectrum import PiecewiseSpectrum, coefficients_on, multiplied_in_bins
from fluxes.tables import FloatArray

Deviations = dict[str, PiecewiseSpectrum]


@dataclass(frozen=True, slots=True, eq=False)
class FluxUncertainty:
    """central: spectrum per fission; deviations: its independent one-sigma shifts, by source."""

    central: PiecewiseSpectrum
    deviations: Mapping[str, PiecewiseSpectrum]

    def covariance(self, edges_mev: FloatArray) -> FloatArray:
        """Covariance of the antineutrinos per fission in bins, shape (n, n) for n + 1 edges."""
        shifts = np.array([bin_contents(d, edges_mev) for d in self.deviations.values()])
        return np.asarray(shifts.T @ shifts, dtype=np.float64)

    def mapped(self, change: Callable[[PiecewiseSpectrum], PiecewiseSpectrum]) -> FluxUncertainty:
        """The same after a linear change of every spectrum: a scale, an oscillation, a sum."""
        deviations = {name: change(shift) for name, shift in self.deviations.items()}
        return FluxUncertainty(change(self.central), deviations)

    def components(
        self, omitted_variance: float = 1e-2, edges_mev: FloatArray | None = None
    ) -> tuple[PiecewiseSpectrum, ...]:
        """The fewest rotated deviations that leave out at most a share of every variance.

        A flux enters every rate through M_n(E) = integral of S x^-n above E, n = 0, 1, 2: the share
        is of the variance of M_n above each edge, and none of them may lack more than
        omitted_variance of its own.  Strongest first, integral >= 0; all of them with
        omitted_variance = 0.  edges_mev: thresholds, by default those of ``flux_bins_mev``.

        Raises
        ------
        ValueError
            for a share outside 0 to 1.
        """
        if not 0 <= omitted_variance < 1:
            raise ValueError(f"omitted_variance must lie in [0, 1), found {omitted_variance:g}")
        edges = flux_bins_mev(self.central) if edges_mev is None else edges_mev
        spectra = list(self.deviations.values())
        rotation = _principal_rotation(self._relative_folds(edges), omitted_variance)
        cells = np.unique(np.concatenate([s.edges_mev for s in spectra]))
        stack = np.array([coefficients_on(s, cells) for s in spectra])
        turned = (PiecewiseSpectrum(cells, c) for c in np.tensordot(rotation, stack, axes=1))
        return tuple(s.scaled(-1.0) if s.integral() < 0 else s for s in turned)

    def _relative_folds(self, edges: FloatArray) -> FloatArray:
        """M_n above each edge of each deviation over that of the spectrum, shape (folds, K)."""
        central = _folds(self.central, edges)
        folds = np.array([_folds(d, edges) for d in self.deviations.values()]).T
        seen = central > 0
        return np.asarray(folds[seen] / central[seen, None], dtype=np.float64)


def range_deviations(
    name: str, spectrum: PiecewiseSpectrum, edges_mev: FloatArray, relative_errors: FloatArray
) -> Deviations:
    """One deviation for each range of energy: fully correlated inside, the ranges independent.

    edges_mev has shape (n + 1,), relative_errors (n,).
    """
    return {
        f"{name} {edges_mev[i]:g} to {edges_mev[i + 1]:g} MeV": multiplied_in_bins(
            spectrum, edges_mev[i : i + 2], relative_errors[i : i + 1]
        )
        for i in range(relative_errors.size)
    }


def flux_bins_mev(spectrum: PiecewiseSpectrum) -> FloatArray:
    """Bins of 250 keV to the end of a spectrum: edges at 0 ... 2 MeV, then at Huber's."""
    low, high = np.linspace(0, 2, 9), np.arange(2.125, 8, 0.25)
    end = spectrum.edges_mev[-1]
    edges = np.concatenate([low, high])
    return np.append(edges[edges < end - 1e-9], end)


def bin_contents(spectrum: PiecewiseSpectrum, edges_mev: FloatArray) -> FloatArray:
    """Integral of a spectrum over each bin, shape (n,) for n + 1 edges."""
    return np.asarray(-np.diff(_moments_above(spectrum, edges_mev)[0]), dtype=np.float64)


def _principal_rotation(folds: FloatArray, omitted_variance: float) -> FloatArray:
    """Rows of the rotation that diagonalises folds^T folds, strongest first, as many as needed."""
    _, _, rotation = np.linalg.svd(folds, full_matrices=True)
    squares = (folds @ rotation.T) ** 2
    total = np.sum(squares, axis=1)
    kept = np.cumsum(squares, axis=1)[total > 0] / total[total > 0, None]
    enough = np.flatnonzero(np.all(1 - kept <= omitted_variance, axis=0))
    if omitted_variance == 0 or enough.size == 0:
        return np.asarray(rotation, dtype=np.float64)
    return np.asarray(rotation[: enough[0] + 1], dtype=np.float64)


def _folds(spectrum: PiecewiseSpectrum, edges: FloatArray) -> FloatArray:
    """M_0 above every edge but the last, M_1 and M_2 above those > 0."""
    moments = _moments_above(spectrum, edges[:-1])
    return np.concatenate([moments[0], moments[1:, edges[:-1] > 0].ravel()])


def _moments_above(spectrum: PiecewiseSpectrum, edges: FloatArray) -> FloatArray:
    """M_n above each edge, shape (3, n); an edge at 0 has its M_0, and zero for M_1 and M_2."""
    positive = edges > 0
    moments = np.zeros((3, edges.size))
    moments[:, positive] = FluxMoments.of(spectrum).above(edges[positive])
    moments[0, ~positive] = spectrum.integral()
    return moments
