"""Neutron capture: the U-239 and Np-239 decays against the numbers of the physics page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fluxes.spectra.bestiole_2023 import bestiole_2023
from fluxes.spectra.neutron_capture import neutron_capture_spectrum


def test_two_antineutrinos_per_capture() -> None:
    assert neutron_capture_spectrum().integral() == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize(
    ("energy", "u239", "np239"),
    [(0.0125, 0.001313, 0.02086), (0.4375, 0.6240, 1.181), (0.7125, 1.137, 0.03255)],
)
def test_printed_bins(energy: float, u239: float, np239: float) -> None:
    """Bins of section 2.4: the first, the one in which a branch of Np-239 ends, its last."""
    found = neutron_capture_spectrum().density(energy)[0]
    assert found == pytest.approx(u239 + np239, rel=6e-4)


@pytest.mark.parametrize(("nuclide", "mean"), [("u239", 0.800), ("np239", 0.278)])
def test_mean_energies(nuclide: str, mean: float, reference: Any) -> None:
    """Section 2.4, to its digits; the plain sum over the bins gives the same."""
    spectrum = bestiole_2023(nuclide)
    middle = (spectrum.edges_mev[1:] + spectrum.edges_mev[:-1]) / 2
    found = np.sum(middle * spectrum.density(middle) * np.diff(spectrum.edges_mev))
    assert found / spectrum.integral() == pytest.approx(mean, rel=0, abs=6e-4)


def test_density(reference: Any) -> None:
    energy = np.random.default_rng(8).uniform(0, 1.4, 200)
    expected = [reference.neutron_capture(e) for e in energy]
    np.testing.assert_allclose(neutron_capture_spectrum().density(energy), expected, rtol=1e-14)


def test_nothing_above_the_endpoint_of_u239() -> None:
    """Q = 1.2615 MeV lies in the last bin, which ends at 1.275 MeV."""
    spectrum = neutron_capture_spectrum()
    assert spectrum.edges_mev[-1] == pytest.approx(1.275, rel=1e-12)
    density = spectrum.density(np.array([1.2616, 1.3, 5.0]))
    assert density[0] > 0
    assert np.array_equal(density[1:], [0.0, 0.0])
