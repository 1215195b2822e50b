"""Pseudo-experiments: spectra that fluctuate, auxiliary measurements, by (seed, point, toy).

Everything that makes toys draws from here.  The numbers of a toy are a pure function of
(seed, point, index): the same whatever else is generated, in whatever order, by any worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim import random_kernels
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.model import Model
from sim.spectra.spectra import Spectra

IntArray = npt.NDArray[np.int64]

_MOST_BYTES = 2**31

_COUNTS, _NORMALS = 0, 1
_LARGEST_TABULATED = 1e4
_LARGEST_MEAN = 1e15
_GUIDE_SIZE = 512
_FEWEST_GUIDES = 64
_GUIDES = 2**21
"""Entries of all guides: where there are many bins each has a shorter one, to no other counts."""
_CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class ToySource:
    """Counts of an expectation of any shape: Poisson, whose distributions are tabulated once.

    With errors, of the same shape, the counts are Gaussian where these are not 0.
    """

    expected: FloatArray
    _tables: tuple[IntArray, IntArray, FloatArray, npt.NDArray[np.uint16]]
    errors: FloatArray | None = None

    @classmethod
    def of_spectra(cls, spectra: Spectra) -> ToySource:
        """For expected spectra; raises as ``of``, but with errors they may be below 0."""
        if spectra.flat_errors is None:
            return cls.of(spectra.flat)
        source = cls.of(np.where(spectra.poisson, spectra.flat, np.maximum(spectra.flat, 0.0)))
        return replace(source, expected=spectra.flat, errors=spectra.flat_errors)

    @classmethod
    def of(cls, expected: FloatArray) -> ToySource:
        """For an expectation.

        Raises
        ------
        ValueError
            if an expected count is negative, not finite, or more than a float can count.
        """
        means = np.ascontiguousarray(expected, dtype=np.float64)
        bad = ~((means >= 0) & (means <= _LARGEST_MEAN))
        if np.any(bad):
            raise ValueError(
                f"expected counts must be from 0 to {_LARGEST_MEAN:g} to be drawn: "
                f"found {means[bad][0]:g}"
            )
        guide_size = min(_GUIDE_SIZE, max(_FEWEST_GUIDES, _GUIDES // max(means.size, 1)))
        tables = random_kernels.poisson_tables(means.ravel(), _LARGEST_TABULATED, guide_size)
        return cls(means, tables)

    def counts(self, n_toys: int, seed: int, first: int = 0, point: int = 0) -> FloatArray:
        """Counts of the toys first, first + 1, ..., shape (n_toys, *expected.shape)."""
        if self.errors is None:
            return self._poisson(n_toys, seed, first, point)
        normals = _normals(self.expected.size, n_toys, seed, first, point, _COUNTS)
        gaussian = self.expected + self.errors * normals.reshape(n_toys, *self.expected.shape)
        if np.all(self.errors != 0):
            return gaussian
        return np.where(self.errors == 0, self._poisson(n_toys, seed, first, point), gaussian)

    def _poisson(self, n_toys: int, seed: int, first: int, point: int) -> FloatArray:
        numbers = _uniforms(self.expected.size, n_toys, seed, first, point, _COUNTS)
        means, key = np.maximum(self.expected, 0.0).ravel(), _key(seed, point)
        random_kernels.poisson_counts(means, key, first, *self._tables, numbers)
        return numbers.T.reshape(n_toys, *self.expected.shape)


def toy_normals(
    n_normals: int, n_toys: int, seed: int, first: int = 0, point: int = 0
) -> FloatArray:
    """Standard normal numbers of the toys first, first + 1, ..., shape (n_toys, n_normals)."""
    return _normals(n_normals, n_toys, seed, first, point, _NORMALS)


def toy_counts(expected: FloatArray, seed: int, index: int, point: int = 0) -> FloatArray:
    """Poisson counts of one toy, in the shape of the expectation."""
    counts: FloatArray = ToySource.of(expected).counts(1, seed, index, point)[0]
    return counts


def toy_array(
    model: Model, n_toys: int, seed: int, parameters: NeutrinoParameters | None = None
) -> FloatArray:
    """Counts of toys 0 to n_toys - 1, those of all bins in a row: (n_toys, n).

    Raises
    ------
    ValueError
        if they take more than 2 GiB.
    """
    n_bins = sum(info.n_bins for info in model.spectra)
    n_bytes = 8 * n_toys * n_bins
    if n_bytes > _MOST_BYTES:
        raise ValueError(
            f"{n_toys} toys of {n_bins} bins take {n_bytes / 2**30:.3g} GiB, more "
            f"than the 2 GiB of one file: fewer, or a study (nuem toys)"
        )
    source = ToySource.of_spectra(model.asimov(parameters))
    return np.ascontiguousarray(source.counts(n_toys, seed))


def toys(
    model: Model,
    n_toys: int,
    seed: int,
    parameters: NeutrinoParameters | None = None,
) -> Iterator[Spectra]:
    """Toys at a truth, by default the Standard Model; toy i depends on (seed, i) only.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> [round(toy.flat.sum()) for toy in nuem.toys(model, 2, seed=1)]
    [166775, 166284]
    """
    truth = parameters or NeutrinoParameters()
    source = ToySource.of_spectra(model.asimov(truth))
    for first in range(0, n_toys, _CHUNK):
        for counts in source.counts(min(_CHUNK, n_toys - first), seed, first):
            toy = np.ascontiguousarray(counts)
            yield Spectra(model.spectra, toy, "toy", truth, source.errors)


def _normals(
    n_normals: int, n_toys: int, seed: int, first: int, point: int, stream: int
) -> FloatArray:
    """Standard normal numbers of a stream, (n_toys, n_normals)."""
    from scipy.special import ndtri

    return np.asarray(ndtri(_uniforms(n_normals, n_toys, seed, first, point, stream).T))


def _uniforms(
    n_draws: int, n_toys: int, seed: int, first: int, point: int, stream: int
) -> FloatArray:
    """Numbers in (0, 1) of a stream, (n_draws, n_toys)."""
    numbers = np.empty((n_draws, n_toys))
    random_kernels.uniforms(_key(seed, point), first, stream, numbers)
    return numbers


def _key(seed: int, point: int) -> npt.NDArray[np.unsignedinteger]:
    """Key of the streams of a seed and a point."""
    return np.random.SeedSequence(seed, spawn_key=(point,)).generate_state(2, np.uint32)
