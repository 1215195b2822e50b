"""Photo-electron counting against scipy's distributions, simulated events and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from detectors.efficiency import Efficiency, TabulatedEfficiency
from detectors.photo_electrons import (
    PhotoElectrons,
    photo_electron_response_matrix,
    poisson_probability,
)
from detectors.response import highest_true_energy_kev, response_matrix

# 7 photo-electrons per keV as in the NaI(Tl) of a dark-matter search.
SCINTILLATOR = PhotoElectrons(yield_per_kev=7.0, single_width=0.4, noise=0.1)
COUNTER = PhotoElectrons(yield_per_kev=7.0)
EDGES = np.array([0.1, 0.3, 0.5, 0.8, 1.5, 3.0])
TRUE = np.array([0.0, 0.02, 0.15, 0.3, 0.47, 0.9, 2.4, 6.0])
FLAT = Efficiency(0.9)


def by_enumeration(edges: np.ndarray, energy: float, model: PhotoElectrons) -> np.ndarray:
    """Sum over 0 to 200 photo-electrons of Poisson times Gaussian, in photo-electrons."""
    counts = np.arange(201)
    weights = poisson.pmf(counts, model.yield_per_kev * energy)
    width = np.sqrt(counts * model.single_width**2 + model.noise**2)
    cumulative = norm.cdf(edges[:, None] * model.yield_per_kev, counts, width)
    return np.asarray(np.diff(cumulative, axis=0) @ weights)


def test_against_enumeration() -> None:
    found = photo_electron_response_matrix(TRUE, EDGES, SCINTILLATOR, FLAT, 0.0, 0.0)
    expected = np.array([0.9 * by_enumeration(EDGES, e, SCINTILLATOR) for e in TRUE]).T
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)
    gauss = response_matrix(TRUE, EDGES, SCINTILLATOR, FLAT, 0.0, 0.0)
    assert np.max(np.abs(gauss - found)) > 0.02


def test_against_simulated_events() -> None:
    """200000 events at each energy: to 5 standard deviations of their counts."""
    random = np.random.default_rng(20240607)
    true = np.array([0.15, 0.47, 0.9])
    found = photo_electron_response_matrix(true, EDGES, SCINTILLATOR, Efficiency(), 0.0, 0.0)
    for column, energy in zip(found.T, true, strict=True):
        counts = random.poisson(7.0 * energy, 200_000)
        charge = random.normal(counts, np.sqrt(0.4**2 * counts + 0.1**2))
        events, _ = np.histogram(charge / 7.0, EDGES)
        assert np.all(np.abs(events - 2e5 * column) < 5 * np.sqrt(2e5 * column + 1))


def test_counting_without_widths() -> None:
    """Bins of whole photo-electrons hold Poisson's probabilities; lower edges belong to them."""
    edges = np.arange(0, 15) / 7.0
    found = photo_electron_response_matrix(TRUE, edges, COUNTER, Efficiency(), 0.0, 0.0)
    expected = poisson.pmf(np.arange(14)[:, None], 7.0 * TRUE)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-300)


def test_pedestal() -> None:
    """No photo-electrons reconstruct to zero energy: a sharp line, or the noise."""
    dark = np.array([0.0])
    edges = np.array([-1.0, 0.0, 0.1])
    sharp = photo_electron_response_matrix(dark, edges, COUNTER, Efficiency(), -1.0, 0.0)
    np.testing.assert_array_equal(sharp, [[0.0], [1.0]])
    noisy = photo_electron_response_matrix(dark, edges, SCINTILLATOR, Efficiency(), -1.0, 0.0)
    half = norm.cdf(0.7 / 0.1) - 0.5
    np.testing.assert_allclose(noisy, [[0.5], [half]], rtol=1e-9)


@pytest.mark.parametrize("model", [SCINTILLATOR, COUNTER])
def test_gaussian_limit(model: PhotoElectrons) -> None:
    """At 3500 photo-electrons the Gaussian of sigma_kev is right to 2 % of the peak."""
    true = np.array([500.0])
    sigma = model.sigma_kev(true)[0]
    edges = 500.0 + sigma * np.arange(-4, 4.5, 0.5)
    edges = np.round(edges * 7.0 - 0.5) / 7.0 + 0.5 / 7.0
    found = photo_electron_response_matrix(true, edges, model, Efficiency(), 0.0, 0.0)
    expected = response_matrix(true, edges, model, Efficiency(), 0.0, 0.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.02 * expected.max())


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    energy=st.floats(0.0, 5.0),
    light=st.floats(0.5, 30.0),
    width=st.floats(0.0, 0.6),
    noise=st.floats(0.0, 0.5),
)
def test_nothing_is_lost(energy: float, light: float, width: float, noise: float) -> None:
    """All bins together hold everything; mean and variance are those of the model."""
    model = PhotoElectrons(light, width, noise)
    reach = highest_true_energy_kev(np.array([0.0, energy]), model) + 30 / light
    edges = np.linspace(-8 * (noise + width) / light - 1e-3, 2 * reach, 4001)
    true = np.array([energy])
    found = photo_electron_response_matrix(true, edges, model, Efficiency(), -99.0, 0.0)[:, 0]
    assert found.sum() == pytest.approx(1.0, rel=0, abs=1e-7)
    middle = (edges[1:] + edges[:-1]) / 2
    step = edges[1] - edges[0]
    mean = found @ middle
    assert mean == pytest.approx(energy, rel=0, abs=step + 1e-6)
    spread = np.sqrt(found @ (middle - mean) ** 2)
    assert spread == pytest.approx(model.sigma_kev(energy)[0], rel=0.01, abs=step)


