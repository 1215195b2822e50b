"""Random numbers: known answers of Philox, Poisson frequencies from means of 1e-3 to 1e6."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import chi2, kstest, poisson

from sim import random_kernels

FORMS = ("compiled", "python")
ONES = 0xFFFFFFFF
KNOWN = [
    ((0,) * 6, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 6, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
"""Counter and key, and the four words: the vectors published with Random123."""
KEY = np.array([12, 34], dtype=np.uint32)
Array = np.ndarray[Any, np.dtype[np.float64]]


def form(kernel: Callable[..., Any], which: str) -> Callable[..., Any]:
    """The compiled kernel or its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    return kernel if which == "compiled" else getattr(kernel, "py_func", kernel)


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(("given", "words"), KNOWN)
def test_philox_known_answers(which: str, given: tuple[int, ...], words: tuple[int, ...]) -> None:
    found = form(random_kernels.philox, which)(*(np.uint64(word) for word in given))
    assert tuple(int(word) for word in found) == words


@pytest.mark.parametrize("which", FORMS)
def test_uniform_numbers_are_the_words_of_their_counter(which: str) -> None:
    """Five draws of three toys across 2^32, and never 0 or 1."""
    first, stream = 2**32 - 1, 9
    out = np.empty((5, 3))
    form(random_kernels.uniforms, which)(KEY, first, stream, out)
    for j in range(3):
        toy = first + j
        for draw in range(5):
            counter = (toy & ONES, toy >> 32, draw // 2, stream, *KEY.tolist())
            words = random_kernels.philox(*(np.uint64(word) for word in counter))
            high, low = words[2 * (draw % 2) : 2 * (draw % 2) + 2]
            assert out[draw, j] == ((int(high) >> 6) * 2**26 + (int(low) >> 6) + 0.5) / 2**52
    number = form(random_kernels.uniform, which)
    assert number(np.uint64(0), np.uint64(0)) == 2.0**-53
    assert number(np.uint64(ONES), np.uint64(ONES)) == 1 - 2.0**-53


def test_uniform_numbers_are_uniform_and_independent() -> None:
    out = np.empty((64, 4000))
    random_kernels.uniforms(KEY, 0, 0, out)
    assert kstest(out.ravel(), "uniform").pvalue > 1e-3
    correlation = np.corrcoef(out) - np.eye(64)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
    between_toys = np.corrcoef(out[:, :-1].ravel(), out[:, 1:].ravel())[0, 1]
    assert abs(between_toys) < 5 / np.sqrt(out.size)


def drawn(mean: float, n: int, first: int = 0) -> Array:
    """Counts of n toys of one bin."""
    means = np.array([mean])
    numbers = np.empty((1, n))
    random_kernels.uniforms(KEY, first, 0, numbers)
    tables = random_kernels.poisson_tables(means, 1e4, 512)
    random_kernels.poisson_counts(means, KEY, first, *tables, numbers)
    return numbers[0]


@pytest.mark.parametrize("mean", [1e-3, 0.04, 0.7, 3.0, 11.3, 97.0, 1e3, 9.9e3, 1.01e4, 1e5, 1e6])
def test_poisson_frequencies(mean: float) -> None:
    """Chi-square of the frequencies in up to 40 classes of about equal probability."""
    n = 200_000
    counts = drawn(mean, n)
    np.testing.assert_array_equal(counts, np.round(counts))
    edges = np.unique(poisson.ppf(np.linspace(0.025, 0.975, 39), mean))
    cumulative = np.concatenate([[0.0], poisson.cdf(edges, mean), [1.0]])
    expected = n * np.diff(cumulative)
    found = np.bincount(np.searchsorted(edges, counts), minlength=expected.size)
    used = expected > 0
    statistic = float(np.sum((found - expected)[used] ** 2 / expected[used]))
    degrees = int(used.sum()) - 1
    assert degrees >= 1
    assert chi2.sf(statistic, degrees) > 1e-3


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("mean", [0.3, 40.0])
def test_counts_invert_the_distribution(which: str, mean: float) -> None:
    """The count is the first whose cumulative probability exceeds the number, tails included."""
    means = np.array([mean])
    tables = form(random_kernels.poisson_tables, which)(means, 1e4, 64)
    numbers = np.concatenate([np.linspace(0.001, 0.999, 200), [2.0**-53, 1e-9, 1 - 2.0**-53]])
    counts = numbers[None].copy()
    form(random_kernels.poisson_counts, which)(means, KEY, 0, *tables, counts)
    np.testing.assert_array_equal(counts[0, :-1], poisson.ppf(numbers[:-1], mean))
    assert counts[0, -1] > mean + 7 * np.sqrt(mean)


@pytest.mark.parametrize("which", FORMS)
def test_large_means_and_empty_bins(which: str) -> None:
    """Compiled and as Python the same; a large mean draws from streams of its own."""
    means = np.array([0.0, 2e4, 3e6])
    tables = random_kernels.poisson_tables(means, 1e4, 64)
    found = []
    for _ in range(2):
        counts = np.full((3, 30), 0.5)
        form(random_kernels.poisson_counts, which)(means, KEY, 5, *tables, counts)
        found.append(counts)
    np.testing.assert_array_equal(found[0], found[1])
    assert not counts[0].any()
    assert np.all(np.abs(counts[1:] - means[1:, None]) < 6 * np.sqrt(means[1:, None]))
    assert abs(np.corrcoef(counts[1:])[0, 1]) < 0.6
    other = np.full((3, 30), 0.9)
    random_kernels.poisson_counts(means, KEY, 5, *tables, other)
    np.testing.assert_array_equal(other, counts)


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("mean", [2e4, 1e7])
def test_log_of_large_poisson_probabilities(which: str, mean: float) -> None:
    for k in (mean - 5 * mean**0.5, mean, mean + 5 * mean**0.5):
        wanted = k * np.log(mean) - mean - gammaln(k + 1)
        assert form(random_kernels.log_poisson, which)(k, mean) == pytest.approx(wanted, abs=1e-7)
