"""Response: from true ionization energy to bins of reconstructed energy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from detectors.efficiency import EfficiencyCurve
from detectors.resolution import ResolutionModel
from detectors.tables import FloatArray

_FEWEST_SLICES = 8
_MOST_SLICES = 64
_SLICES_PER_SCALE = 4
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
    min_ionization_kev produce nothing.  An efficiency on reconstructed energy is averaged over
    slices of the bin, each weighted with its own probability.  truncated cuts the Gaussian at zero
    reconstructed energy and divides by what is left, Phi(E_t / sigma_t).

    Raises
    ------
    ValueError
        if the edges do not increase strictly.
    """
    check_edges(edges_kev)
    clipped = np.maximum(edges_kev, threshold_kev)
    sigma = resolution.sigma_kev(ionization_kev)
    on_true = efficiency.acts_on == "true"
    if on_true or efficiency.scale_kev is None:
        matrix = gaussian_probability(clipped, ionization_kev, sigma)
        matrix *= efficiency.at(ionization_kev)
    else:
        fine, first_of_bin = _slices(clipped, efficiency)
        weights = efficiency.at((fine[1:] + fine[:-1]) / 2)
        slices = weights[:, None] * gaussian_probability(fine, ionization_kev, sigma)
        matrix = np.add.reduceat(slices, first_of_bin, axis=0)
    if truncated:
        matrix /= ndtr(ionization_kev / sigma)
    return matrix * (ionization_kev >= min_ionization_kev)


def _slices(
    edges_kev: FloatArray, efficiency: EfficiencyCurve
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Edges of the slices of every bin, cut at the steps too, and the first slice of each bin."""
    assert efficiency.scale_kev is not None
    fine = sliced(edges_kev, efficiency.scale_kev)
    n_slices = (fine.size - 1) // (edges_kev.size - 1)
    first = np.arange(0, fine.size - 1, n_slices)
    steps = efficiency.steps_kev
    inside = steps[(steps > edges_kev[0]) & (steps < edges_kev[-1])]
    if inside.size == 0:
        return fine, first
    return np.sort(np.append(fine, inside)), first + np.searchsorted(inside, edges_kev[:-1])


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


def sliced(edges_kev: FloatArray, scale_kev: float) -> FloatArray:
    """Edges of equal slices of every bin: 8 to 64 in each, the widest bin's 1/4 scale or less."""
    widths = np.diff(edges_kev)
    wanted = math.ceil(_SLICES_PER_SCALE * float(widths.max()) / scale_kev)
    n_slices = min(max(wanted, _FEWEST_SLICES), _MOST_SLICES)
    steps = np.arange(n_slices) / n_slices
    inner = edges_kev[:-1, None] + widths[:, None] * steps
    return np.append(inner.ravel(), edges_kev[-1])
