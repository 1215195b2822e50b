"""Toys: reproducible one by one, Poisson in every bin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from sim import random_kernels
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.pseudo import ToySource, toy_array, toy_counts, toy_normals, toys
from sim.spectra.spectra import Spectra

EXPECTED = np.array([[0.0, 0.3, 4.0, 250.0], [1e5, 1.0, 12.5, 7.0]])
FIRST_TOY = [[0.0, 0.0, 3.0, 228.0], [99737.0, 1.0, 13.0, 6.0]]


def test_a_toy_depends_on_seed_and_index_only(small: Model) -> None:
    many = toy_array(small, 7, seed=3)
    np.testing.assert_array_equal(toy_array(small, 4, seed=3), many[:4])
    np.testing.assert_array_equal(toy_array(small, 7, seed=3), many)
    expected = small.asimov().flat
    for index in (6, 0, 3):
        np.testing.assert_array_equal(toy_counts(expected, 3, index), many[index])


def test_toys_differ(small: Model) -> None:
    many = toy_array(small, 50, seed=3)
    other = toy_array(small, 50, seed=4)
    assert len({toy.tobytes() for toy in [*many, *other]}) == 100
    assert not np.array_equal(
        toy_counts(EXPECTED, 3, 0, point=1), toy_counts(EXPECTED, 3, 0, point=0)
    )
    assert not np.array_equal(
        toy_counts(EXPECTED, 3, 0, point=1), toy_counts(EXPECTED, 3, 1, point=0)
    )


def test_the_recipe_of_a_toy() -> None:
    """Key from (seed, point), counter from (toy, draw): the first numbers, which files rely on."""
    assert toy_counts(EXPECTED, 1, 0).tolist() == FIRST_TOY
    key = np.random.SeedSequence(99, spawn_key=(2,)).generate_state(2, np.uint32)
    numbers = np.empty((3, 4))
    random_kernels.uniforms(key, 5, 1, numbers)
    np.testing.assert_array_equal(toy_normals(3, 4, 99, 5, 2), ndtri(numbers).T)


def test_a_toy_does_not_depend_on_its_batch() -> None:
    """In stretches of any length, and with any number of other bins behind it."""
    source = ToySource.of(EXPECTED)
    whole, normals = source.counts(40, 7, 100, 3), toy_normals(3, 40, 7, 100, 3)
    assert whole.shape == (40, 2, 4)
    for first, n in ((100, 1), (117, 9), (139, 1)):
        rows = slice(first - 100, first - 100 + n)
        np.testing.assert_array_equal(source.counts(n, 7, first, 3), whole[rows])
        np.testing.assert_array_equal(toy_normals(3, n, 7, first, 3), normals[rows])
    np.testing.assert_array_equal(toy_normals(5, 40, 7, 100, 3)[:, :3], normals)
    longer = ToySource.of(np.append(EXPECTED.ravel(), [3.0, 9.0]))
    np.testing.assert_array_equal(longer.counts(40, 7, 100, 3)[:, :8], whole.reshape(40, 8))
    far = 2**40
    np.testing.assert_array_equal(source.counts(3, 7, far)[2], toy_counts(EXPECTED, 7, far + 2))


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_an_expectation_that_cannot_be(wrong: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1e\\+15 to be drawn: found"):
        toy_counts(np.array([3.0, wrong]), 1, 0)


def test_toys_are_spectra(small: Model) -> None:
    truth = NeutrinoParameters(mu_nu=2e-11)
    listed = list(toys(small, 3, 5, truth))
    assert [toy.kind for toy in listed] == ["toy"] * 3
    assert all(toy.truth == truth for toy in listed)
    stacked = np.array([toy.flat for toy in listed])
    np.testing.assert_array_equal(stacked, toy_array(small, 3, 5, truth))
    assert stacked.dtype == np.float64
    np.testing.assert_array_equal(stacked, np.round(stacked))
    np.testing.assert_array_equal(listed[0].edges_kev, small.edges_kev)


def test_no_toys(small: Model) -> None:
    assert toy_array(small, 0, 1).shape == (0, 8)
    assert list(toys(small, 0, 1)) == []


def test_poisson_mean_and_variance() -> None:
    """4000 toys: mean and variance are the expectation within 5 standard errors."""
    n = 4000
    counts = ToySource.of(EXPECTED).counts(n, 8)
    error = np.sqrt(EXPECTED / n)
    assert np.all(np.abs(counts.mean(axis=0) - EXPECTED) <= 5 * error)
    variance_error = np.sqrt((EXPECTED + 2 * EXPECTED**2) / n)
    assert np.all(np.abs(counts.var(axis=0) - EXPECTED) <= 5 * variance_error)
    zeros = np.mean(counts[:, 0, 1] == 0)
    assert zeros == pytest.approx(np.exp(-0.3), abs=5 * np.sqrt(0.2 / n))


def test_bins_and_neighbouring_toys_are_independent() -> None:
    counts = ToySource.of(np.full((2, 3), 50.0)).counts(2000, 8)
    flat = counts.reshape(2000, 6)
    correlation = np.corrcoef(flat.T) - np.eye(6)
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)
    serial = np.corrcoef(flat[:-1].ravel(), flat[1:].ravel())[0, 1]
    assert abs(serial) < 5 / np.sqrt(12000)


def test_toys_follow_their_truth(small: Model) -> None:
    """The mean of the toys at a truth is its Asimov spectrum."""
    truth = NeutrinoParameters(mu_nu=2e-10)
    mean = toy_array(small, 1500, 21, truth).mean(axis=0)
    expected = small.asimov(truth).flat
    assert np.all(np.abs(mean - expected) < 5 * np.sqrt(expected / 1500))
    standard = small.asimov().flat
    assert np.all((np.abs(mean - standard) > 5 * np.sqrt(standard / 1500))[:4])


def test_errors_make_gaussian_toys() -> None:
    """Mean and scatter are those of the bins; negative counts occur."""
    errors = np.array([[3.0, 0.1, 2.0, 20.0], [50.0, 1e-9, 1.0, 9.0]])
    source = ToySource.of_spectra(
        Spectra.on_and_off(np.arange(5.0), EXPECTED, "asimov", errors=errors)
    )
    counts = source.counts(4000, 8).reshape(4000, 2, 4)
    np.testing.assert_allclose(counts.mean(axis=0), EXPECTED, rtol=0, atol=5 * 50 / 4000**0.5)
    np.testing.assert_allclose(counts.std(axis=0), errors, rtol=0.06, atol=1e-12)
    assert np.any(counts[:, 0, 0] < 0)
    np.testing.assert_array_equal(source.counts(10, 8, first=5).reshape(10, 2, 4), counts[5:15])
    below = ToySource.of_spectra(
        Spectra.on_and_off(np.arange(5.0), -EXPECTED, "asimov", errors=errors)
    )
    np.testing.assert_allclose(
        below.counts(5, 8).reshape(5, 2, 4) + EXPECTED, counts[:5] - EXPECTED, atol=1e-9
    )
    poisson = ToySource.of_spectra(Spectra.on_and_off(np.arange(5.0), EXPECTED, "asimov"))
    expected = ToySource.of(EXPECTED).counts(3, 8).reshape(3, 8)
    np.testing.assert_array_equal(poisson.counts(3, 8), expected)
