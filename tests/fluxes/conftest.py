"""Reactor spectra written down a second time: the numbers of the papers, plain Python, no house.

The tests of this folder compare the house with these and with adaptive quadrature over them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

import pytest
from scipy.integrate import quad

Density = Callable[[float], float]

# Huber 2011 (U-235, Pu-239, Pu-241) and Mueller 2011 (U-238), as printed.
POLYNOMIALS = {
    "u235": (4.367, -4.577, 2.100, -0.5294, 0.06186, -0.002777),
    "u238": (0.4833, 0.1927, -0.1283, -0.006762, 0.002233, -0.0001536),
    "pu239": (4.757, -5.392, 2.563, -0.6596, 0.07820, -0.003536),
    "pu241": (2.990, -2.882, 1.278, -0.3343, 0.03905, -0.001754),
}
# Vogel & Engel 1989, Table II, and S(0) = 0.
LOW_ENERGIES = (0, 7.813e-3, 1.563e-2, 3.12e-2, 6.25e-2, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
LOW_ENERGY_VALUES = {
    "u235": (0, 0.024, 0.092, 0.35, 0.61, 1.98, 2.16, 2.66, 2.66, 2.41, 1.69, 1.26),
    "u238": (0, 0.089, 0.35, 1.32, 0.65, 2.02, 2.18, 2.91, 2.96, 2.75, 1.97, 1.50),
    "pu239": (0, 0.14, 0.56, 2.13, 0.64, 1.99, 2.08, 2.63, 2.58, 2.32, 1.48, 1.08),
    "pu241": (0, 0.20, 0.79, 3.00, 0.59, 1.85, 2.14, 2.82, 2.90, 2.63, 1.75, 1.32),
}
BIN_MEV = 0.025


class ReferenceSpectra:
    """Densities of one energy and their moments, with break points where a density has kinks."""

    @cache  # noqa: B019 (one object a session)
    def bins(self, nuclide: str) -> list[float]:
        """Averages of the 25 keV bins in a BESTIOLE file."""
        text = resources.files("fluxes.data").joinpath(f"bestiole_2023_{nuclide}.csv").read_text()
        rows = [line for line in text.splitlines() if not line.startswith("#")][1:]
        return [float(row.split(",")[1]) for row in rows]

    def bestiole(self, nuclide: str, energy: float) -> float:
        """Constant in each bin, zero after the last."""
        values, i = self.bins(nuclide), math.floor(energy / BIN_MEV)
        return values[i] if i < len(values) else 0.0

    def polynomial(self, isotope: str, energy: float) -> float:
        """exp(a1 + a2 E + ... + a6 E^5)."""
        return math.exp(sum(a * energy**k for k, a in enumerate(POLYNOMIALS[isotope])))

    def huber_mueller(self, isotope: str, energy: float) -> float:
        """Vogel-Engel's lines below 2 MeV, the polynomial between 2 and 10 MeV."""
        if energy >= 2.0:
            return self.polynomial(isotope, energy) if energy < 10.0 else 0.0
        i = bisect_right(LOW_ENERGIES, energy) - 1
        e0, e1 = LOW_ENERGIES[i : i + 2]
        s0, s1 = LOW_ENERGY_VALUES[isotope][i : i + 2]
        return s0 + (s1 - s0) * (energy - e0) / (e1 - e0)

    def neutron_capture(self, energy: float) -> float:
        """One U-239 and one Np-239 decay."""
        return self.bestiole("u239", energy) + self.bestiole("np239", energy)

    def breaks(self, model: str) -> list[float]:
        """Where a model's density or its slope jumps, and enough points between."""
        if model == "bestiole-2023":
            return [BIN_MEV * i for i in range(501)]
        if model == "neutron-capture":
            return [BIN_MEV * i for i in range(52)]
        return [*LOW_ENERGIES, *(2.0 + 0.25 * i for i in range(1, 33))]

    def moment(
        self, density: Density, breaks: Sequence[float], order: int, low: float, high: float = 99.0
    ) -> float:
        """Integral of density(x) x^-order dx from low to high, adaptively between the breaks."""
        nodes = [low, *(b for b in sorted(set(breaks)) if low < b < high)]
        nodes += [high] if high < max(breaks) else []
        return math.fsum(
            quad(lambda x: density(x) * x**-order, a, b, epsabs=0, epsrel=1e-12, limit=200)[0]
            for a, b in pairwise(nodes)
        )


@pytest.fixture(scope="session")
def reference() -> ReferenceSpectra:
    return ReferenceSpectra()
