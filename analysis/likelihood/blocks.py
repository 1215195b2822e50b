"""Blocks: the spectra of a likelihood, each a few shapes times polynomials of the parameters.

Bin i of a block expects sum_t weights_t product(x[factors_t]) shapes[shape_of_t, i].  Blocks of one
response share their shapes, which are kept once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from sim.cross_sections.parameters import FloatArray
from sim.folding.terms import MOST_FACTORS, ShapeLabel

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The bins of one spectrum, named by its detector and period.

    shapes (K, n), labels (K,); of each term its shape and weight (T,), and its factors (T, 6) as
    places in (x, 1): fewer than six are filled up with the place P of the 1.
    """

    detector: str
    period: str
    shapes: FloatArray
    labels: tuple[ShapeLabel, ...]
    shape_of: IntArray
    weights: FloatArray
    factors: IntArray

    def powers(self, place: int) -> IntArray:
        """How often each term has a parameter as a factor, (T,)."""
        return np.asarray(np.sum(self.factors == place, axis=1))

    def has(self, places: Sequence[int]) -> BoolArray:
        """Which terms have one of some parameters as a factor, (T,)."""
        return np.asarray(np.any(np.isin(self.factors, places), axis=1))

    def sum_of(self, terms: BoolArray, x: FloatArray, but: int = -1) -> FloatArray:
        """What some of the terms expect in each bin (n,) at x (P,), a parameter but set to 1."""
        extended = np.append(x, 1.0)
        if but >= 0:
            extended[but] = 1.0
        products = np.prod(extended[self.factors[terms]], axis=1) * self.weights[terms]
        sums = np.bincount(self.shape_of[terms], products, len(self.shapes))
        return np.asarray(sums @ self.shapes)

    def slopes(self, x: FloatArray) -> tuple[IntArray, FloatArray]:
        """Parameters (F,) that change the block, and its derivatives (F, n) by them at x (P,)."""
        extended = np.append(x, 1.0)
        slot, factors = np.full(extended.size, -1), extended[self.factors]
        slot[self.factors] = 0
        places = np.flatnonzero(slot[:-1] == 0)
        slot[places], slot[-1] = np.arange(places.size), places.size
        slopes = np.zeros((places.size + 1) * len(self.shapes))
        for j in range(factors.shape[1]):
            rest = self.weights * np.prod(np.delete(factors, j, axis=1), axis=1)
            np.add.at(slopes, slot[self.factors[:, j]] * len(self.shapes) + self.shape_of, rest)
        return places, slopes.reshape(places.size + 1, -1)[:-1] @ self.shapes

    def with_places(self, places: Sequence[int]) -> Block:
        """The same with the parameter at place p at places[p]; the last is that of the 1."""
        return replace(self, factors=np.array(places, dtype=np.int64)[self.factors])


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Blocks one after the other, and the arrays in which the kernels take them.

    arrays: shapes of all blocks (flat), layout (S, 9), and shape_of (counted through all blocks),
    weights, factors of all terms.  See ``analysis.likelihood.kernels`` for the layout.
    """

    blocks: tuple[Block, ...]
    arrays: tuple[FloatArray, IntArray, IntArray, FloatArray, IntArray] = field(repr=False)

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Blocks:
        """Pack blocks; shapes that are one array are packed once."""
        starts: dict[int, int] = {}
        packed: list[FloatArray] = []
        layout = np.zeros((len(blocks), 9), dtype=np.int64)
        detectors: dict[str, int] = {}
        periods: dict[str, int] = {}
        here = np.zeros(4, dtype=np.int64)
        for row, block in zip(layout, blocks, strict=True):
            n_shapes, n_bins = block.shapes.shape
            if id(block.shapes) not in starts:
                starts[id(block.shapes)] = here[0]
                packed.append(block.shapes.ravel())
                here[0] += block.shapes.size
            row[0] = starts[id(block.shapes)]
            row[1:7] = here[1], n_shapes, here[2], n_bins, here[3], len(block.weights)
            row[7] = detectors.setdefault(block.detector, len(detectors))
            row[8] = periods.setdefault(block.period, len(periods))
            here[1:] += n_shapes, n_bins, len(block.weights)
        shape_of = [b.shape_of + row[1] for b, row in zip(blocks, layout, strict=True)]
        arrays = (
            np.concatenate([np.zeros(0), *packed]),
            layout,
            np.concatenate([np.zeros(0, dtype=np.int64), *shape_of]),
            np.concatenate([np.zeros(0), *(b.weights for b in blocks)]),
            np.concatenate(
                [np.zeros((0, MOST_FACTORS), dtype=np.int64), *(b.factors for b in blocks)]
            ),
        )
        return cls(tuple(blocks), arrays)

    def with_shapes(self, shapes: Sequence[FloatArray]) -> Blocks:
        """The same with other shapes (K, n), of which no two blocks here share theirs."""
        blocks = tuple(
            replace(block, shapes=own) for block, own in zip(self.blocks, shapes, strict=True)
        )
        packed = np.concatenate([np.zeros(0), *(own.ravel() for own in shapes)])
        return Blocks(blocks, (packed, *self.arrays[1:]))

    @property
    def n_bins(self) -> int:
        """Number of bins of all blocks."""
        return sum(block.shapes.shape[1] for block in self.blocks)

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Derivatives of the expectation of all bins by the parameters at x (P,), (n, P)."""
        out, first = np.zeros((self.n_bins, x.size)), 0
        for block in self.blocks:
            places, slopes = block.slopes(x)
            bins = slice(first, first + slopes.shape[1])
            out[bins, places], first = slopes.T, bins.stop
        return out

    def information(self, x: FloatArray, weights: FloatArray) -> FloatArray:
        """sum_i (d lambda_i / d x_a)(d lambda_i / d x_b) weights_i at x (P,), (P, P)."""
        out, first = np.zeros((x.size, x.size)), 0
        for block in self.blocks:
            places, slopes = block.slopes(x)
            bins = slice(first, first + slopes.shape[1])
            out[np.ix_(places, places)] += (slopes * weights[bins]) @ slopes.T
            first = bins.stop
        return out