def test_poisson_probability() -> None:
    counts, means = np.arange(400.0), np.array([0.0, 1e-9, 0.3, 7.0, 150.0])
    found = poisson_probability(counts, means)
    np.testing.assert_allclose(found, poisson.pmf(counts[:, None], means), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(found.sum(axis=0), 1.0, rtol=1e-12)


def test_threshold_and_lowest_energy() -> None:
    """As in the Gaussian response."""
    found = photo_electron_response_matrix(TRUE, EDGES, SCINTILLATOR, FLAT, 0.4, 0.15)
    uncut = photo_electron_response_matrix(TRUE, EDGES, SCINTILLATOR, FLAT, 0.0, 0.0)
    part = photo_electron_response_matrix(TRUE, np.array([0.4, 0.5]), SCINTILLATOR, FLAT, 0.0, 0.0)
    assert np.all(found[0] == 0)
    assert np.all(found[:, TRUE < 0.15] == 0)
    np.testing.assert_allclose(found[1, 2:], part[0, 2:], rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(found[2:, 2:], uncut[2:, 2:], rtol=1e-12)


def test_efficiency_on_true_energy() -> None:
    efficiency = Efficiency(0.8, half_kev=0.4, width_kev=0.1, acts_on="true")
    found = photo_electron_response_matrix(TRUE, EDGES, SCINTILLATOR, efficiency, 0.0, 0.0)
    expected = [by_enumeration(EDGES, e, SCINTILLATOR) * efficiency.at(e)[0] for e in TRUE]
    np.testing.assert_allclose(found, np.array(expected).T, rtol=1e-9, atol=1e-15)


def test_efficiency_on_reconstructed_energy() -> None:
    """Sharp counts take the value at n / Y; broad ones the sum over narrow bins."""
    table = TabulatedEfficiency(np.array([0.1, 0.5, 3.0]), np.array([0.0, 0.8, 0.9]))
    edges = np.array([0.1, 1.05])
    sharp = photo_electron_response_matrix(TRUE, edges, COUNTER, table, 0.0, 0.0)
    counts = np.arange(1, 8)
    expected = table.at(counts / 7.0) @ poisson.pmf(counts[:, None], 7.0 * TRUE)
    np.testing.assert_allclose(sharp[0], expected, rtol=1e-9)
    bins = np.linspace(0.1, 1.05, 11)
    broad = photo_electron_response_matrix(TRUE, bins, SCINTILLATOR, table, 0.0, 0.0)
    fine = np.linspace(0.1, 1.05, 801)
    weights = table.at((fine[1:] + fine[:-1]) / 2)
    slices = photo_electron_response_matrix(TRUE, fine, SCINTILLATOR, Efficiency(), 0.0, 0.0)
    expected = (weights[:, None] * slices).reshape(10, 80, -1).sum(axis=1)
    np.testing.assert_allclose(broad, expected, rtol=0, atol=3e-4)


def test_few_photo_electrons_are_not_gaussian() -> None:
    """Why counting matters: 0.02 keV with 7 p.e./keV and a threshold of 2.5 p.e. (0.357 keV)."""
    edges = np.array([2.5 / 7.0, 10.0])
    true = np.array([0.02])
    found = photo_electron_response_matrix(true, edges, COUNTER, Efficiency(), 0.0, 0.0)[0, 0]
    assert found == pytest.approx(poisson.sf(2, 0.14), rel=1e-9)
    gauss = response_matrix(true, edges, COUNTER, Efficiency(), 0.0, 0.0)[0, 0]
    assert gauss < 1e-6 * found


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0.0, 0.4, 0.1), r"yield_per_kev must be > 0, found 0"),
        ((7.0, -0.4, 0.1), r"single_width and noise must be >= 0, found PhotoElectrons"),
        ((7.0, 0.4, -0.1), r"single_width and noise must be >= 0, found PhotoElectrons"),
    ],
)
def test_refused_numbers(numbers: tuple[float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PhotoElectrons(*numbers)


def test_refused_edges() -> None:
    with pytest.raises(ValueError, match=r"edges_kev must increase strictly"):
        photo_electron_response_matrix(TRUE, EDGES[::-1].copy(), COUNTER, FLAT, 0.0, 0.0)
