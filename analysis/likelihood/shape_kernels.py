"""Compiled reduction of a likelihood to what the free parameters need, and its arrow of rows.

Terms with a factor that is held at 0 are left out, and then the shapes that no term multiplies.
Blocks whose shapes were the same array, and of which the same are left, go on sharing them.  The
bins of a block are filled up with empty ones to a multiple of 8.

The free parameters become rows.  Where it pays, those that change one group of blocks only (a
spectrum, a detector or a period, whichever frees most) come first, group by group: the matrix of
second derivatives is an arrow, small blocks on the diagonal with a border of the common rows, and
the groups are eliminated from it one by one (Schur complement).  Entries that can be different
from 0 are numbered: for each group the lower half of its own block, then its border (common rows
that the group couples to, times its own), at last the lower half of the common block.

Of blocks and their layout see ``analysis.likelihood.kernels``; here it has more columns.
"""

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")

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

FIRST_ROW = 0
N_LOCAL = 1
FIRST_COUPLED = 2
N_COUPLED = 3
FIRST_ENTRY = 4
FIRST_BORDER = 5

N_ROWS = 0
ALL_LOCAL = 1
COMMON_ENTRY = 2
N_ENTRIES = 3

_FEWEST_ROWS = 12
_GAIN = 0.7


@_jit
def filled_blocks(blocks):
    """The blocks without those that have no bins."""
    shapes, layout, shape_of, weights, factors = blocks
    return shapes, layout[layout[:, N_BINS] > 0], shape_of, weights, factors


@_jit
def kept_terms(blocks, dead):
    """Which terms and shapes stay, dead (P + 1,) marking the parameters that are held at 0."""
    _, layout, shape_of, weights, factors = blocks
    terms = np.zeros(weights.shape[0], dtype=np.bool_)
    shapes = np.zeros(np.sum(layout[:, N_SHAPES]), dtype=np.bool_)
    for t in range(weights.shape[0]):
        a, b, c, d = factors[t, 0], factors[t, 1], factors[t, 2], factors[t, 3]
        if not (dead[a] or dead[b] or dead[c] or dead[d]):
            terms[t] = True
            shapes[shape_of[t]] = True
    return terms, shapes


@_jit
def twin(layout, kept, s):
    """An earlier block of the same shapes, of which the same are kept; s if there is none."""
    for r in range(s):
        if layout[r, START] != layout[s, START] or layout[r, N_BINS] != layout[s, N_BINS]:
            continue
        same = layout[r, N_SHAPES] == layout[s, N_SHAPES]
        k = 0
        while same and k < layout[s, N_SHAPES]:
            same = kept[layout[r, FIRST_SHAPE] + k] == kept[layout[s, FIRST_SHAPE] + k]
            k += 1
        if same:
            return r
    return s


@_jit
def filled_shapes(blocks, kept, out):
    """The kept shapes with bins filled up, and in out (S, .) where those of each block are."""
    shapes, layout = blocks[0], blocks[1]
    size = n_shapes = n_filled = 0
    for s in range(layout.shape[0]):
        first, n_bins = layout[s, FIRST_SHAPE], layout[s, N_BINS]
        out[s, FIRST_SHAPE] = n_shapes
        out[s, N_SHAPES] = np.sum(kept[first : first + layout[s, N_SHAPES]])
        out[s, FIRST_BIN], out[s, N_BINS] = layout[s, FIRST_BIN], n_bins
        out[s, FIRST_FILLED], out[s, N_FILLED] = n_filled, (n_bins + 7) // 8 * 8
        n_shapes += out[s, N_SHAPES]
        n_filled += out[s, N_FILLED]
        first_such = twin(layout, kept, s)
        out[s, START] = out[first_such, START] if first_such < s else size
        if first_such == s:
            size += out[s, N_SHAPES] * out[s, N_FILLED]
    filled, here = np.zeros(size), 0
    for s in range(layout.shape[0]):
        if out[s, START] < here:
            continue
        for k in range(layout[s, N_SHAPES]):
            if kept[layout[s, FIRST_SHAPE] + k]:
                start = layout[s, START] + k * layout[s, N_BINS]
                filled[here : here + layout[s, N_BINS]] = shapes[start : start + layout[s, N_BINS]]
                here += out[s, N_FILLED]
    return filled


