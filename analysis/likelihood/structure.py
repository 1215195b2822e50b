"""Structure: all of a reduced likelihood but the sizes of its shapes, weights and variances.

Terms with a factor that is held at 0 are left out, and then the shapes that no term multiplies.
Blocks whose shapes were the same array, and of which the same are left, go on sharing them.  The
bins of a block are filled up with empty ones to a multiple of 8.  The free parameters become rows
(``analysis.likelihood.arrow``).

Of blocks and their layout see ``analysis.likelihood.kernels``; here it has more columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from analysis.likelihood.arrow import N_ENTRIES, N_ROWS, Arrow, best_homes
from analysis.likelihood.blocks import BoolArray, IntArray
from analysis.likelihood.special_bins import SpecialBins
from sim.cross_sections.parameters import FloatArray
from sim.folding.terms import MOST_FACTORS

N_FACTORS = MOST_FACTORS

START = 0
FIRST_SHAPE = 1
N_SHAPES = 2
FIRST_BIN = 3
N_BINS = 4
FIRST_TERM = 5
N_TERMS = 6
DETECTOR = 7
PERIOD = 8
FIRST_FILLED = 7
N_FILLED = 8
FIRST_OWN = 9
N_OWN = 10
FIRST_PAIR = 11
FIRST_TOUCHED = 12
BEND = 13
_COLUMNS = 14

_KEPT = 32
"""Structures that are remembered: a few questions about a few experiments."""


Rows = tuple[IntArray, IntArray, BoolArray, IntArray, IntArray, BoolArray]
Room = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where numbers of a likelihood go in its reduction, of some size."""

    source: IntArray
    target: IntArray
    size: int

    def filled(self, numbers: FloatArray) -> FloatArray:
        """The numbers in their places, and 0 elsewhere."""
        out = np.zeros(self.size)
        out[self.target] = numbers[self.source]
        return out

    def inverted(self, variances: FloatArray) -> FloatArray:
        """1 / variance of Gaussian bins, 0 for Poisson bins and the bins filled up."""
        if not variances.any():
            return np.zeros(self.size)
        found = self.filled(variances)
        return np.divide(1.0, found, out=np.zeros(self.size), where=found > 0)

    def special(self, bins: SpecialBins) -> tuple[FloatArray, IntArray]:
        """Spreads and places of special bins in the bins filled up; empty if there are none."""
        if not bins.spreads.size:
            return bins.arrays
        return self.filled(bins.spreads), self.filled(bins.places.astype(np.float64)).astype(
            np.int64
        )


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """What a ``Reduction`` is made of, and where its shapes, terms and variances come from."""

    layout: IntArray
    shapes: Places
    variances: Places
    kept_terms: BoolArray
    shape_of: IntArray
    factors: IntArray
    slots: IntArray
    rows: Rows
    arrow: tuple[IntArray, IntArray, IntArray]
    room: Room = field(repr=False)


