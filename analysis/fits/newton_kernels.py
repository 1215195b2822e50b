"""Compiled Newton fits of many toys in step: the vector lanes are toys.

The likelihood is in its reduced form (``analysis.likelihood.reduction``): bin i of a block
expects sum_k g_k W[k, i], each g_k a sum of terms, a weight times up to six of the parameters.  The
bins enter only through sums of the residuals r = 1 - n / lambda and the weights w = n / lambda^2
over the shapes of their block:

    half gradient of -2 ln L:   s_a  = sum_k dg_k/dx_a R_k                R_k  = sum_i r_i W[k, i]
    half Hessian:               M_ab = sum_kl dg_k/dx_a dg_l/dx_b V_kl + sum_k d2g_k/dx_a dx_b R_k
                                                                    V_kl = sum_i w_i W[k, i] W[l, i]

and no logarithm is taken before the minimum is reached.  Arrays of lanes have the toy as last
index; every toy's result is the same whatever the other lanes hold.  x holds the parameters and
a last row of ones.  A problem is the tuple of a ``Reduction``: bins, terms, rows, arrow; couplings
are those of ``analysis.likelihood.correlations``.  M is kept by its entries in the arrow; rows that
are local to a group of blocks are eliminated group by group (Schur complement), then the common
ones.

A parameter v in whose square the g_k are linear makes the likelihood two valleys.  Named as
``bent`` (-1 if there is none) and last among the free ones, it moves as (v, v^2) along two
directions: there is one more row, the bend 1/2 d2g_k/dv^2, and the profile over the other
parameters is locally a quartic in v, of which a fit follows one minimum.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)

N_FACTORS = 6
"""Of which most terms fill four or fewer; the last entry of x, 1, fills up the rest."""

START = 0
FIRST_SHAPE = 1
N_SHAPES = 2
FIRST_BIN = 3
N_BINS = 4
FIRST_TERM = 5
N_TERMS = 6
FIRST_FILLED = 7
N_FILLED = 8
FIRST_OWN = 9
N_OWN = 10
FIRST_PAIR = 11
FIRST_TOUCHED = 12
BEND = 13

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


@_jit
def log_ratio_parts(count, expected):
    """(t, p, e) with ln(expected / count) = 2 t + 2 t^3 p + e ln 2, both > 0 and |t| < 0.21.

    t = (expected 2^-e - count) / (expected 2^-e + count), and 2 atanh(t) = 2 t + 2 t^3 (1/3 +
    t^2 / 5 + ...); e is 0 for ratios between 0.67 and 1.5.
    """
    gap = np.float64(expected).view(np.int64) - np.float64(count).view(np.int64)
    e = (gap + (1 << 51)) >> 52
    scaled = expected * np.int64((1023 - e) << 52).view(np.float64)
    t = (scaled - count) / (scaled + count)
    y = t * t
    p = 1.0 / 27.0 + y / 29.0
    for k in range(25, 1, -2):
        p = 1.0 / k + y * p
    return t, p, e


@_jit
def best_beta(n, mean, spread, center):
    """beta of a simulated bin, and by how much it falls with the expectation: ``special_bins``."""
    shift = mean * spread - center
    root = math.sqrt(shift * shift + 4.0 * n * spread)
    beta = 2.0 * n * spread / (shift + root) if shift > 0.0 else 0.5 * (root - shift)
    return beta, (spread * beta / root if root > 0.0 else 0.0)


@_jit
def special_term(n, mean, spread, center):
    """-2 ln L of a simulated bin, or of a combined one, for an expectation > 0."""
    if spread < 0.0:
        gap = mean - n
        return gap * gap * (1.0 / n + 2.0 / mean) / 3.0 if n > 0.0 else 2.0 * mean
    beta = best_beta(n, mean, spread, center)[0]
    pull, gap = beta - center, beta * mean - n
    term = 2.0 * gap + pull * pull / spread
    return term - 2.0 * n * math.log1p(gap / n) if n > 0.0 else term


@_jit
def special_residual(n, mean, spread, center):
    """Half the slope and half the curvature, which is not below 0, of a special bin's term."""
    ratio = n / mean
    if spread > 0.0:
        beta, falling = best_beta(n, mean, spread, center)
        return beta - ratio, max(ratio / mean - falling, 0.0)
    if n == 0.0:
        return 1.0, 0.0
    slope = (mean / n - ratio * ratio) / 3.0
    return slope, (1.0 / n + 2.0 * ratio * ratio / mean) / 3.0


@_jit
def add_bin_terms(counts, first, expected, bins, centers, total, margin):
    """Terms of eight bins added to total (L,), in every lane; margin as in the sums.

    2 (lambda - n + n ln(n / lambda)) without cancellation: for lambda near n that is
    2 (t (lambda - n) - 2 n t^3 p), see ``log_ratio_parts``.  2 lambda where n = 0, and
    (lambda - n)^2 / variance in a Gaussian bin.
    """
    inverse_variances, (spreads, places) = bins[2], bins[3]
    for b in range(8):
        i = first + b
        if inverse_variances[i] > 0.0:
            for lane in range(total.shape[0]):
                residual = expected[b, lane] - counts[i, lane]
                total[lane] += residual * residual * inverse_variances[i]
            continue
        if spreads.shape[0] > 0 and spreads[i] != 0.0:
            for lane in range(total.shape[0]):
                mean = max(expected[b, lane], 1e-300)
                center = centers[places[i], lane]
                total[lane] += special_term(counts[i, lane], mean, spreads[i], center)
                margin[lane] = min(margin[lane], expected[b, lane] - 1e-6 * counts[i, lane])
            continue
        for lane in range(total.shape[0]):
            n = counts[i, lane] if counts[i, lane] > 0.0 else 1.0
            mean = max(expected[b, lane], 1e-300)
            t, p, e = log_ratio_parts(n, mean)
            excess = mean - n
            far = excess - n * (e * math.log(2.0) + 2.0 * t)
            term = (t * excess if e == 0 else far) - 2.0 * n * t * t * t * p
            total[lane] += 2.0 * (term if counts[i, lane] > 0.0 else expected[b, lane])
            margin[lane] = min(margin[lane], expected[b, lane] - 1e-6 * counts[i, lane])


