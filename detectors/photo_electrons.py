"""Photo-electron counting: the response of a scintillator that sees few photo-electrons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, xlogy

from detectors.counted_response import counted_response_matrix, counts_that_reach
from detectors.efficiency import EfficiencyCurve
from detectors.resolution import PhononResolution
from detectors.tables import FloatArray, as_float_array


@dataclass(frozen=True, slots=True)
class PhotoElectrons:
    """Light detection: n photo-electrons with Poisson probability of mean yield_per_kev * E.

    n photo-electrons give a charge that is Gaussian around n with variance
    n single_width^2 + noise^2, in units of one photo-electron; the reconstructed energy is the
    charge over yield_per_kev.  single_width is the relative width of the charge of one
    photo-electron, noise that of the electronics.
    """

    yield_per_kev: float
    single_width: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not self.yield_per_kev > 0:
            raise ValueError(f"yield_per_kev must be > 0, found {self.yield_per_kev:g}")
        if not min(self.single_width, self.noise) >= 0:
            raise ValueError(f"single_width and noise must be >= 0, found {self}")

    def sigma_kev(self, ionization_kev: FloatArray | float) -> FloatArray:
        """Standard deviation of the reconstructed energy: sets grids; the shape is Poisson's."""
        energy = as_float_array(ionization_kev)
        variance = energy * (1 + self.single_width**2) / self.yield_per_kev
        return np.sqrt(variance + (self.noise / self.yield_per_kev) ** 2)

    def charge_resolution(self) -> PhononResolution:
        """Width of the reconstructed energy at a fixed number of photo-electrons."""
        return PhononResolution(
            baseline_sigma_kev=self.noise / self.yield_per_kev,
            sqrt_term_kev=self.single_width**2 / self.yield_per_kev,
        )


def photo_electron_response_matrix(
    ionization_kev: FloatArray,
    edges_kev: FloatArray,
    photo_electrons: PhotoElectrons,
    efficiency: EfficiencyCurve,
    threshold_kev: float,
    min_ionization_kev: float,
) -> FloatArray:
    """Probability that a true energy is reconstructed in each bin, shape (n_bins, n_true).

    R[b, t] = sum_n Poisson(n; Y E_t) P(b | n); P(b | n) is the Gaussian response at the energy
    n / Y.  A charge without width counts in the bin lo <= n / Y < hi.  Threshold, efficiency and
    min_ionization_kev as in ``response_matrix``.

    Raises
    ------
    ValueError
        if the edges do not increase strictly.
    """
    counts = counts_that_reach(
        edges_kev,
        ionization_kev,
        photo_electrons.yield_per_kev,
        photo_electrons.charge_resolution(),
        excess=1.0,
    )
    return counted_response_matrix(
        ionization_kev,
        edges_kev,
        counts / photo_electrons.yield_per_kev,
        poisson_probability(counts, photo_electrons.yield_per_kev * ionization_kev),
        photo_electrons.charge_resolution(),
        efficiency,
        threshold_kev,
        min_ionization_kev,
    )


def poisson_probability(counts: FloatArray, means: FloatArray) -> FloatArray:
    """exp(-m) m^n / n!, shape (n_counts, n_means); means of 0 allowed."""
    n = counts[:, None]
    return np.asarray(np.exp(xlogy(n, means) - means - gammaln(n + 1)))
