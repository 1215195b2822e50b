"""Reduction: a likelihood without what is empty or held at zero, for the Newton kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.likelihood import shape_kernels
from analysis.likelihood.blocks import Blocks, BoolArray, IntArray
from analysis.likelihood.correlations import Couplings
from sim.cross_sections.parameters import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """Blocks of which bin i expects sum_k g_k(x) shapes[k, i].

    As ``analysis.likelihood.shape_kernels`` makes it.  bins: shapes (flat), layout (S, 14), inverse
    variances of the filled-up bins, 0 for Poisson ones.  terms: shape, weight, factors and slots of
    each term of the g_k.  rows: place (P + 1,) of each parameter among the rows, -1 for held ones,
    those on which nothing depends, and the final 1; rows of each block, shapes that they touch,
    entries of their pairs and of the diagonal.  arrow: groups, coupled rows and sizes.
    """

    bins: tuple[FloatArray, IntArray, FloatArray]
    terms: tuple[IntArray, FloatArray, IntArray, IntArray]
    rows: tuple[IntArray, IntArray, BoolArray, IntArray, IntArray]
    arrow: tuple[IntArray, IntArray, IntArray]

    @classmethod
    def of(
        cls,
        blocks: Blocks,
        variances: FloatArray,
        free: BoolArray,
        at_zero: BoolArray,
        couplings: Couplings,
        last: int = -1,
        *,
        bent: bool = False,
        eliminate: bool = True,
    ) -> Reduction:
        """Of a likelihood's blocks, for the parameters free (P,) and those held at_zero (P,).

        last is a parameter that shall come last among the free ones, -1 if none; bent if the
        profile shall follow it through two valleys.  Without eliminate all rows are common.
        """
        return cls(
            *shape_kernels.reduced(
                blocks.arrays, variances, free, at_zero, last, bent, couplings, eliminate
            )
        )

    @property
    def place(self) -> IntArray:
        """Row of each parameter and of the final 1, (P + 1,)."""
        return self.rows[0]

    @property
    def n_groups(self) -> int:
        """Groups of local parameters that are eliminated."""
        return len(self.arrow[0])

    @property
    def numbers_a_toy(self) -> int:
        """Numbers that a fit keeps of a toy: its counts, sums over bins and three matrices."""
        layout, entries = self.bins[1], int(self.arrow[2][3])
        squares = int(np.max(layout[:, 2] ** 2, initial=0))
        return int(np.sum(layout[:, 8]) + 2 * np.sum(layout[:, 2])) + squares + 3 * entries + 1

    def settled(
        self, points: FloatArray, centers: FloatArray, inverse_sigmas: FloatArray
    ) -> FloatArray:
        """Points (m, P) with what nothing but a constraint holds at its centre (m, P)."""
        alone = (self.place[:-1] < 0) & (inverse_sigmas > 0)
        return np.where(alone, centers, points) if np.any(alone) else points

    def arrays(self) -> tuple[object, ...]:
        """The fields as the kernels take them."""
        return self.bins, self.terms, self.rows, self.arrow