@_jit
def has_many(factors, t, x):
    """Whether a term has more than four factors."""
    return factors[t, 4] != x.shape[0] - 1


@_jit
def product_of_others(x, factors, t, i, j, lane):
    """Product of the factors of a term but those at i and j."""
    product = 1.0
    for h in range(N_FACTORS):
        if h != i and h != j:
            product *= x[factors[t, h], lane]
    return product


@_jit
def coefficients(x, terms, g):
    """g_k of all blocks in every lane, (K, L), in place."""
    shape_of, weights, factors, _ = terms
    g[:] = 0.0
    for t in range(weights.shape[0]):
        weight, row = weights[t], g[shape_of[t]]
        if has_many(factors, t, x):
            for lane in range(row.shape[0]):
                row[lane] += weight * product_of_others(x, factors, t, -1, -1, lane)
            continue
        a, b, c, d = x[factors[t, 0]], x[factors[t, 1]], x[factors[t, 2]], x[factors[t, 3]]
        for lane in range(row.shape[0]):
            row[lane] += weight * a[lane] * b[lane] * c[lane] * d[lane]


@_jit
def coefficient_slopes(x, block, terms, bent, slopes):
    """dg_k/dx_a of a block by its own rows, the bend among them if it has one, in place.

    slopes (K F, L), row k F + a for shape k and own row a.
    """
    _, weights, factors, slots = terms
    shape_of, n_own = terms[0], block[N_OWN]
    slopes[: block[N_SHAPES] * n_own] = 0.0
    for t in range(block[FIRST_TERM], block[FIRST_TERM] + block[N_TERMS]):
        first = (shape_of[t] - block[FIRST_SHAPE]) * n_own
        weight, many = weights[t], has_many(factors, t, x)
        for j in range(N_FACTORS):
            if slots[t, j] < 0:
                continue
            row = slopes[first + slots[t, j]]
            if many:
                for lane in range(row.shape[0]):
                    row[lane] += weight * product_of_others(x, factors, t, j, -1, lane)
                continue
            b = x[factors[t, (j + 1) % 4]]
            c = x[factors[t, (j + 2) % 4]]
            d = x[factors[t, (j + 3) % 4]]
            for lane in range(row.shape[0]):
                row[lane] += weight * b[lane] * c[lane] * d[lane]
        if bent < 0:
            continue
        for j in range(3):
            for i in range(j + 1, 4):
                if factors[t, j] == bent and factors[t, i] == bent:
                    row = slopes[first + block[BEND]]
                    if many:
                        for lane in range(row.shape[0]):
                            row[lane] += weight * product_of_others(x, factors, t, j, i, lane)
                        continue
                    one, other = other_two(i, j)
                    b, c = x[factors[t, one]], x[factors[t, other]]
                    for lane in range(row.shape[0]):
                        row[lane] += weight * b[lane] * c[lane]


@_jit
def other_two(i, j):
    """The two of the factors 0 to 3 that are neither i nor j."""
    one = 0 if i > 0 and j > 0 else (1 if i > 1 or j > 1 else 2)
    return one, 6 - i - j - one


@_jit
def eight(row, first):
    """Eight entries of a row as scalars."""
    return (
        row[first],
        row[first + 1],
        row[first + 2],
        row[first + 3],
        row[first + 4],
        row[first + 5],
        row[first + 6],
        row[first + 7],
    )


@_jit
def products(a, b):
    """Products of eight and eight scalars."""
    return (
        a[0] * b[0],
        a[1] * b[1],
        a[2] * b[2],
        a[3] * b[3],
        a[4] * b[4],
        a[5] * b[5],
        a[6] * b[6],
        a[7] * b[7],
    )


@_jit
def expected_of_eight(g, shapes, block, first, expected):
    """Expectation of eight bins of a block in every lane, (8, L), in place."""
    expected[:] = 0.0
    for k in range(block[N_SHAPES]):
        start = block[START] + k * block[N_FILLED] + first
        s0, s1, s2, s3, s4, s5, s6, s7 = eight(shapes, start)
        factors = g[block[FIRST_SHAPE] + k]
        for lane in range(factors.shape[0]):
            factor = factors[lane]
            expected[0, lane] += s0 * factor
            expected[1, lane] += s1 * factor
            expected[2, lane] += s2 * factor
            expected[3, lane] += s3 * factor
            expected[4, lane] += s4 * factor
            expected[5, lane] += s5 * factor
            expected[6, lane] += s6 * factor
            expected[7, lane] += s7 * factor


@_jit
def add_weighted(weights, row, out):
    """out (L,) += sum of weights[b] row[b] over eight rows of lanes."""
    w0, w1, w2, w3, w4, w5, w6, w7 = weights
    for lane in range(out.shape[0]):
        out[lane] += (
            w0 * row[0, lane]
            + w1 * row[1, lane]
            + w2 * row[2, lane]
            + w3 * row[3, lane]
            + w4 * row[4, lane]
            + w5 * row[5, lane]
            + w6 * row[6, lane]
            + w7 * row[7, lane]
        )


