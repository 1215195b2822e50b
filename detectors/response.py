"""Response: from true ionization energy to bins of reconstructed energy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr

from detectors.efficiency import EfficiencyCurve
from detectors.resolution import ResolutionModel
from detectors.tables import FloatArray

_POINTS_A_SLICE = 5
_REACH_IN_SIGMA = 9.0
_NO_TAIL = 39.0
"""Standard deviations beyond which a tail of the Gaussian is 0 in double precision."""


def check_edges(edges_kev: FloatArray) -> None:
    """Raise ValueError unless the bin edges are finite and increase strictly."""
    if edges_kev.ndim != 1 or edges_kev.size < 2:
        raise ValueError(f"edges_kev: at least two bin edges expected, found {edges_kev.size}")
    if not np.all(np.isfinite(edges_kev)):
        raise ValueError("edges_kev must be finite")
    steps = np.diff(edges_kev)
    if not np.all(steps > 0):
        i = int(np.argmax(~(steps > 0)))
        raise ValueError(
            f"edges_kev must increase strictly: edges_kev[{i + 1}] = {edges_kev[i + 1]:g} "
            f"after {edges_kev[i]:g}"
        )


def response_matrix(
    ionization_kev: FloatArray,
    edges_kev: FloatArray,
    resolution: ResolutionModel,
    efficiency: EfficiencyCurve,
    threshold_kev: float,
    min_ionization_kev: float,
    *,
    truncated: bool = False,
) -> FloatArray:
    """Probability that a true ionization energy is reconstructed in each bin, (n_bins, n_true).

    R[b, t] = eff * [Phi((hi_b - E_t) / sigma_t) - Phi((lo_b - E_t) / sigma_t)]: differences of the
    Gaussian CDF, the bin cut at the threshold on reconstructed energy.  Energies below
    min_ionization_kev produce nothing.  An efficiency on reconstructed energy is integrated over
    the bin with the Gaussian: see ``seen_with``.  truncated cuts the Gaussian at zero
    reconstructed energy and divides by what is left, Phi(E_t / sigma_t).

    Raises
    ------
    ValueError
        if the edges do not increase strictly.
    """
    check_edges(edges_kev)
    clipped = np.maximum(edges_kev, threshold_kev)
    sigma = resolution.sigma_kev(ionization_kev)
    if efficiency.acts_on == "true" or efficiency.nodes_kev().size == 0:
        matrix = gaussian_probability(clipped, ionization_kev, sigma)
        matrix *= efficiency.at(ionization_kev)
    else:
        matrix = seen_with(efficiency, clipped, ionization_kev, sigma)
    if truncated:
        matrix /= ndtr(ionization_kev / sigma)
    return matrix * (ionization_kev >= min_ionization_kev)


def seen_with(
    efficiency: EfficiencyCurve,
    edges_kev: FloatArray,
    energy_kev: FloatArray,
    sigma_kev: FloatArray,
) -> FloatArray:
    """Integral of efficiency times Gaussian over each interval, (n - 1, n_true).

    The intervals are cut at the nodes of the efficiency.  In every slice it is the polynomial of
    degree 4 through its values at the Gauss-Legendre points, whose integral with the Gaussian is
    exact: of straight lines to the last digits, of a turn-on to 1e-6 of what a bin holds.  Where
    the polynomial makes a probability negative, it is 0.
    """
    nodes = efficiency.nodes_kev()
    inside = nodes[(nodes > edges_kev[0]) & (nodes < edges_kev[-1])]
    fine = np.union1d(edges_kev, inside)
    half = np.diff(fine)[:, None] / 2
    middle = fine[:-1, None] + half
    points = np.polynomial.legendre.leggauss(_POINTS_A_SLICE)[0]
    at_points = efficiency.at((middle + half * points).ravel()).reshape(-1, points.size)
    powers = np.linalg.solve(np.vander(points, increasing=True), at_points.T)
    moments = gaussian_moments(fine, energy_kev, sigma_kev, points.size)
    slices = np.zeros((fine.size - 1, energy_kev.size))
    for power, moment in zip(powers, moments, strict=True):
        slices += power[:, None] * moment
    filled = np.diff(edges_kev) > 0
    found = np.zeros((filled.size, energy_kev.size))
    first = np.searchsorted(fine, edges_kev[:-1][filled])
    found[filled] = np.add.reduceat(np.maximum(slices, 0.0), first, axis=0)
    return found


def gaussian_moments(
    edges_kev: FloatArray, energy_kev: FloatArray, sigma_kev: FloatArray, number: int
) -> Iterator[FloatArray]:
    """Integrals of u^j with the Gaussian over each interval, j = 0, 1, ..., (n - 1, n_true) each.

    u goes from -1 to 1 in an interval.  By parts, with e the Gaussian's centre and s its width
    in u, and g its density: M_{j+1} = e M_j + s^2 (j M_{j-1} - [u^j g]).
    """
    half = np.diff(edges_kev)[:, None] / 2
    center = (energy_kev - (edges_kev[:-1, None] + half)) / half
    width = sigma_kev / half
    score = (edges_kev[:, None] - energy_kev) / sigma_kev
    density = np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi)
    low, high = density[:-1] / width, density[1:] / width
    whole = gaussian_probability(edges_kev, energy_kev, sigma_kev)
    before, moment = np.zeros_like(whole), whole
    for j in range(number):
        yield moment
        by_parts = j * before - (high - (-1) ** j * low)
        # rounding errors of narrow intervals may not exceed what |u| <= 1 allows
        following = np.clip(center * moment + width**2 * by_parts, -whole, whole)
        before, moment = moment, following


def highest_true_energy_kev(edges_kev: FloatArray, resolution: ResolutionModel) -> float:
    """True energy above which nothing is reconstructed below the last edge (9 sigma)."""
    top = float(edges_kev[-1])
    sigma = float(resolution.sigma_kev(top)[0])
    return top + _REACH_IN_SIGMA * float(resolution.sigma_kev(top + _REACH_IN_SIGMA * sigma)[0])


def gaussian_probability(
    edges_kev: FloatArray, energy_kev: FloatArray, sigma_kev: FloatArray
) -> FloatArray:
    """Gaussian probability of each interval, from the smaller of the two tails; (n - 1, n_true)."""
    score = (edges_kev[:, None] - energy_kev) / sigma_kev
    near = np.abs(score) < _NO_TAIL
    tail = np.zeros_like(score)
    tail[near] = ndtr(-np.abs(score[near]))
    found = np.abs(tail[1:] - tail[:-1])
    around = (score[:-1] <= 0) & (score[1:] > 0)
    found[around] = ndtr(score[1:][around]) - ndtr(score[:-1][around])
    return np.asarray(found)
