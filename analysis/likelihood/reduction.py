"""Reduction: a likelihood without what is empty or held at zero, for the Newton kernels.

What there is depends on the terms and not on the size of anything, so that it is found once for
likelihoods that differ in their shapes alone (``analysis.likelihood.structure``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.likelihood import single_kernels
from analysis.likelihood.blocks import Blocks, BoolArray, IntArray
from analysis.likelihood.correlations import Couplings
from analysis.likelihood.special_bins import SpecialBins
from analysis.likelihood.structure import Room, Rows, structure
from sim.cross_sections.parameters import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """Blocks of which bin i expects sum_k g_k(x) shapes[k, i].

    bins: shapes (flat), layout (S, 14), inverse variances of the filled-up bins, 0 for Poisson
    ones, spreads and places of special bins, or none.  terms: shape, weight, factors and slots of
    each term of the g_k; a slot is the position of a factor's row among those of its block, -1 for
    what is held.  rows: place (P + 1,) of each parameter among the rows, -1 for held ones, those on
    which nothing depends, and the final 1; rows of each block, shapes that they touch, entries of
    their pairs and of the diagonal, and which shapes (K,) vary at all.  arrow: groups, coupled rows
    and sizes.  room is what ``analysis.likelihood.single_kernels`` write in while they run.
    """

    bins: tuple[FloatArray, IntArray, FloatArray, tuple[FloatArray, IntArray]]
    terms: tuple[IntArray, FloatArray, IntArray, IntArray]
    rows: Rows
    arrow: tuple[IntArray, IntArray, IntArray]
    room: Room = field(repr=False)

    @classmethod
    def of(
        cls,
        blocks: Blocks,
        variances: FloatArray,
        special: SpecialBins,
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
        profile shall follow it through two valleys.  What correlations couple is common.  Without
        eliminate all rows are.
        """
        shapes, layout, shape_of, weights, factors = blocks.arrays
        known = structure(
            layout.tobytes(),
            shape_of.tobytes(),
            factors.tobytes(),
            free.tobytes(),
            at_zero.tobytes(),
            np.concatenate(couplings[:2]).tobytes(),
            last,
            bent,
            eliminate,
        )
        return cls(
            (
                known.shapes.filled(shapes),
                known.layout,
                known.variances.inverted(variances),
                known.variances.special(special),
            ),
            (known.shape_of, weights[known.kept_terms], known.factors, known.slots),
            known.rows,
            known.arrow,
            known.room,
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

    def descend(
        self,
        points: FloatArray,
        counts: FloatArray,
        centers: FloatArray,
        inverse_sigmas: FloatArray,
        couplings: Couplings,
    ) -> tuple[FloatArray, BoolArray]:
        """Minima of toys by damped steps from points (m, P), which become theirs.

        counts (n, m), centers (m, P).  Returns -2 ln L (m,) and whether it converged (m,).
        """
        out = np.empty((2, len(points)))
        single_kernels.minimise_each(
            points, counts, centers, inverse_sigmas, couplings, self.arrays(), self.room, out
        )
        return out[0], out[1] > 0

    def curvature(
        self,
        x: FloatArray,
        counts: FloatArray,
        centers: FloatArray,
        inverse_sigmas: FloatArray,
        couplings: Couplings,
    ) -> tuple[FloatArray, int]:
        """Half second derivatives of -2 ln L at x (P,), entries of the arrow, and how many rows."""
        entries, n_rows = np.empty(int(self.arrow[2][3])), int(self.arrow[2][0])
        single_kernels.curvature(
            np.append(x, 1.0),
            counts,
            (centers, inverse_sigmas, couplings),
            self.arrays(),
            self.room,
            entries,
        )
        return entries, n_rows

    def asimov_roots(
        self,
        truth: FloatArray,
        inverse_sigmas: FloatArray,
        couplings: Couplings,
        rises: Sequence[float],
    ) -> FloatArray:
        """Where -2 ln L of the data expected at truth (P,) has risen by rises (R,), or NaN.

        See ``analysis.likelihood.single_kernels``.
        """
        roots = np.empty(len(rises))
        single_kernels.asimov_roots(
            truth, inverse_sigmas, couplings, np.array(rises), self.arrays(), self.room, roots
        )
        return roots
