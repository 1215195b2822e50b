"""Response of detectors that count carriers: photo-electrons, electrons in a liquid or a CCD."""

from __future__ import annotations

import math

import numpy as np

from detectors.efficiency import Efficiency, EfficiencyCurve
from detectors.resolution import PhononResolution
from detectors.response import check_edges, highest_true_energy_kev, response_matrix
from detectors.tables import FloatArray


def counted_response_matrix(
    ionization_kev: FloatArray,
    edges_kev: FloatArray,
    energy_of_count_kev: FloatArray,
    probability: FloatArray,
    widths: PhononResolution,
    efficiency: EfficiencyCurve,
    threshold_kev: float,
    min_ionization_kev: float,
) -> FloatArray:
    """Probability that a true energy is reconstructed in each bin, shape (n_bins, n_true).

    R[b, t] = sum_n P(n | E_t) P(b | n).  probability is P(n | E_t), (n_counts, n_true);
    energy_of_count_kev (n_counts,) is where each count is reconstructed, widths the Gaussian
    around it.  A count without width is in the bin lo <= E < hi.  Threshold, efficiency and
    min_ionization_kev as in ``response_matrix``.

    Raises
    ------
    ValueError
        if the edges do not increase strictly.
    """
    check_edges(edges_kev)
    on_true = efficiency.acts_on == "true"
    given_count = _given_count(
        energy_of_count_kev,
        edges_kev,
        widths,
        Efficiency() if on_true else efficiency,
        threshold_kev,
    )
    matrix = given_count @ probability
    if on_true:
        matrix *= efficiency.at(ionization_kev)
    return np.asarray(matrix * (ionization_kev >= min_ionization_kev))


def counts_that_reach(
    edges_kev: FloatArray,
    ionization_kev: FloatArray,
    counts_per_kev: float,
    widths: PhononResolution,
    excess: float,
) -> FloatArray:
    """0, 1, ... up to the last count that is reconstructed below the last edge, or that occurs.

    excess is the variance of the counts over their mean.
    """
    check_edges(edges_kev)
    highest = highest_true_energy_kev(np.maximum(edges_kev, 0.0), widths)
    mean = counts_per_kev * float(np.max(ionization_kev, initial=0.0))
    occurring = mean + 10 * math.sqrt(max(excess, 1.0) * mean) + 30 * max(excess, 1.0)
    return np.arange(math.floor(min(counts_per_kev * highest, occurring)) + 1, dtype=np.float64)


def _given_count(
    energy_kev: FloatArray,
    edges_kev: FloatArray,
    widths: PhononResolution,
    efficiency: EfficiencyCurve,
    threshold_kev: float,
) -> FloatArray:
    """P(bin | count), shape (n_bins, n_counts); energy_kev is that of each count."""
    sharp = widths.sigma_kev(energy_kev) == 0
    matrix = np.zeros((edges_kev.size - 1, energy_kev.size))
    matrix[:, ~sharp] = response_matrix(
        energy_kev[~sharp], edges_kev, widths, efficiency, threshold_kev, 0.0
    )
    edges = np.maximum(edges_kev, threshold_kev)[:, None]
    inside = (edges[:-1] <= energy_kev[sharp]) & (energy_kev[sharp] < edges[1:])
    matrix[:, sharp] = inside * efficiency.at(energy_kev[sharp])
    return matrix
