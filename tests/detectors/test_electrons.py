"""Electrons, then gain: against simulated events, scipy's distributions and moments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from detectors.efficiency import Efficiency, TabulatedEfficiency
from detectors.electrons import Electrons, electron_response_matrix, rounded_gaussian
from detectors.photo_electrons import PhotoElectrons, photo_electron_response_matrix

W = 0.0137
LIQUID = Electrons(W, fano_factor=2.5, extraction=0.4, single_width=0.25, noise=0.1)
CCD = Electrons(3.749e-3, fano_factor=0.119, noise=0.15)
LOSSY = Electrons(W, fano_factor=0.3, extraction=0.7, single_width=0.2)
MODELS = [LIQUID, CCD, LOSSY, Electrons(W, 1.0, 0.33, 0.3)]


def simulated(model: Electrons, energy: float, n: int, random: np.random.Generator) -> np.ndarray:
    """Reconstructed energies: electrons made, those extracted, and the light of each one."""
    mean, excess = energy / model.pair_energy_kev, model.fano_factor - 1
    if excess > 0:
        made = random.poisson(random.gamma(mean / excess, excess, n))
    elif excess == 0:
        made = random.poisson(mean, n)
    else:
        deviate = random.normal(mean, np.sqrt(model.fano_factor * mean), n)
        made = np.maximum(np.rint(deviate), 0).astype(int)
    extracted = random.binomial(made, model.extraction)
    charge = random.normal(extracted, np.sqrt(extracted) * model.single_width)
    return random.normal(charge, model.noise) * model.pair_energy_kev / model.extraction


@pytest.mark.parametrize("model", MODELS)
def test_against_simulated_events(model: Electrons) -> None:
    """200000 events at each energy: to 5 standard deviations of their counts."""
    random = np.random.default_rng(20261125)
    step = model.electron_kev
    edges = step * np.array([0.3, 0.9, 1.5, 2.5, 3.7, 5.5, 9.0, 15.0])
    true = step * np.array([0.6, 1.2, 2.6, 4.0, 8.3, 14.0])
    found = electron_response_matrix(true, edges, model, Efficiency(), 0.0, 0.0)
    for column, energy in zip(found.T, true, strict=True):
        events, _ = np.histogram(simulated(model, energy, 200_000, random), edges)
        assert np.all(np.abs(events - 2e5 * column) < 5 * np.sqrt(2e5 * column + 1))


def test_light_of_an_electron_by_its_photo_electrons() -> None:
    """20 photo-electrons an electron, each of them simulated: the Gaussian is right to 1 %."""
    model = Electrons(W, 1.0, 0.5, single_width=np.sqrt(1 / 20))
    random = np.random.default_rng(7)
    true, edges = np.array([5 * model.electron_kev]), model.electron_kev * np.arange(2.5, 9.5)
    light = random.poisson(20 * random.poisson(5.0, 400_000)) / 20
    events, _ = np.histogram(light * model.electron_kev, edges - 1e-9)
    found = electron_response_matrix(true, edges, model, Efficiency(), 0.0, 0.0)[:, 0]
    np.testing.assert_allclose(events / 400_000, found, rtol=0, atol=0.01 * found.max())


def test_distributions_against_scipy() -> None:
    counts, means = np.arange(60.0), np.array([0.3, 2.0, 11.0])
    energy = means * LIQUID.electron_kev
    excess = 0.4 * 2.5 + 0.6
    expected = nbinom.pmf(counts[:, None], means / (excess - 1), 1 / excess)
    np.testing.assert_allclose(LIQUID.probability(counts, energy), expected, rtol=1e-9, atol=1e-300)
    thinned = Electrons(W, 1.0, 0.33).probability(counts, means * W / 0.33)
    np.testing.assert_allclose(thinned, poisson.pmf(counts[:, None], means), rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_lost_and_the_moments_hold(model: Electrons) -> None:
    """Mean E and sigma_kev from ten electrons on, where rounding no longer matters."""
    true = model.electron_kev * np.array([0.0, 0.4, 10.3, 40.0])
    edges = np.linspace(-5, 120, 12501) * model.electron_kev
    found = electron_response_matrix(true, edges, model, Efficiency(), -99.0, 0.0)
    np.testing.assert_allclose(found.sum(axis=0), 1.0, rtol=0, atol=1e-7)
    middle = (edges[1:] + edges[:-1]) / 2
    mean = middle @ found
    np.testing.assert_allclose(mean[2:], true[2:], rtol=2e-3)
    spread = np.sqrt(np.sum((middle[:, None] - mean) ** 2 * found, axis=0))
    rounding = 1 / 12 * (model.fano_factor < 1) * model.extraction**2 * model.electron_kev**2
    expected = np.sqrt(model.sigma_kev(true) ** 2 + rounding)
    np.testing.assert_allclose(spread[2:], expected[2:], rtol=5e-3)


def test_poisson_electrons_are_photo_electrons() -> None:
    """F = 1 without loss is the Poisson counting of scintillators."""
    edges, true = np.array([0.02, 0.05, 0.1, 0.3]), np.array([0.01, 0.06, 0.2])
    efficiency = TabulatedEfficiency(np.array([0.0, 0.4]), np.array([0.1, 0.9]), "reconstructed")
    counted = photo_electron_response_matrix(
        true, edges, PhotoElectrons(1 / W, 0.3, 0.2), efficiency, 0.03, 0.015
    )
    found = electron_response_matrix(
        true, edges, Electrons(W, 1.0, 1.0, 0.3, 0.2), efficiency, 0.03, 0.015
    )
    np.testing.assert_allclose(found, counted, rtol=1e-10, atol=1e-300)
    assert np.all(found[:, 0] == 0)


def test_peaks_of_a_ccd_are_apart() -> None:
    """Noise of 0.15 electrons: between two electrons there is next to nothing."""
    edges = CCD.electron_kev * np.array([2.5, 2.8, 3.2, 3.5])
    energies = CCD.electron_kev * np.array([3.0])
    between, peak, _ = electron_response_matrix(energies, edges, CCD, Efficiency(), 0.0, 0.0)[:, 0]
    assert peak > 5 * between


def test_the_rounded_gaussian() -> None:
    """Zero energy makes no electron; a sharp mean is its nearest whole number."""
    found = rounded_gaussian(np.arange(4.0), np.array([0.0, 2.2]), 1e-6)
    np.testing.assert_allclose(found, [[1, 0], [0, 0], [0, 1], [0, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.0, 1.0), "pair_energy_kev must be > 0"),
        ((W, 1.0, 1.2), r"extraction must lie in \(0, 1\]"),
        ((W, 1.0, 1.0, -0.1), "must be >= 0"),
    ],
)
def test_refused(values: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Electrons(*values)