@lru_cache(maxsize=_KEPT)
def structure(
    layout_bytes: bytes,
    shape_bytes: bytes,
    factor_bytes: bytes,
    free_bytes: bytes,
    zero_bytes: bytes,
    coupled_bytes: bytes,
    last: int,
    bent: bool,
    eliminate: bool,
) -> Structure:
    """Of arrays as their bytes; the arguments are those of ``Reduction.of``."""
    known = np.frombuffer(layout_bytes, dtype=np.int64).reshape(-1, 9)
    shape_of = np.frombuffer(shape_bytes, dtype=np.int64)
    factors = np.frombuffer(factor_bytes, dtype=np.int64).reshape(-1, N_FACTORS)
    free, at_zero = (np.frombuffer(b, dtype=np.bool_) for b in (free_bytes, zero_bytes))
    coupled = np.frombuffer(coupled_bytes, dtype=np.int64)
    kept_terms, kept_shapes, block_of = _kept(known, shape_of, factors, np.append(at_zero, False))
    layout, shapes = _filled(known, kept_shapes, np.bincount(block_of, minlength=len(known)))
    full = known[known[:, N_BINS] > 0]
    block_of = (np.cumsum(known[:, N_BINS] > 0) - 1)[block_of]
    shape_of, factors = (np.cumsum(kept_shapes) - 1)[shape_of[kept_terms]], factors[kept_terms]
    touching = np.zeros((len(layout), free.size + 1), dtype=np.bool_)
    touching[block_of[:, None], factors] = True
    touching = touching[:, :-1] & free
    moving = np.any(touching, axis=0)
    alone = moving.copy()
    moving[coupled], alone[coupled] = free[coupled], False
    if last >= 0:
        moving[last], alone[last] = True, False
    home, group_of = np.full(free.size, -1), np.zeros(len(layout), dtype=np.int64)
    if eliminate:
        kinds = [np.arange(len(layout)), full[:, DETECTOR], full[:, PERIOD]]
        home, group_of = best_homes(kinds, touching, alone, moving)
    arrow = Arrow.of(touching, home, group_of, moving, last, bent=bent)
    bends = (np.sum(factors == last, axis=1) > 1) & bent
    slots, rows = _rows(layout, arrow, touching, (shape_of, factors, block_of), last, bends)
    return Structure(
        layout,
        shapes,
        _bins(layout),
        kept_terms,
        shape_of,
        factors,
        slots,
        rows,
        (arrow.groups, arrow.coupled, arrow.sizes),
        _room(layout, arrow),
    )


def _kept(
    layout: IntArray, shape_of: IntArray, factors: IntArray, dead: BoolArray
) -> tuple[BoolArray, BoolArray, IntArray]:
    """Which terms (T,) and shapes (K,) stay, and the block of each term that does.

    dead (P + 1,) marks the parameters that are held at 0.
    """
    block_of = np.repeat(np.arange(len(layout)), layout[:, N_TERMS])
    terms = ~np.any(dead[factors], axis=1) & (layout[block_of, N_BINS] > 0)
    shapes = np.zeros(int(np.sum(layout[:, N_SHAPES])), dtype=np.bool_)
    shapes[shape_of[terms]] = True
    return terms, shapes, block_of[terms]


def _filled(known: IntArray, kept_shapes: BoolArray, n_terms: IntArray) -> tuple[IntArray, Places]:
    """Layout (S, 14) of the blocks that have bins, and where their shapes come from.

    n_terms are those that each block keeps.
    """
    layout = np.zeros((int(np.sum(known[:, N_BINS] > 0)), _COLUMNS), dtype=np.int64)
    starts: dict[tuple[object, ...], int] = {}
    source, target, size = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], 0
    rows = iter(layout)
    for block, terms in zip(known, n_terms, strict=True):
        start, first, n_shapes, first_bin, n_bins = block[:5].tolist()
        if not n_bins:
            continue
        row, kept = next(rows), np.flatnonzero(kept_shapes[first : first + n_shapes])
        n_filled = (n_bins + 7) // 8 * 8
        twins = (start, n_bins, n_shapes, kept.tobytes())
        if twins not in starts:
            starts[twins] = size
            bins = np.arange(n_bins)
            source.append((start + kept[:, None] * n_bins + bins).ravel())
            target.append((size + np.arange(kept.size)[:, None] * n_filled + bins).ravel())
            size += kept.size * n_filled
        row[START], row[N_SHAPES], row[N_TERMS] = starts[twins], kept.size, terms
        row[FIRST_BIN], row[N_BINS], row[N_FILLED] = first_bin, n_bins, n_filled
    for first, n in ((FIRST_SHAPE, N_SHAPES), (FIRST_TERM, N_TERMS), (FIRST_FILLED, N_FILLED)):
        layout[:, first] = _starts(layout[:, n])
    return layout, Places(np.concatenate(source), np.concatenate(target), size)


def _bins(layout: IntArray) -> Places:
    """Where the bins go in the filled-up ones."""
    n_bins = layout[:, N_BINS]
    within = np.arange(int(np.sum(n_bins))) - np.repeat(_starts(n_bins), n_bins)
    source = np.repeat(layout[:, FIRST_BIN], n_bins) + within
    target = np.repeat(layout[:, FIRST_FILLED], n_bins) + within
    return Places(source, target, int(np.sum(layout[:, N_FILLED])))