@_jit
def residuals_and_weights(
    counts, first, expected, bins, centers, fisher, residuals, weights, margin
):
    """r and w of eight bins in every lane, (8, L) in place; margin falls below 0 behind the wall.

    The wall is at 1e-6 n (``kernels.poisson_term``).  With fisher, w is that of the expected
    information, 1 / lambda, of a simulated bin 1 / (lambda + (lambda delta)^2).
    """
    inverse_variances, (spreads, places) = bins[2], bins[3]
    for b in range(8):
        i = first + b
        if inverse_variances[i] > 0.0:
            for lane in range(counts.shape[1]):
                residuals[b, lane] = (expected[b, lane] - counts[i, lane]) * inverse_variances[i]
                weights[b, lane] = inverse_variances[i]
            continue
        special = spreads.shape[0] > 0 and spreads[i] != 0.0
        for lane in range(counts.shape[1]):
            floor = 1e-6 * counts[i, lane]
            inverse = 1.0 / max(expected[b, lane], floor + 1e-300)
            ratio = counts[i, lane] * inverse
            residuals[b, lane] = 1.0 - ratio
            weights[b, lane] = ratio * inverse
            margin[lane] = min(margin[lane], expected[b, lane] - floor)
        if special:
            for lane in range(counts.shape[1]):
                mean = max(expected[b, lane], 1e-6 * counts[i, lane] + 1e-300)
                residuals[b, lane], weights[b, lane] = special_residual(
                    counts[i, lane], mean, spreads[i], centers[places[i], lane]
                )
        if fisher:
            spread = max(spreads[i], 0.0) if special else 0.0
            for lane in range(counts.shape[1]):
                mean = max(expected[b, lane], 1e-300)
                weights[b, lane] = 1.0 / (mean * (1.0 + spread * mean))


@_jit
def bin_sums(g, bins, block, active, counts, centers, fisher, second, r_sums, w_sums, margin):
    """R_k of a block, and V_kl for l <= k if second, in place, of its active shapes.

    counts (n, L) of all blocks, centers (P, L).  r_sums (K, L) are of all blocks, w_sums (K K, L)
    of this one, row k K + l.  margin (L,) falls below 0 if a bin lies behind the wall.
    """
    shapes = bins[0]
    n_lanes, n_shapes, first = counts.shape[1], block[N_SHAPES], block[FIRST_SHAPE]
    expected, r, w = np.empty((8, n_lanes)), np.empty((8, n_lanes)), np.empty((8, n_lanes))
    if second:
        w_sums[: n_shapes * n_shapes] = 0.0
    for i in range(0, block[N_FILLED], 8):
        expected_of_eight(g, shapes, block, i, expected)
        here = block[FIRST_FILLED] + i
        residuals_and_weights(counts, here, expected, bins, centers, fisher, r, w, margin)
        for k in range(n_shapes):
            if not active[first + k]:
                continue
            s = eight(shapes, block[START] + k * block[N_FILLED] + i)
            add_weighted(s, r, r_sums[first + k])
            if not second:
                continue
            for m in range(k + 1):
                if active[first + m]:
                    other = eight(shapes, block[START] + m * block[N_FILLED] + i)
                    add_weighted(products(s, other), w, w_sums[k * n_shapes + m])


@_jit
def add_prior_slopes(x, centers, inverse_sigmas, place, couplings, out):
    """Half the derivatives of the constraints, added to out (F, L)."""
    for p in range(centers.shape[0]):
        if place[p] < 0:
            continue
        squared = inverse_sigmas[p] * inverse_sigmas[p]
        row, value, center = out[place[p]], x[p], centers[p]
        for lane in range(row.shape[0]):
            row[lane] += squared * (value[lane] - center[lane])
    first, second, values = couplings
    for k in range(values.shape[0]):
        for a, b in ((first[k], second[k]), (second[k], first[k])):
            if place[a] >= 0:
                row, value, center = out[place[a]], x[b], centers[b]
                for lane in range(row.shape[0]):
                    row[lane] += values[k] * (value[lane] - center[lane])
            if a == b:
                break


