"""Toys: reproducible one by one, Poisson in every bin."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model import Model
from sim.parameters import NeutrinoParameters
from sim.pseudo import toy_array, toy_counts, toy_data, toy_generator, toys
from sim.spectra import Spectra

EXPECTED = np.array([[0.0, 0.3, 4.0, 250.0], [1e5, 1.0, 12.5, 7.0]])
SPECTRA = Spectra(np.arange(5.0), EXPECTED, "asimov")
FIRST_TOY = [[0.0, 0.0, 1.0, 215.0], [100097.0, 0.0, 13.0, 10.0]]


def test_a_toy_depends_on_seed_and_index_only(small: Model) -> None:
    many = toy_array(small, 7, seed=3)
    np.testing.assert_array_equal(toy_array(small, 4, seed=3), many[:4])
    np.testing.assert_array_equal(toy_array(small, 7, seed=3), many)
    expected = small.asimov()
    for index in (6, 0, 3):
        np.testing.assert_array_equal(toy_counts(expected, 3, index), many[index])


def test_toys_differ(small: Model) -> None:
    many = toy_array(small, 50, seed=3)
    other = toy_array(small, 50, seed=4)
    assert len({toy.tobytes() for toy in [*many, *other]}) == 100
    assert not np.array_equal(
        toy_counts(SPECTRA, 3, 0, point=1), toy_counts(SPECTRA, 3, 0, point=0)
    )
    assert not np.array_equal(
        toy_counts(SPECTRA, 3, 0, point=1), toy_counts(SPECTRA, 3, 1, point=0)
    )


def test_the_stream_is_philox_keyed_by_seed_point_index() -> None:
    """The recipe that shards rely on, and its first numbers."""
    sequence = np.random.SeedSequence(99, spawn_key=(2, 5))
    expected = np.random.Generator(np.random.Philox(sequence)).random(4)
    np.testing.assert_array_equal(toy_generator(99, 5, 2).random(4), expected)
    assert toy_counts(SPECTRA, 1, 0).tolist() == FIRST_TOY


def test_toys_are_spectra(small: Model) -> None:
    truth = NeutrinoParameters(mu_nu=2e-11)
    listed = list(toys(small, 3, 5, truth))
    assert [toy.kind for toy in listed] == ["toy"] * 3
    assert all(toy.truth == truth for toy in listed)
    stacked = np.array([toy.counts for toy in listed])
    np.testing.assert_array_equal(stacked, toy_array(small, 3, 5, truth))
    assert stacked.dtype == np.float64
    np.testing.assert_array_equal(stacked, np.round(stacked))
    np.testing.assert_array_equal(listed[0].edges_kev, small.edges_kev)


def test_no_toys(small: Model) -> None:
    assert toy_array(small, 0, 1).shape == (0, 2, 4)
    assert list(toys(small, 0, 1)) == []


def test_poisson_mean_and_variance() -> None:
    """4000 toys: mean and variance are the expectation within 5 standard errors."""
    n = 4000
    counts = np.array([toy_counts(SPECTRA, 8, index) for index in range(n)])
    error = np.sqrt(EXPECTED / n)
    assert np.all(np.abs(counts.mean(axis=0) - EXPECTED) <= 5 * error)
    variance_error = np.sqrt((EXPECTED + 2 * EXPECTED**2) / n)
    assert np.all(np.abs(counts.var(axis=0) - EXPECTED) <= 5 * variance_error)
    zeros = np.mean(counts[:, 0, 1] == 0)
    assert zeros == pytest.approx(np.exp(-0.3), abs=5 * np.sqrt(0.2 / n))


def test_bins_and_neighbouring_toys_are_independent() -> None:
    expected = Spectra(np.arange(4.0), np.full((2, 3), 50.0), "asimov")
    counts = np.array([toy_counts(expected, 8, index) for index in range(2000)])
    flat = counts.reshape(2000, 6)
    correlation = np.corrcoef(flat.T) - np.eye(6)
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)
    serial = np.corrcoef(flat[:-1].ravel(), flat[1:].ravel())[0, 1]
    assert abs(serial) < 5 / np.sqrt(12000)


def test_toys_follow_their_truth(small: Model) -> None:
    """The mean of the toys at a truth is its Asimov spectrum."""
    truth = NeutrinoParameters(mu_nu=2e-10)
    mean = toy_array(small, 1500, 21, truth).mean(axis=0)
    expected = small.asimov(truth).counts
    assert np.all(np.abs(mean - expected) < 5 * np.sqrt(expected / 1500))
    standard = small.asimov().counts
    assert np.all(np.abs(mean - standard)[0] > 5 * np.sqrt(standard[0] / 1500))


def test_errors_make_gaussian_toys() -> None:
    """Mean and scatter are those of the bins; a bin without error stays, negative ones occur."""
    errors = np.array([[3.0, 0.1, 2.0, 20.0], [50.0, 0.0, 1.0, 9.0]])
    spectra = Spectra(np.arange(5.0), EXPECTED, "asimov", errors=errors)
    counts = np.array([toy_counts(spectra, 8, index) for index in range(4000)])
    np.testing.assert_allclose(counts.mean(axis=0), EXPECTED, rtol=0, atol=5 * 50 / 4000**0.5)
    np.testing.assert_allclose(counts.std(axis=0), errors, rtol=0.06, atol=1e-12)
    assert np.all(counts[:, 1, 1] == 1.0)
    assert np.any(counts[:, 0, 0] < 0)
    np.testing.assert_array_equal(toy_data(spectra, 3, 8, 5)[0], counts[5])
