"""Pseudo-experiments: spectra that fluctuate, one random stream for each toy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.model import Model
from sim.parameters import FloatArray, NeutrinoParameters
from sim.spectra import Spectra


def toy_generator(seed: int, index: int, point: int = 0) -> np.random.Generator:
    """The stream of one toy: Philox keyed by (seed, point, toy index).

    The same toy has the same counts whatever else is generated, in whatever order.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(point, index))
    return np.random.Generator(np.random.Philox(sequence))


def toy_counts(expected: Spectra, seed: int, index: int, point: int = 0) -> FloatArray:
    """Counts of one toy, in the shape of the expectation: Poisson, or Gaussian with its errors."""
    return _fluctuated(toy_generator(seed, index, point), expected)


def toy_data(
    expected: Spectra, n_auxiliary: int, seed: int, index: int, point: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Counts of one toy, and standard normal deviations of its auxiliary measurements."""
    generator = toy_generator(seed, index, point)
    counts = _fluctuated(generator, expected)
    return counts, generator.standard_normal(n_auxiliary)


def _fluctuated(generator: np.random.Generator, expected: Spectra) -> FloatArray:
    if expected.errors is None:
        return generator.poisson(expected.counts).astype(np.float64)
    deviations = generator.standard_normal(expected.counts.shape)
    return np.asarray(expected.counts + expected.errors * deviations)


def toy_array(
    model: Model, n_toys: int, seed: int, parameters: NeutrinoParameters | None = None
) -> FloatArray:
    """Counts of toys 0 to n_toys - 1, shape (n_toys, 2, n_bins)."""
    counts = [toy.counts for toy in toys(model, n_toys, seed, parameters)]
    return np.array(counts).reshape(n_toys, *model.signal.shape[1:])


def toys(
    model: Model,
    n_toys: int,
    seed: int,
    parameters: NeutrinoParameters | None = None,
) -> Iterator[Spectra]:
    """Toys at a truth, by default the Standard Model; toy i depends on (seed, i) only."""
    truth = parameters or NeutrinoParameters()
    expected = model.asimov(truth)
    for index in range(n_toys):
        counts = toy_counts(expected, seed, index)
        yield Spectra(model.edges_kev, counts, "toy", truth, expected.errors)
