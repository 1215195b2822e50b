"""The likelihood that is quadratic in q: a thousand random models against a dense scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.fits.batch import Toys, batch_statistics
from analysis.fits.intervals import local_minima
from analysis.fits.toy_fits import conditional_minima
from analysis.likelihood.likelihood import Likelihood

N_MODELS, N_TOYS = 1000, 3
COLUMNS = {"q": (2, 3), "r": (4, 5)}
Planted = Callable[..., Likelihood]


def random_model(planted: Planted, random: np.random.Generator, name: str) -> Likelihood:
    """A rate (g + v)^2 h in every bin, incoherent parts beside it, and floating backgrounds.

    g scatters from bin to bin between almost not at all, which makes two nearly equal minima, and
    so much that one is left; its sign and the counts vary too.
    """
    n_bins = int(random.integers(3, 15))
    spread = 10 ** random.uniform(-3, 0.3)
    coupling = random.choice([-1, 1]) * (1 + spread * random.standard_normal(n_bins))
    size = 10 ** random.uniform(0.0, 3.5) * random.uniform(0.2, 1.8, n_bins)
    linear, square = COLUMNS[name]
    signal = {
        0: size * (coupling**2 + random.uniform(0, 1)),
        linear: 2 * size * coupling,
        square: size,
    }
    flat = 10 ** random.uniform(-1, 3) * np.ones(n_bins)
    slope = flat * random.uniform(0.2, 1.8, n_bins)
    sigmas = (0.0, 0.1) if random.random() < 0.5 else (np.inf, 0.3)
    return planted(signal, [flat, slope], {name: random.uniform(-3, 3)}, 0.03, sigmas)


@pytest.mark.slow
@pytest.mark.parametrize("name", COLUMNS)
def test_never_the_wrong_minimum(planted: Planted, name: str) -> None:
    random = np.random.default_rng(12)
    n_double = n_far = n_failed = 0
    for _ in range(N_MODELS // 2):
        likelihood = random_model(planted, random, name)
        counts = random.poisson(likelihood.counts, (N_TOYS, likelihood.counts.size))
        toys = Toys(counts.astype(np.float64), np.tile(likelihood.centers, (N_TOYS, 1)))
        found = batch_statistics(likelihood, toys, name, 0.0)
        good = found.converged
        n_failed += int(np.sum(~good))
        scan = np.linspace(-9, 9, 361)
        many = Toys(
            np.repeat(toys.counts, scan.size, axis=0), np.repeat(toys.centers, scan.size, axis=0)
        )
        values, _ = conditional_minima(likelihood, many, name, np.tile(scan, N_TOYS))
        heights = values.reshape(N_TOYS, scan.size)
        lowest = heights.min(axis=1)
        place = scan[np.argmin(heights, axis=1)]
        assert np.all((found.best_value <= lowest + 1e-6) | ~good)
        attained, _ = conditional_minima(likelihood, toys, name, found.best_fit)
        np.testing.assert_allclose(attained[good], found.best_value[good], rtol=1e-9, atol=1e-7)
        inner = (heights[:, 1:-1] < heights[:, :-2]) & (heights[:, 1:-1] < heights[:, 2:])
        n_double += int(np.sum(inner.sum(axis=1) >= 2))
        n_far += int(np.sum(np.abs(place) > 1))
    assert n_failed <= 2, "of 1500: those that did not converge are said to be so"
    assert n_double > 300
    assert n_far > 300


def test_single_fits_never_the_wrong_minimum(planted: Planted) -> None:
    """The same with the minimiser of data, on a few dozen of the models."""
    random = np.random.default_rng(13)
    for i in range(40):
        name: Any = ("q", "r")[i % 2]
        model = random_model(planted, random, name)
        counts = random.poisson(model.counts).astype(np.float64)
        likelihood = replace(model, counts=counts)
        best = min(local_minima(likelihood, name), key=lambda minimum: minimum.value)
        scan = np.linspace(-9, 9, 361)
        many = Toys(np.tile(counts, (scan.size, 1)), np.tile(model.centers, (scan.size, 1)))
        heights, _ = conditional_minima(likelihood, many, name, scan)
        assert best.value <= heights.min() + 1e-5