@_jit
def add_prior_curvature(inverse_sigmas, rows, arrow, couplings, out):
    """Half the second derivatives of the constraints, added to the entries out (E, L)."""
    place, diagonal, sizes = rows[0], rows[4], arrow[2]
    for p in range(place.shape[0] - 1):
        if place[p] >= 0:
            out[diagonal[place[p]]] += inverse_sigmas[p] * inverse_sigmas[p]
    first, second, values = couplings
    for k in range(values.shape[0]):
        a, b = place[first[k]] - sizes[ALL_LOCAL], place[second[k]] - sizes[ALL_LOCAL]
        if place[first[k]] >= 0 and place[second[k]] >= 0:
            high, low = max(a, b), min(a, b)
            out[sizes[COMMON_ENTRY] + high * (high + 1) // 2 + low] += values[k]


@_jit
def add_half_gradient(block, rows, slopes, r_sums, out):
    """s_a of a block's own rows added to out (F, L)."""
    _, own, touched, _, _, _ = rows
    for a in range(block[N_OWN]):
        row = out[own[block[FIRST_OWN] + a]]
        for k in range(block[N_SHAPES]):
            at = k * block[N_OWN] + a
            if touched[block[FIRST_TOUCHED] + at]:
                slope, total = slopes[at], r_sums[block[FIRST_SHAPE] + k]
                for lane in range(row.shape[0]):
                    row[lane] += slope[lane] * total[lane]


@_jit
def add_half_information(block, rows, slopes, w_sums, product, out):
    """M_ab of a block without the second derivatives of g added to the entries out (E, L).

    product (K, L) is room.
    """
    _, _, touched, pairs, _, _ = rows
    n_shapes, n_own, first = block[N_SHAPES], block[N_OWN], block[FIRST_TOUCHED]
    for a in range(n_own):
        product[:n_shapes] = 0.0
        for k in range(n_shapes):
            if not touched[first + k * n_own + a]:
                continue
            slope = slopes[k * n_own + a]
            for m in range(n_shapes):
                sums = w_sums[k * n_shapes + m] if m <= k else w_sums[m * n_shapes + k]
                row = product[m]
                for lane in range(row.shape[0]):
                    row[lane] += slope[lane] * sums[lane]
        for b in range(a + 1):
            row = out[pairs[block[FIRST_PAIR] + a * (a + 1) // 2 + b]]
            for m in range(n_shapes):
                if touched[first + m * n_own + b]:
                    slope, part = slopes[m * n_own + b], product[m]
                    for lane in range(row.shape[0]):
                        row[lane] += slope[lane] * part[lane]


@_jit
def add_curvature(x, layout, terms, pairs, bent, r_sums, out):
    """Second derivatives of g: sum_k d2g_k/dx_a dx_b R_k added to the entries out (E, L).

    That by v twice is left out: it is the bend.
    """
    shape_of, weights, factors, slots = terms
    for s in range(layout.shape[0]):
        block = layout[s]
        for t in range(block[FIRST_TERM], block[FIRST_TERM] + block[N_TERMS]):
            many = has_many(factors, t, x)
            for j in range(N_FACTORS - 1):
                for i in range(j + 1, N_FACTORS):
                    a, b = slots[t, j], slots[t, i]
                    if a < 0 or b < 0 or (a == b and factors[t, j] == bent):
                        continue
                    weight = 2.0 * weights[t] if a == b else weights[t]
                    high, low = max(a, b), min(a, b)
                    row = out[pairs[block[FIRST_PAIR] + high * (high + 1) // 2 + low]]
                    total = r_sums[shape_of[t]]
                    if many:
                        for lane in range(row.shape[0]):
                            rest = product_of_others(x, factors, t, i, j, lane)
                            row[lane] += weight * rest * total[lane]
                        continue
                    c, d = other_two(i, j)
                    one, other = x[factors[t, c]], x[factors[t, d]]
                    for lane in range(row.shape[0]):
                        row[lane] += weight * one[lane] * other[lane] * total[lane]


@_jit
def add_blocks(
    x, counts, centers, problem, bent, fisher, second, step, matrix, r_sums, margin, room
):
    """s_a (F, L) and, if second, the entries of M without the second derivatives of g, in place.

    Those of the bins; margin (L,) is negative if a bin lies behind the wall.
    """
    bins, terms, rows, _ = problem
    g, slopes, w_sums, product = room
    layout, active = bins[1], rows[5]
    coefficients(x, terms, g)
    r_sums[:] = 0.0
    margin[:] = np.inf
    for s in range(layout.shape[0]):
        block = layout[s]
        coefficient_slopes(x, block, terms, bent, slopes)
        bin_sums(g, bins, block, active, counts, centers, fisher, second, r_sums, w_sums, margin)
        add_half_gradient(block, rows, slopes, r_sums, step)
        if second:
            add_half_information(block, rows, slopes, w_sums, product, matrix)


@_jit
def rooms(problem, n_lanes):
    """Arrays that ``add_blocks`` works in: g, slopes, V, a product."""
    layout = problem[0][1]
    most_shapes = most_slopes = n_shapes = 0
    for s in range(layout.shape[0]):
        most_shapes = max(most_shapes, layout[s, N_SHAPES])
        most_slopes = max(most_slopes, layout[s, N_SHAPES] * layout[s, N_OWN])
        n_shapes += layout[s, N_SHAPES]
    return (
        np.empty((n_shapes, n_lanes)),
        np.empty((most_slopes, n_lanes)),
        np.empty((most_shapes * most_shapes, n_lanes)),
        np.empty((most_shapes, n_lanes)),
    )


@_jit
def eliminate_row(matrix, row_start, known_start, n_known, target):
    """matrix[target] less the products of two rows of n_known entries, in every lane."""
    row = matrix[target]
    for k in range(n_known):
        left, right = matrix[row_start + k], matrix[known_start + k]
        for lane in range(row.shape[0]):
            row[lane] -= left[lane] * right[lane]


@_jit
def invert_root(row, definite):
    """1 / sqrt of a diagonal entry in every lane; definite becomes 0.0 where it is not > 0."""
    for lane in range(row.shape[0]):
        good = row[lane] > 0.0
        definite[lane] = definite[lane] if good else 0.0
        row[lane] = 1.0 / math.sqrt(row[lane] if good else 1.0)


@_jit
def scale(row, factor):
    """row *= factor in every lane."""
    for lane in range(row.shape[0]):
        row[lane] *= factor[lane]


@_jit
def eliminate_groups(matrix, arrow, definite):
    """Cholesky factors of the groups' own blocks and borders, and what is left of the common."""
    groups, coupled, sizes = arrow
    for g in range(groups.shape[0]):
        own, border, n = groups[g, FIRST_ENTRY], groups[g, FIRST_BORDER], groups[g, N_LOCAL]
        for a in range(n):
            first = own + a * (a + 1) // 2
            for b in range(a + 1):
                known = own + b * (b + 1) // 2
                eliminate_row(matrix, first, known, b, first + b)
                if a == b:
                    invert_root(matrix[first + b], definite)
                else:
                    scale(matrix[first + b], matrix[known + b])
        for c in range(groups[g, N_COUPLED]):
            first = border + c * n
            for b in range(n):
                known = own + b * (b + 1) // 2
                eliminate_row(matrix, first, known, b, first + b)
                scale(matrix[first + b], matrix[known + b])
            a = coupled[groups[g, FIRST_COUPLED] + c]
            for d in range(c + 1):
                b = coupled[groups[g, FIRST_COUPLED] + d]
                target = sizes[COMMON_ENTRY] + a * (a + 1) // 2 + b
                eliminate_row(matrix, first, border + d * n, n, target)


@_jit
def eliminate(matrix, arrow, n_kept, definite):
    """Cholesky factor in place of M (E, L), but of its last n_kept rows, and what is left there.

    The diagonal holds the inverses of the factor's diagonal.  With rows kept, one more entry at
    the end holds what the very last one had on the diagonal.  definite (L,) is 1.0, or 0.0 where
    the eliminated block is not positive definite.
    """
    sizes = arrow[2]
    definite[:] = 1.0
    if n_kept > 0:
        matrix[sizes[N_ENTRIES]] = matrix[sizes[N_ENTRIES] - 1]
    eliminate_groups(matrix, arrow, definite)
    n_common = sizes[N_ROWS] - sizes[ALL_LOCAL]
    n_first = n_common - n_kept
    for a in range(n_common):
        first = sizes[COMMON_ENTRY] + a * (a + 1) // 2
        for b in range(a + 1):
            known = sizes[COMMON_ENTRY] + b * (b + 1) // 2
            eliminate_row(matrix, first, known, min(b, n_first), first + b)
            if b >= n_first:
                continue
            if a == b:
                invert_root(matrix[first + b], definite)
            else:
                scale(matrix[first + b], matrix[known + b])


@_jit
def subtract(row, left, known):
    """row -= left known in every lane."""
    for lane in range(row.shape[0]):
        row[lane] -= left[lane] * known[lane]


@_jit
def solve_down(low, arrow, n_kept, right):
    """First half of a solution in place, (F, L); the kept rows lose what is eliminated.

    low is the result of ``eliminate``.
    """
    groups, coupled, sizes = arrow
    n_local, n_common = sizes[ALL_LOCAL], sizes[N_ROWS] - sizes[ALL_LOCAL]
    for g in range(groups.shape[0]):
        row, n = groups[g, FIRST_ROW], groups[g, N_LOCAL]
        for a in range(n):
            first = groups[g, FIRST_ENTRY] + a * (a + 1) // 2
            for k in range(a):
                subtract(right[row + a], low[first + k], right[row + k])
            scale(right[row + a], low[first + a])
        for c in range(groups[g, N_COUPLED]):
            first = groups[g, FIRST_BORDER] + c * n
            target = right[n_local + coupled[groups[g, FIRST_COUPLED] + c]]
            for k in range(n):
                subtract(target, low[first + k], right[row + k])
    n_first = n_common - n_kept
    for a in range(n_common):
        first = sizes[COMMON_ENTRY] + a * (a + 1) // 2
        for k in range(min(a, n_first)):
            subtract(right[n_local + a], low[first + k], right[n_local + k])
        if a < n_first:
            scale(right[n_local + a], low[first + a])


@_jit
def solve_up(low, arrow, n_kept, right):
    """Second half of the solution in place, for given kept rows."""
    groups, coupled, sizes = arrow
    n_local, n_common = sizes[ALL_LOCAL], sizes[N_ROWS] - sizes[ALL_LOCAL]
    start = sizes[COMMON_ENTRY]
    for a in range(n_common - n_kept - 1, -1, -1):
        row = right[n_local + a]
        for k in range(a + 1, n_common):
            subtract(row, low[start + k * (k + 1) // 2 + a], right[n_local + k])
        scale(row, low[start + a * (a + 3) // 2])
    for g in range(groups.shape[0]):
        n, own = groups[g, N_LOCAL], groups[g, FIRST_ENTRY]
        for a in range(n - 1, -1, -1):
            row = right[groups[g, FIRST_ROW] + a]
            for c in range(groups[g, N_COUPLED]):
                known = right[n_local + coupled[groups[g, FIRST_COUPLED] + c]]
                subtract(row, low[groups[g, FIRST_BORDER] + c * n + a], known)
            for k in range(a + 1, n):
                known = right[groups[g, FIRST_ROW] + k]
                subtract(row, low[own + k * (k + 1) // 2 + a], known)
            scale(row, low[own + a * (a + 3) // 2])


@_jit
def quartic_minima(c1, c2, c3, c4):
    """Deeper and other minimum of c1 v + c2 v^2 + c3 v^3 + c4 v^4, and how many there are.

    Half a one counts where a second minimum has almost come to be: other is then near the place
    where it would.  NaN where there is none.  With v = y - h the minima are roots of y^3 + p y + q.
    """
    if not c4 > 0.0:
        return (-0.5 * c1 / c2 if c2 > 0.0 else math.nan), math.nan, 1.0
    h = 0.25 * c3 / c4
    p = 0.5 * c2 / c4 - 3.0 * h * h
    q = 0.25 * c1 / c4 - 0.5 * h * c2 / c4 + 2.0 * h * h * h
    side = -1.0 if q > 0.0 else 1.0
    discriminant = 0.25 * q * q + p * p * p / 27.0
    if discriminant < 0.0:
        radius = math.sqrt(-p / 3.0)
        angle = math.acos(min(0.5 * abs(q) / (radius * radius * radius), 1.0)) / 3.0
        number, far = 2.0, 2.0 * radius * math.cos(angle)
        near = -2.0 * radius * math.cos(math.pi / 3.0 - angle)
    else:
        cubic = (0.5 * abs(q) + math.sqrt(discriminant)) ** (1.0 / 3.0)
        far = cubic - p / (3.0 * cubic) if cubic > 0.0 else 0.0
        felt = 1.0 / math.sqrt(c4)
        almost = max(0.5 * felt - p, 0.0)
        number = 1.5 if 27.0 * q * q < 16.0 * almost * almost * almost else 1.0
        near = -math.sqrt(max(-p, 0.1 * felt))
    deeper, other = side * far - h, side * near - h
    if number == 2.0:
        other = polished(other, c1, c2, c3, c4)
    return polished(deeper, c1, c2, c3, c4), other, number


@_jit
def polished(v, c1, c2, c3, c4):
    """A minimum of the quartic to the last digits, by a Newton step, exact near 0."""
    slope = c1 + v * (2.0 * c2 + v * (3.0 * c3 + v * 4.0 * c4))
    curvature = 2.0 * c2 + v * (6.0 * c3 + v * 12.0 * c4)
    return v - slope / curvature if curvature > 0.0 else v


@_jit
def valley_quartic(low, arrow, solved, lane):
    """c1 to c4 of the profile of -2 ln L about the present v; ``eliminate``, ``solve_down``."""
    sizes = arrow[2]
    bend, n_entries = sizes[N_ROWS] - 1, sizes[N_ENTRIES]
    n_common = sizes[N_ROWS] - sizes[ALL_LOCAL]
    c4, whole = low[n_entries - 1, lane], low[n_entries, lane]
    return (
        2.0 * solved[bend - 1, lane],
        low[n_entries - n_common - 1, lane] + 2.0 * solved[bend, lane],
        2.0 * low[n_entries - 2, lane],
        c4 if c4 > 1e-12 * whole else 0.0,
    )


@_jit
def move_in_valley(low, arrow, solved, side, lane):
    """Step of v to the minimum of the quartic on a side: its last two rows, as ``solve_up`` wants.

    Returns the fall of -2 ln L along v.
    """
    bend = arrow[2][N_ROWS] - 1
    c1, c2, c3, c4 = valley_quartic(low, arrow, solved, lane)
    move, other, number = quartic_minima(c1, c2, c3, c4)
    if number == 2.0 and (other - move) * side > 0.0:
        move = other
    solved[bend - 1, lane], solved[bend, lane] = -move, -move * move
    return -move * (c1 + move * (c2 + move * (c3 + move * c4)))


@_jit
def follow_valley(low, arrow, move, lane):
    """What is left of an eliminated matrix, about a v that has moved."""
    groups, coupled, sizes = arrow
    n_common = sizes[N_ROWS] - sizes[ALL_LOCAL]
    for g in range(groups.shape[0]):
        n, n_coupled = groups[g, N_LOCAL], groups[g, N_COUPLED]
        if n_coupled < 2 or coupled[groups[g, FIRST_COUPLED] + n_coupled - 1] != n_common - 1:
            continue
        bend = groups[g, FIRST_BORDER] + (n_coupled - 1) * n
        for a in range(n):
            low[bend - n + a, lane] += 2.0 * move * low[bend + a, lane]
    bend = sizes[N_ENTRIES] - n_common
    v = bend - n_common + 1
    for a in range(n_common - 2):
        low[v + a, lane] += 2.0 * move * low[bend + a, lane]
    of_bend, of_both, of_v = sizes[N_ENTRIES] - 1, sizes[N_ENTRIES] - 2, bend - 1
    low[of_v, lane] += 4.0 * move * (low[of_both, lane] + move * low[of_bend, lane])
    low[of_both, lane] += 2.0 * move * low[of_bend, lane]


@_jit
def load(rows, first, out):
    """Rows first, first + 1, ... (m, c) into lanes (c, L); the last row fills what is left over."""
    last = rows.shape[0] - 1
    n_lanes = out.shape[1]
    for start in range(0, n_lanes, 8):
        for c in range(rows.shape[1]):
            for lane in range(start, min(start + 8, n_lanes)):
                out[c, lane] = rows[min(first + lane, last), c]


@_jit
def load_counts(by_bin, first, layout, out):
    """Columns first, first + 1, ... of counts (n, m) into filled-up lanes, as ``load`` does."""
    last = by_bin.shape[1] - 1
    for s in range(layout.shape[0]):
        for i in range(layout[s, N_BINS]):
            source, target = by_bin[layout[s, FIRST_BIN] + i], out[layout[s, FIRST_FILLED] + i]
            for lane in range(out.shape[1]):
                target[lane] = source[min(first + lane, last)]


@_jit
def values(x, counts, centers, problem, inverse_sigmas, couplings, g, out, margin):
    """-2 ln L of every lane relative to the saturated model, constraints included, in place."""
    bins, terms, _, _ = problem
    shapes, layout = bins[0], bins[1]
    n_lanes = counts.shape[1]
    expected = np.empty((8, n_lanes))
    coefficients(x, terms, g)
    margin[:] = np.inf
    out[:] = 0.0
    for s in range(layout.shape[0]):
        block = layout[s]
        for i in range(0, block[N_FILLED], 8):
            expected_of_eight(g, shapes, block, i, expected)
            here = block[FIRST_FILLED] + i
            add_bin_terms(counts, here, expected, bins, centers, out, margin)
    for p in range(centers.shape[0]):
        value, center, inverse = x[p], centers[p], inverse_sigmas[p]
        for lane in range(n_lanes):
            pull = (value[lane] - center[lane]) * inverse
            out[lane] += pull * pull
    first, second, excess = couplings
    for k in range(excess.shape[0]):
        a, b = first[k], second[k]
        weight = excess[k] if a == b else 2.0 * excess[k]
        for lane in range(n_lanes):
            left = x[a, lane] - centers[a, lane]
            out[lane] += weight * left * (x[b, lane] - centers[b, lane])


@_jit
def newton(
    x,
    counts,
    centers,
    sides,
    problem,
    bent,
    inverse_sigmas,
    couplings,
    far,
    low,
    max_steps,
    room,
    done,
):
    """Newton steps of every lane from x, in place; done (L,) is 1.0 where a minimum was reached.

    far: the first matrix is the expected information, which noise does not disturb.  low (E, L),
    with a bend (E + 1, L), is room for the matrix in use.  The matrix is kept
    once the decrement, the fall of -2 ln L that the model expects, is below 1e-3.  Where it is not
    positive definite the step is made without the second derivatives of g.  In a valley v goes
    to the minimum of the local quartic, that on the side (L,), -1.0 or 1.0, if there are two.
    A lane is done after a step that leaves a decrement below 1e-11, if that goes on shrinking
    as it did, though at most a thousandfold.  A lane that comes behind a wall, or needs more than
    max_steps, is given up.
    """
    bins, terms, rows, arrow = problem
    n_lanes, n_par, place, n_rows = counts.shape[1], centers.shape[0], rows[0], arrow[2][N_ROWS]
    n_kept = 2 if bent >= 0 else 0
    n_first = n_rows - n_kept
    r_sums, step = np.empty((room[0].shape[0], n_lanes)), np.empty((n_rows, n_lanes))
    matrix, plain = np.empty(low.shape), np.empty(low.shape)
    margin, definite, unused = np.empty(n_lanes), np.empty(n_lanes), np.empty(n_lanes)
    stale = np.full(n_lanes, True)
    exact = np.zeros(n_lanes, dtype=np.bool_)
    decrement, falls = np.full(n_lanes, np.nan), np.empty(n_lanes)
    running = np.ones(n_lanes, dtype=np.bool_)
    done[:] = 0.0
    for k in range(max_steps):
        fisher = far and k == 0
        second = np.any(running & stale)
        step[:] = 0.0
        add_prior_slopes(x, centers, inverse_sigmas, place, couplings, step)
        if second:
            plain[:] = 0.0
            add_prior_curvature(inverse_sigmas, rows, arrow, couplings, plain)
        add_blocks(
            x,
            counts,
            centers,
            problem,
            bent,
            fisher,
            second,
            step,
            plain,
            r_sums,
            margin,
            room,
        )
        if second:
            matrix[:] = plain
            if not fisher:
                add_curvature(x, bins[1], terms, rows[3], bent, r_sums, matrix)
            eliminate(matrix, arrow, n_kept, definite)
            if np.any(running & stale & (definite == 0.0)):
                eliminate(plain, arrow, n_kept, unused)
            for lane in range(n_lanes):
                if running[lane] and stale[lane]:
                    exact[lane] = definite[lane] > 0.0 and not fisher
                    source = matrix if definite[lane] > 0.0 else plain
                    for a in range(low.shape[0]):
                        low[a, lane] = source[a, lane]
        solve_down(low, arrow, n_kept, step)
        falls[:] = 0.0
        for a in range(n_first):
            row = step[a]
            for lane in range(n_lanes):
                falls[lane] += row[lane] * row[lane]
        if bent >= 0:
            for lane in range(n_lanes):
                if running[lane]:
                    falls[lane] += move_in_valley(low, arrow, step, sides[lane], lane)
        solve_up(low, arrow, n_kept, step)
        for lane in range(n_lanes):
            if not running[lane]:
                continue
            fall = falls[lane]
            if not (margin[lane] >= 0.0 and fall < np.inf):
                running[lane] = False
                continue
            for p in range(n_par):
                if place[p] >= 0:
                    x[p, lane] -= step[place[p], lane]
            if bent >= 0:
                follow_valley(low, arrow, -step[n_first, lane], lane)
            shrinking = max(fall / decrement[lane], 1e-3) if decrement[lane] > fall else 1.0
            decrement[lane] = fall
            stale[lane] = fall > 1e-3 or not exact[lane]
            if fall * shrinking < 1e-11 and (exact[lane] or fall < 1e-30):
                done[lane] = 1.0
                running[lane] = False
        if not np.any(running):
            break


@_jit
def n_filled(layout):
    """Number of bins, filled up, of all blocks."""
    return np.sum(layout[:, N_FILLED])


@_jit
def minimise_toys(
    points,
    counts,
    centers,
    sides,
    inverse_sigmas,
    couplings,
    bent,
    far,
    n_lanes,
    max_steps,
    problem,
):
    """Minimum of -2 ln L for each toy: counts (n, m), centers (m, P), from points (m, P) in place.

    sides (m,): the side of the valley, -1.0 left and 1.0 right, without meaning if bent is -1.
    Returns -2 ln L (m,) and whether the minimum was reached (m,); one in a valley that lies above
    its start does not count.
    """
    layout, sizes = problem[0][1], problem[3][2]
    n_toys, n_par = points.shape
    found, converged = np.empty(n_toys), np.zeros(n_toys, dtype=np.bool_)
    low = np.empty((sizes[N_ENTRIES] + (1 if bent >= 0 else 0), n_lanes))
    room = rooms(problem, n_lanes)
    x, middle = np.ones((n_par + 1, n_lanes)), np.empty((n_par, n_lanes))
    data, side = np.zeros((n_filled(layout), n_lanes)), np.empty((1, n_lanes))
    value, margin, done = np.empty(n_lanes), np.empty(n_lanes), np.empty(n_lanes)
    highest = np.full(n_lanes, np.inf)
    for first in range(0, n_toys, n_lanes):
        load(points, first, x)
        load(centers, first, middle)
        load(sides[:, None], first, side)
        load_counts(counts, first, layout, data)
        if bent >= 0:
            values(x, data, middle, problem, inverse_sigmas, couplings, room[0], highest, margin)
        newton(
            x,
            data,
            middle,
            side[0],
            problem,
            bent,
            inverse_sigmas,
            couplings,
            far,
            low,
            max_steps,
            room,
            done,
        )
        values(x, data, middle, problem, inverse_sigmas, couplings, room[0], value, margin)
        for lane in range(min(n_lanes, n_toys - first)):
            good = done[lane] > 0.0 and margin[lane] >= 0.0
            good = good and value[lane] <= highest[lane] + 1e-9
            converged[first + lane] = good
            found[first + lane] = value[lane]
            if good:
                for p in range(n_par):
                    points[first + lane, p] = x[p, lane]
    return found, converged


@_jit
def valley_starts(centers, counts, tested, inverse_sigmas, couplings, bent, n_lanes, problem):
    """Points (3, m, P) in the deeper and in the other valley, and at v tested; their number (m,).

    From the quartic about the centers (m, P), where v shall be 0, and the expected information
    there.  The number of valleys is that of ``quartic_minima``.  counts (n, m).
    """
    bins, _, rows, arrow = problem
    layout, place, sizes = bins[1], rows[0], arrow[2]
    n_toys, n_par = centers.shape
    starts, numbers = np.empty((3, n_toys, n_par)), np.empty(n_toys)
    n_rows = sizes[N_ROWS]
    x, data = np.ones((n_par + 1, n_lanes)), np.zeros((n_filled(layout), n_lanes))
    room = rooms(problem, n_lanes)
    r_sums = np.empty((room[0].shape[0], n_lanes))
    low, solved = np.empty((sizes[N_ENTRIES] + 1, n_lanes)), np.empty((n_rows, n_lanes))
    step, moves = np.empty((n_rows, n_lanes)), np.full((3, n_lanes), tested)
    margin, definite = np.empty(n_lanes), np.empty(n_lanes)
    for first in range(0, n_toys, n_lanes):
        load(centers, first, x)
        load_counts(counts, first, layout, data)
        solved[:] = 0.0
        low[:] = 0.0
        add_prior_curvature(inverse_sigmas, rows, arrow, couplings, low)
        add_blocks(x, data, x, problem, bent, True, True, solved, low, r_sums, margin, room)
        eliminate(low, arrow, 2, definite)
        solve_down(low, arrow, 2, solved)
        here = min(n_lanes, n_toys - first)
        for lane in range(n_lanes):
            c1, c2, c3, c4 = valley_quartic(low, arrow, solved, lane)
            moves[0, lane], moves[1, lane], number = quartic_minima(c1, c2, c3, c4)
            if lane < here:
                numbers[first + lane] = number
        for k in range(3):
            step[:] = solved
            step[n_rows - 2] = -moves[k]
            step[n_rows - 1] = -moves[k] * moves[k]
            solve_up(low, arrow, 2, step)
            for lane in range(here):
                for p in range(n_par):
                    starts[k, first + lane, p] = x[p, lane]
                    if place[p] >= 0:
                        starts[k, first + lane, p] -= step[place[p], lane]
    return starts, numbers


@_jit
def information_columns(points, which, inverse_sigmas, couplings, n_lanes, problem):
    """Column of the inverse Fisher matrix of parameter which at each point, (m, P).

    NaN where the matrix is not positive definite or does not depend on the parameter; 0 for held
    parameters and those on which nothing depends.
    """
    bins, _, rows, arrow = problem
    layout, place, sizes = bins[1], rows[0], arrow[2]
    n_toys, n_par = points.shape
    out = np.zeros((n_toys, n_par))
    if place[which] < 0:
        out[:] = math.nan
        return out
    x, no_counts = np.ones((n_par + 1, n_lanes)), np.zeros((n_filled(layout), n_lanes))
    room = rooms(problem, n_lanes)
    r_sums = np.empty((room[0].shape[0], n_lanes))
    matrix, column = np.empty((sizes[N_ENTRIES], n_lanes)), np.empty((sizes[N_ROWS], n_lanes))
    margin, definite = np.empty(n_lanes), np.empty(n_lanes)
    for first in range(0, n_toys, n_lanes):
        load(points, first, x)
        matrix[:] = 0.0
        add_prior_curvature(inverse_sigmas, rows, arrow, couplings, matrix)
        add_blocks(x, no_counts, x, problem, -1, True, True, column, matrix, r_sums, margin, room)
        eliminate(matrix, arrow, 0, definite)
        column[:] = 0.0
        column[place[which]] = 1.0
        solve_down(matrix, arrow, 0, column)
        solve_up(matrix, arrow, 0, column)
        for lane in range(min(n_lanes, n_toys - first)):
            for p in range(n_par):
                if place[p] >= 0:
                    out[first + lane, p] = column[place[p], lane] if definite[lane] else math.nan
    return out