@_jit
def renumbered_terms(blocks, kept_term, kept_shape, out):
    """Shape, weight and factors of the kept terms, and in out (S, .) where each block's are."""
    _, layout, shape_of, weights, factors = blocks
    new_shape = np.cumsum(kept_shape) - 1
    n_terms = np.sum(kept_term)
    new_of = np.empty(n_terms, dtype=np.int64)
    new_weights, new_factors = np.empty(n_terms), np.empty((n_terms, 4), dtype=np.int64)
    here = 0
    for s in range(layout.shape[0]):
        out[s, FIRST_TERM] = here
        for t in range(layout[s, FIRST_TERM], layout[s, FIRST_TERM] + layout[s, N_TERMS]):
            if kept_term[t]:
                new_of[here], new_weights[here] = new_shape[shape_of[t]], weights[t]
                new_factors[here] = factors[t]
                here += 1
        out[s, N_TERMS] = here - out[s, FIRST_TERM]
    return new_of, new_weights, new_factors


@_jit
def inverses(variances, layout):
    """1 / variance of Gaussian bins, 0 for Poisson bins and the bins filled up."""
    out = np.zeros(np.sum(layout[:, N_FILLED]))
    for s in range(layout.shape[0]):
        for i in range(layout[s, N_BINS]):
            variance = variances[layout[s, FIRST_BIN] + i]
            if variance > 0.0:
                out[layout[s, FIRST_FILLED] + i] = 1.0 / variance
    return out


@_jit
def blocks_of_parameters(layout, factors, free):
    """Whether each free parameter changes each block, (S, P)."""
    touching = np.zeros((layout.shape[0], free.shape[0]), dtype=np.bool_)
    for s in range(layout.shape[0]):
        for t in range(layout[s, FIRST_TERM], layout[s, FIRST_TERM] + layout[s, N_TERMS]):
            for j in range(4):
                p = factors[t, j]
                if p < free.shape[0] and free[p]:
                    touching[s, p] = True
    return touching


@_jit
def homes(touching, group_of, may_be_local):
    """Group of blocks (P,) that a parameter changes and no other; -1 for a common one."""
    home = np.full(touching.shape[1], -1)
    for p in range(touching.shape[1]):
        if not may_be_local[p]:
            continue
        for s in range(touching.shape[0]):
            if touching[s, p]:
                if home[p] >= 0 and home[p] != group_of[s]:
                    home[p] = -1
                    break
                home[p] = group_of[s]
    return home


@_jit
def couplings_to_groups(touching, group_of, home, common):
    """Whether each common parameter couples to each group with a local one, (G, P)."""
    n_groups = 0
    for s in range(group_of.shape[0]):
        n_groups = max(n_groups, group_of[s] + 1)
    coupled = np.zeros((n_groups, home.shape[0]), dtype=np.bool_)
    has_local = np.zeros(coupled.shape[0], dtype=np.bool_)
    for p in range(home.shape[0]):
        if home[p] >= 0:
            has_local[home[p]] = True
    for s in range(touching.shape[0]):
        if has_local[group_of[s]]:
            for p in range(home.shape[0]):
                if common[p] and touching[s, p]:
                    coupled[group_of[s], p] = True
    return coupled


@_jit
def cost(home, coupled, n_free):
    """Multiplications of a step with the local parameters eliminated, in sixths."""
    total, n_local = 0.0, 0
    for g in range(coupled.shape[0]):
        own, border = np.sum(home == g), np.sum(coupled[g])
        total += own * (own * own + 3.0 * border * (own + border))
        n_local += own
    common = float(n_free - n_local)
    return total + common * common * common


@_jit
def best_homes(layout, touching, may_be_local, free):
    """Homes (P,) and the group of each block (S,) of the grouping that frees most, if it pays."""
    n_blocks, n_free = layout.shape[0], np.sum(free)
    group_of, home = np.zeros(n_blocks, dtype=np.int64), np.full(free.shape[0], -1)
    if n_free < _FEWEST_ROWS or n_blocks < 2:
        return home, group_of
    lowest = _GAIN * float(n_free) ** 3
    for kind in range(3):
        groups = np.arange(n_blocks)
        if kind > 0:
            groups[:] = layout[:, DETECTOR if kind == 1 else PERIOD]
        found = homes(touching, groups, may_be_local)
        coupled = couplings_to_groups(touching, groups, found, free & (found < 0))
        price = cost(found, coupled, n_free)
        if price < lowest:
            lowest, home, group_of = price, found, groups
    return home, group_of