def _rows(
    layout: IntArray,
    arrow: Arrow,
    touching: BoolArray,
    terms: tuple[IntArray, IntArray, IntArray],
    last: int,
    bends: BoolArray,
) -> tuple[IntArray, Rows]:
    """Slots (T, 6) of the terms, and the rows of a ``Reduction``; layout is completed.

    terms: shape, factors and block of each; bends marks those with a bent parameter twice.
    """
    shape_of, factors, block_of = terms
    place = arrow.place
    layout[:, BEND] = -1
    bent = np.unique(block_of[bends])
    layout[bent, BEND] = np.sum(touching[bent], axis=1)
    own = [np.sort(place[:-1][block]) for block in touching]
    for s in bent:
        own[s] = np.append(own[s], place[last] + 1)
    layout[:, N_OWN] = [rows.size for rows in own]
    n_own, n_shapes = layout[:, N_OWN], layout[:, N_SHAPES]
    layout[:, FIRST_OWN] = _starts(n_own)
    layout[:, FIRST_PAIR] = _starts(n_own * (n_own + 1) // 2)
    layout[:, FIRST_TOUCHED] = _starts(n_own * n_shapes)
    of_row = np.full((len(layout), int(arrow.sizes[0]) + 1), -1)
    for positions, rows in zip(of_row, own, strict=True):
        positions[rows] = np.arange(rows.size)
    slots = np.where(place[factors] >= 0, of_row[block_of[:, None], place[factors]], -1)
    here = layout[block_of]
    first = here[:, FIRST_TOUCHED] + (shape_of - here[:, FIRST_SHAPE]) * here[:, N_OWN]
    touched = np.zeros(int(np.sum(n_own * n_shapes)), dtype=np.bool_)
    touched[(first[:, None] + slots)[slots >= 0]] = True
    touched[(first + here[:, BEND])[bends]] = True
    halves = [np.tril_indices(rows.size) for rows in own]
    none = np.zeros(0, dtype=np.int64)
    high, low = (
        np.concatenate([none, *(rows[half[k]] for rows, half in zip(own, halves, strict=True))])
        for k in (0, 1)
    )
    pairs, active = arrow.entries(high, low), np.zeros(int(np.sum(n_shapes)), dtype=np.bool_)
    active[shape_of[np.any(slots >= 0, axis=1)]] = True
    return slots, (place, np.concatenate([none, *own]), touched, pairs, arrow.diagonal(), active)


def _room(layout: IntArray, arrow: Arrow) -> Room:
    """Arrays that the kernels of a single likelihood work in.

    For the bins of a block: change, term, residual, weight and ones (5, n); slopes; R, V and
    partial sums; g, and entries of its curvature; counts and base of all bins, and expecting;
    vectors of rows (5, F), matrices (3, E), points (2, P + 1).
    """
    n_rows, n_entries = int(arrow.sizes[N_ROWS]), int(arrow.sizes[N_ENTRIES])
    n_bins, n_shapes, n_slopes = (
        int(np.max(n, initial=0))
        for n in (layout[:, N_FILLED], layout[:, N_SHAPES], layout[:, N_SHAPES] * layout[:, N_OWN])
    )
    all_bins, all_shapes = int(np.sum(layout[:, N_FILLED])), int(np.sum(layout[:, N_SHAPES]))
    by_bin = np.zeros((5, n_bins))
    by_bin[4] = 1.0
    return (
        by_bin,
        np.zeros(n_slopes),
        np.zeros(n_shapes),
        np.zeros(n_shapes**2),
        np.zeros(max(32, n_shapes)),
        np.zeros(all_shapes),
        np.zeros(n_entries),
        (np.zeros(all_bins), np.zeros(all_bins), np.zeros(all_shapes)),
        np.zeros((5, n_rows)),
        np.zeros((3, n_entries)),
        np.ones((2, arrow.place.size)),
    )


def _starts(sizes: IntArray) -> IntArray:
    """Where parts of some sizes begin."""
    return np.asarray(np.cumsum(sizes) - sizes)
