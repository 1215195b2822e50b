"""Pseudo-experiments: Poisson spectra, one random stream for each toy."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from sim.model import Model
from sim.parameters import FloatArray, NeutrinoParameters
from sim.spectra import Spectra

_MOST_BYTES = 2**31


def toy_generator(seed: int, index: int, point: int = 0) -> np.random.Generator:
    """The stream of one toy: Philox keyed by (seed, point, toy index).

    The same toy has the same counts whatever else is generated, in whatever order.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(point, index))
    return np.random.Generator(np.random.Philox(sequence))


def toy_counts(expected: FloatArray, seed: int, index: int, point: int = 0) -> FloatArray:
    """Poisson counts of one toy, in the shape of the expectation."""
    return toy_generator(seed, index, point).poisson(expected).astype(np.float64)


def toy_data(
    expected: FloatArray, n_auxiliary: int, seed: int, index: int, point: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Poisson counts of one toy, and standard normal deviations of its auxiliary measurements."""
    generator = toy_generator(seed, index, point)
    counts = generator.poisson(expected).astype(np.float64)
    return counts, generator.standard_normal(n_auxiliary)


def toy_array(
    model: Model, n_toys: int, seed: int, parameters: NeutrinoParameters | None = None
) -> FloatArray:
    """Counts of toys 0 to n_toys - 1, shape (n_toys, 2, n_bins).

    Raises
    ------
    ValueError
        if they take more than 2 GiB.
    """
    shape = (n_toys, *model.signal.shape[1:])
    n_bytes = 8 * prod(shape)
    if n_bytes > _MOST_BYTES:
        raise ValueError(
            f"{n_toys} toys of {shape[1]} x {shape[2]} bins take {n_bytes / 2**30:.3g} GiB, more "
            f"than the 2 GiB of one file: fewer, or a study (nuem toys)"
        )
    counts = np.empty(shape)
    for index, toy in enumerate(toys(model, n_toys, seed, parameters)):
        counts[index] = toy.counts
    return counts


def toys(
    model: Model,
    n_toys: int,
    seed: int,
    parameters: NeutrinoParameters | None = None,
) -> Iterator[Spectra]:
    """Toys at a truth, by default the Standard Model; toy i depends on (seed, i) only."""
    truth = parameters or NeutrinoParameters()
    expected = model.asimov(truth).counts
    for index in range(n_toys):
        yield Spectra(model.edges_kev, toy_counts(expected, seed, index), "toy", truth)