@_jit
def arrow(touching, home, group_of, free, last, bent):
    """Rows of the parameters, and groups, coupled and sizes of the arrow.

    place (P + 1,) is the row of each free parameter, -1 for a held one and for the final 1; last,
    if it is one, comes last, and with bent there is one more row behind it.  groups (G, 6) have
    the columns named above, coupled the common rows of each border; sizes: see N_ROWS and so on.
    """
    n_par = free.shape[0]
    place = np.full(n_par + 1, -1)
    common = free & (home < 0)
    border = couplings_to_groups(touching, group_of, home, common)
    used = np.zeros(border.shape[0], dtype=np.int64)
    for p in range(n_par):
        if home[p] >= 0:
            used[home[p]] += 1
    n_groups = row = g = 0
    for group in range(used.shape[0]):
        n_groups += 1 if used[group] > 0 else 0
    groups = np.zeros((n_groups, 6), dtype=np.int64)
    for group in range(used.shape[0]):
        if used[group] > 0:
            groups[g, FIRST_ROW], groups[g, N_LOCAL] = row, used[group]
            for p in range(n_par):
                if home[p] == group:
                    place[p] = row
                    row += 1
            g += 1
    n_local = row
    for p in range(n_par):
        if common[p] and p != last:
            place[p] = row
            row += 1
    if last >= 0:
        place[last] = row
        row += 1
    extra = 1 if bent else 0
    coupled = np.zeros(np.sum(border) + extra * groups.shape[0], dtype=np.int64)
    entry = here = g = 0
    for group in range(used.shape[0]):
        if used[group] == 0:
            continue
        groups[g, FIRST_ENTRY], groups[g, FIRST_COUPLED] = entry, here
        entry += used[group] * (used[group] + 1) // 2
        groups[g, FIRST_BORDER] = entry
        for p in range(n_par):
            if border[group, p] and p != last:
                coupled[here] = place[p] - n_local
                here += 1
        if last >= 0 and border[group, last]:
            coupled[here] = place[last] - n_local
            here += 1
            if bent:
                coupled[here] = place[last] + 1 - n_local
                here += 1
        groups[g, N_COUPLED] = here - groups[g, FIRST_COUPLED]
        entry += used[group] * groups[g, N_COUPLED]
        g += 1
    n_common = row + extra - n_local
    sizes = np.array([row + extra, n_local, entry, entry + n_common * (n_common + 1) // 2])
    return place, (groups, coupled, sizes)


@_jit
def own_rows(layout, terms, touching, place, last, bent):
    """Rows of each block, in increasing order; slots of the terms' factors; shapes touched.

    A slot is the position of a factor's row among those of its block, -1 for what is held.
    touched, for each block (K, F), tells whether g_k depends on a row.
    """
    shape_of, factors = terms[0], terms[2]
    one = place.shape[0] - 1
    most = np.sum(touching) + (layout.shape[0] if bent else 0)
    own = np.empty(most, dtype=np.int64)
    slots = np.full(factors.shape, -1)
    here = pairs = size = 0
    for s in range(layout.shape[0]):
        rows = np.sort(place[:-1][touching[s]])
        layout[s, FIRST_OWN], layout[s, BEND] = here, -1
        own[here : here + rows.shape[0]] = rows
        first, end = layout[s, FIRST_TERM], layout[s, FIRST_TERM] + layout[s, N_TERMS]
        for t in range(first, end):
            if bent and np.sum(factors[t] == last) > 1:
                layout[s, BEND] = rows.shape[0]
            for j in range(4):
                if factors[t, j] < one and place[factors[t, j]] >= 0:
                    slots[t, j] = np.searchsorted(rows, place[factors[t, j]])
        layout[s, N_OWN] = rows.shape[0]
        if layout[s, BEND] >= 0:
            own[here + rows.shape[0]] = place[last] + 1
            layout[s, N_OWN] += 1
        n_own = layout[s, N_OWN]
        here += n_own
        layout[s, FIRST_PAIR], layout[s, FIRST_TOUCHED] = pairs, size
        pairs += n_own * (n_own + 1) // 2
        size += n_own * layout[s, N_SHAPES]
    touched = np.zeros(size, dtype=np.bool_)
    for s in range(layout.shape[0]):
        for t in range(layout[s, FIRST_TERM], layout[s, FIRST_TERM] + layout[s, N_TERMS]):
            k = shape_of[t] - layout[s, FIRST_SHAPE]
            row = layout[s, FIRST_TOUCHED] + k * layout[s, N_OWN]
            for j in range(4):
                if slots[t, j] >= 0:
                    touched[row + slots[t, j]] = True
            if bent and np.sum(factors[t] == last) > 1:
                touched[row + layout[s, BEND]] = True
    return own[:here].copy(), slots, touched


@_jit
def pairs_of_rows(layout, own, shape):
    """Entry of the arrow for each pair of rows of each block, lower halves (F (F + 1) / 2)."""
    groups, coupled, sizes = shape
    n_local = sizes[ALL_LOCAL]
    last = layout[-1] if layout.shape[0] else np.zeros(_COLUMNS, dtype=np.int64)
    pairs = np.empty(last[FIRST_PAIR] + last[N_OWN] * (last[N_OWN] + 1) // 2, dtype=np.int64)
    group_of = np.full(n_local, -1)
    for g in range(groups.shape[0]):
        group_of[groups[g, FIRST_ROW] : groups[g, FIRST_ROW] + groups[g, N_LOCAL]] = g
    for s in range(layout.shape[0]):
        here, rows = layout[s, FIRST_PAIR], own[layout[s, FIRST_OWN] :][: layout[s, N_OWN]]
        for i in range(rows.shape[0]):
            for j in range(i + 1):
                a, b = rows[i] - n_local, rows[j] - n_local
                if b >= 0:
                    pairs[here] = sizes[COMMON_ENTRY] + a * (a + 1) // 2 + b
                else:
                    g = group_of[rows[j]]
                    b = rows[j] - groups[g, FIRST_ROW]
                    if a < 0:
                        a = rows[i] - groups[g, FIRST_ROW]
                        pairs[here] = groups[g, FIRST_ENTRY] + a * (a + 1) // 2 + b
                    else:
                        start = groups[g, FIRST_COUPLED]
                        border = coupled[start : start + groups[g, N_COUPLED]]
                        at = np.searchsorted(border, a)
                        pairs[here] = groups[g, FIRST_BORDER] + at * groups[g, N_LOCAL] + b
                here += 1
    return pairs


@_jit
def diagonal_entries(shape):
    """Entry of the arrow on the diagonal of each row."""
    groups, _, sizes = shape
    out = np.empty(sizes[N_ROWS], dtype=np.int64)
    for g in range(groups.shape[0]):
        for i in range(groups[g, N_LOCAL]):
            out[groups[g, FIRST_ROW] + i] = groups[g, FIRST_ENTRY] + i * (i + 3) // 2
    for a in range(sizes[N_ROWS] - sizes[ALL_LOCAL]):
        out[sizes[ALL_LOCAL] + a] = sizes[COMMON_ENTRY] + a * (a + 3) // 2
    return out


@_jit
def reduced(blocks, variances, free, at_zero, last, bent, couplings, group):
    """What the Newton kernels need of a likelihood; see ``Reduction`` for its parts.

    free (P,) and at_zero (P,) mark free parameters and those held at 0; last is one that shall
    come last, -1 if none; with bent it has a row more.  What correlations couple is common.
    group is False for one dense block of rows.
    """
    kept_term, kept_shape = kept_terms(blocks, np.append(at_zero, False))
    blocks = filled_blocks(blocks)
    layout = np.zeros((blocks[1].shape[0], _COLUMNS), dtype=np.int64)
    shapes = filled_shapes(blocks, kept_shape, layout)
    terms = renumbered_terms(blocks, kept_term, kept_shape, layout)
    touching = blocks_of_parameters(layout, terms[2], free)
    moving = np.zeros(free.shape[0], dtype=np.bool_)
    for s in range(touching.shape[0]):
        moving |= touching[s]
    alone = moving.copy()
    for k in range(couplings[2].shape[0]):
        for p in (couplings[0][k], couplings[1][k]):
            moving[p], alone[p] = free[p], False
    if last >= 0:
        moving[last], alone[last] = True, False
    if group:
        home, group_of = best_homes(blocks[1], touching, alone, moving)
    else:
        home, group_of = np.full(free.shape[0], -1), np.zeros(layout.shape[0], dtype=np.int64)
    place, shape = arrow(touching, home, group_of, moving, last, bent)
    own, slots, touched = own_rows(layout, terms, touching, place, last, bent)
    pairs = pairs_of_rows(layout, own, shape)
    rows = (place, own, touched, pairs, diagonal_entries(shape))
    bins = (shapes, layout, inverses(variances, layout))
    return bins, (terms[0], terms[1], terms[2], slots), rows, shape
