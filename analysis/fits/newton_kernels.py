"""Compiled Newton fits of many toys in step: the vector lanes are toys.

The likelihood is in its reduced form (``analysis.likelihood.shape_kernels``): bin i expects
sum_k g_k W[k, i], each g_k a sum of terms weight x_a x_b x_c x_d of the parameters.  The bins enter
only through sums of the residuals r = 1 - n / lambda and the weights w = n / lambda^2 over the
shapes:

    half gradient of -2 ln L:   s_a  = sum_k dg_k/dx_a R_k                R_k  = sum_i r_i W[k, i]
    half Hessian:               M_ab = sum_kl dg_k/dx_a dg_l/dx_b V_kl + sum_k d2g_k/dx_a dx_b R_k
                                                                    V_kl = sum_i w_i W[k, i] W[l, i]

and no logarithm is taken before the minimum is reached.  Arrays of lanes have the toy as last
index; every toy's result is the same whatever the other lanes hold.  x holds the parameters and
a last row of ones.  terms is (shape_of, weights, factors); place (P + 1,) gives the position of
a parameter among the free ones, -1 for held ones and the ones.

A parameter v in whose square the g_k are linear, as they are in q and r, makes the likelihood two
valleys.  Named as ``bent`` (-1 if there is none) and last among the free ones, it moves as (v, v^2)
along two directions: there is one more row, the bend 1/2 d2g_k/dv^2, and the profile over the
other parameters is locally a quartic in v, of which a fit follows one minimum.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


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
def add_bin_terms(counts, first, expected, inverse_variances, total, margin):
    """Terms of eight bins added to total (L,), in every lane; margin as in the sums.

    2 (lambda - n + n ln(n / lambda)) without cancellation: for lambda near n that is
    2 (t (lambda - n) - 2 n t^3 p), see ``log_ratio_parts``.  2 lambda where n = 0, and
    (lambda - n)^2 / variance in a Gaussian bin.
    """
    for b in range(8):
        i = first + b
        if inverse_variances[i] > 0.0:
            for lane in range(total.shape[0]):
                residual = expected[b, lane] - counts[i, lane]
                total[lane] += residual * residual * inverse_variances[i]
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
def coefficients(x, terms, g):
    """g_k of every lane, (K, L), in place."""
    shape_of, weights, factors = terms
    g[:] = 0.0
    for t in range(weights.shape[0]):
        weight, row = weights[t], g[shape_of[t]]
        a, b, c, d = x[factors[t, 0]], x[factors[t, 1]], x[factors[t, 2]], x[factors[t, 3]]
        for lane in range(row.shape[0]):
            row[lane] += weight * a[lane] * b[lane] * c[lane] * d[lane]


@_jit
def coefficient_slopes(x, terms, place, bent, slopes):
    """dg_k/dx_a of the free parameters, and the bend if there is one, (K, F or F + 1, L)."""
    shape_of, weights, factors = terms
    slopes[:] = 0.0
    for t in range(weights.shape[0]):
        for j in range(4):
            a = place[factors[t, j]]
            if a < 0:
                continue
            weight, row = weights[t], slopes[shape_of[t], a]
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
                    one, other = other_two(i, j)
                    b, c = x[factors[t, one]], x[factors[t, other]]
                    weight, row = weights[t], slopes[shape_of[t], slopes.shape[1] - 1]
                    for lane in range(row.shape[0]):
                        row[lane] += weight * b[lane] * c[lane]


@_jit
def other_two(i, j):
    """The two of the factors 0 to 3 that are neither i nor j."""
    one = 0 if i > 0 and j > 0 else (1 if i > 1 or j > 1 else 2)
    return one, 6 - i - j - one


@_jit
def touched_shapes(terms, place, bent, n_shapes):
    """Whether g_k depends on each free parameter, and has a bend, (K, F or F + 1)."""
    shape_of, weights, factors = terms
    n_free = np.sum(place >= 0)
    touched = np.zeros((n_shapes, n_free + 1 if bent >= 0 else n_free), dtype=np.bool_)
    for t in range(weights.shape[0]):
        for j in range(4):
            a = place[factors[t, j]]
            if a >= 0:
                touched[shape_of[t], a] = True
        if bent >= 0 and np.sum(factors[t] == bent) > 1:
            touched[shape_of[t], n_free] = True
    return touched


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
def expected_of_eight(g, shapes, first, expected):
    """Expectation of eight bins in every lane, (8, L), in place."""
    expected[:] = 0.0
    for k in range(shapes.shape[0]):
        s0, s1, s2, s3, s4, s5, s6, s7 = eight(shapes[k], first)
        for lane in range(g.shape[1]):
            factor = g[k, lane]
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
    counts, first, expected, inverse_variances, fisher, residuals, weights, margin
):
    """r and w of eight bins in every lane, (8, L) in place; margin falls below 0 behind the wall.

    The wall is at 1e-6 n (``kernels.poisson_term``).  With fisher, w is that of the expected
    information, 1 / lambda.
    """
    for b in range(8):
        i = first + b
        if inverse_variances[i] > 0.0:
            for lane in range(counts.shape[1]):
                residuals[b, lane] = (expected[b, lane] - counts[i, lane]) * inverse_variances[i]
                weights[b, lane] = inverse_variances[i]
            continue
        for lane in range(counts.shape[1]):
            floor = 1e-6 * counts[i, lane]
            inverse = 1.0 / max(expected[b, lane], floor + 1e-300)
            ratio = counts[i, lane] * inverse
            residuals[b, lane] = 1.0 - ratio
            weights[b, lane] = ratio * inverse
            margin[lane] = min(margin[lane], expected[b, lane] - floor)
        if fisher:
            for lane in range(counts.shape[1]):
                weights[b, lane] = 1.0 / max(expected[b, lane], 1e-300)


@_jit
def bin_sums(g, shapes, active, counts, inverse_variances, fisher, second, r_sums, w_sums, margin):
    """R_k (K, L), and V_kl (K, K, L) for l <= k if second, in place, of the active shapes.

    counts (n, L), n a multiple of 8.  margin (L,) is negative if a bin lies behind the wall.
    """
    n_lanes = counts.shape[1]
    expected, r, w = np.empty((8, n_lanes)), np.empty((8, n_lanes)), np.empty((8, n_lanes))
    r_sums[:] = 0.0
    margin[:] = np.inf
    if second:
        w_sums[:] = 0.0
    for i in range(0, counts.shape[0], 8):
        expected_of_eight(g, shapes, i, expected)
        residuals_and_weights(counts, i, expected, inverse_variances, fisher, r, w, margin)
        for k in range(shapes.shape[0]):
            if not active[k]:
                continue
            s = eight(shapes[k], i)
            add_weighted(s, r, r_sums[k])
            if not second:
                continue
            for m in range(k + 1):
                if active[m]:
                    add_weighted(products(s, eight(shapes[m], i)), w, w_sums[k, m])


@_jit
def half_gradient(x, centers, inverse_sigmas, place, slopes, touched, r_sums, out):
    """s_a of the free parameters, and of the bend, (F or F + 1, L), in place."""
    out[:] = 0.0
    for p in range(centers.shape[0]):
        if place[p] < 0:
            continue
        squared = inverse_sigmas[p] * inverse_sigmas[p]
        row, value, center = out[place[p]], x[p], centers[p]
        for lane in range(row.shape[0]):
            row[lane] += squared * (value[lane] - center[lane])
    for a in range(out.shape[0]):
        row = out[a]
        for k in range(touched.shape[0]):
            if touched[k, a]:
                slope, total = slopes[k, a], r_sums[k]
                for lane in range(row.shape[0]):
                    row[lane] += slope[lane] * total[lane]


@_jit
def half_information(inverse_sigmas, place, slopes, touched, w_sums, out):
    """M_ab without the second derivatives of g, for b <= a, in place; the bend is a row too.

    A free parameter on which nothing depends stays where it is: its row is that of a unit matrix.
    """
    n_shapes, n_rows = touched.shape
    n_free = np.sum(place >= 0)
    product = np.empty((n_shapes, out.shape[2]))
    out[:] = 0.0
    for p in range(place.shape[0] - 1):
        if place[p] >= 0:
            out[place[p], place[p]] += inverse_sigmas[p] * inverse_sigmas[p]
    for a in range(n_rows):
        if a < n_free and not np.any(touched[:, a]) and out[a, a, 0] == 0.0:
            out[a, a] = 1.0
        product[:] = 0.0
        for k in range(n_shapes):
            if not touched[k, a]:
                continue
            slope = slopes[k, a]
            for m in range(n_shapes):
                sums = w_sums[k, m] if m <= k else w_sums[m, k]
                row = product[m]
                for lane in range(row.shape[0]):
                    row[lane] += slope[lane] * sums[lane]
        for b in range(a + 1):
            row = out[a, b]
            for m in range(n_shapes):
                if touched[m, b]:
                    slope, part = slopes[m, b], product[m]
                    for lane in range(row.shape[0]):
                        row[lane] += slope[lane] * part[lane]


@_jit
def add_curvature(x, terms, place, bent, r_sums, out):
    """Second derivatives of g: sum_k d2g_k/dx_a dx_b R_k added to M_ab for b <= a.

    That by v twice is left out: it is the bend.
    """
    shape_of, weights, factors = terms
    for t in range(weights.shape[0]):
        for j in range(3):
            for i in range(j + 1, 4):
                a, b = place[factors[t, j]], place[factors[t, i]]
                if a < 0 or b < 0 or (a == b and factors[t, j] == bent):
                    continue
                weight = 2.0 * weights[t] if a == b else weights[t]
                c, d = other_two(i, j)
                one, other = x[factors[t, c]], x[factors[t, d]]
                row, total = out[max(a, b), min(a, b)], r_sums[shape_of[t]]
                for lane in range(row.shape[0]):
                    row[lane] += weight * one[lane] * other[lane] * total[lane]


@_jit
def eliminate(matrix, n_first, definite):
    """Cholesky factor in place of the first columns of M (., ., L), b <= a, and what is left.

    The diagonal holds the inverses of the factor's diagonal; the columns from n_first on hold the
    matrix of what is not eliminated, with the first ones at their minimum.  definite (L,) is 1.0,
    or 0.0 where the eliminated block is not positive definite.
    """
    lanes = matrix.shape[2]
    definite[:] = 1.0
    for a in range(matrix.shape[0]):
        for b in range(a + 1):
            row = matrix[a, b]
            for k in range(min(b, n_first)):
                left, right = matrix[a, k], matrix[b, k]
                for lane in range(lanes):
                    row[lane] -= left[lane] * right[lane]
            if b >= n_first:
                continue
            if a == b:
                for lane in range(lanes):
                    good = row[lane] > 0.0
                    definite[lane] = definite[lane] if good else 0.0
                    row[lane] = 1.0 / math.sqrt(row[lane] if good else 1.0)
            else:
                inverse = matrix[b, b]
                for lane in range(lanes):
                    row[lane] *= inverse[lane]


@_jit
def solve_down(low, n_first, right):
    """First half of a solution in place, (., L); the rows from n_first on lose what is eliminated.

    low is the result of ``eliminate``.
    """
    lanes = right.shape[1]
    for a in range(right.shape[0]):
        row = right[a]
        for k in range(min(a, n_first)):
            left, known = low[a, k], right[k]
            for lane in range(lanes):
                row[lane] -= left[lane] * known[lane]
        if a < n_first:
            inverse = low[a, a]
            for lane in range(lanes):
                row[lane] *= inverse[lane]


@_jit
def solve_up(low, n_first, right):
    """Second half of the solution in place, for given rows from n_first on."""
    n_rows, lanes = right.shape
    for a in range(n_first - 1, -1, -1):
        row = right[a]
        for k in range(a + 1, n_rows):
            left, known = low[k, a], right[k]
            for lane in range(lanes):
                row[lane] -= left[lane] * known[lane]
        inverse = low[a, a]
        for lane in range(lanes):
            row[lane] *= inverse[lane]


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
def valley_quartic(low, solved, n_first, lane):
    """c1 to c4 of the profile of -2 ln L about the present v; ``eliminate``, ``solve_down``."""
    c4 = low[n_first + 1, n_first + 1, lane]
    whole = c4
    for a in range(n_first):
        whole += low[n_first + 1, a, lane] * low[n_first + 1, a, lane]
    return (
        2.0 * solved[n_first, lane],
        low[n_first, n_first, lane] + 2.0 * solved[n_first + 1, lane],
        2.0 * low[n_first + 1, n_first, lane],
        c4 if c4 > 1e-12 * whole else 0.0,
    )


@_jit
def move_in_valley(low, solved, n_first, side, lane):
    """Step of v to the minimum of the quartic on a side: its last two rows, as ``solve_up`` wants.

    Returns the fall of -2 ln L along v.
    """
    c1, c2, c3, c4 = valley_quartic(low, solved, n_first, lane)
    move, other, number = quartic_minima(c1, c2, c3, c4)
    if number == 2.0 and (other - move) * side > 0.0:
        move = other
    solved[n_first, lane], solved[n_first + 1, lane] = -move, -move * move
    return -move * (c1 + move * (c2 + move * (c3 + move * c4)))


@_jit
def follow_valley(low, n_first, move, lane):
    """What is left of an eliminated matrix, about a v that has moved."""
    v, bend = n_first, n_first + 1
    for a in range(n_first):
        low[v, a, lane] += 2.0 * move * low[bend, a, lane]
    low[v, v, lane] += 4.0 * move * (low[bend, v, lane] + move * low[bend, bend, lane])
    low[bend, v, lane] += 2.0 * move * low[bend, bend, lane]


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
def load_counts(by_bin, first, out):
    """Columns first, first + 1, ... of counts (n, m) into lanes (n, L), as ``load`` does."""
    last = by_bin.shape[1] - 1
    for i in range(by_bin.shape[0]):
        for lane in range(out.shape[1]):
            out[i, lane] = by_bin[i, min(first + lane, last)]


@_jit
def values(x, counts, centers, shapes, terms, inverse_variances, inverse_sigmas, out, margin):
    """-2 ln L of every lane relative to the saturated model, constraints included, in place."""
    n_lanes = counts.shape[1]
    g = np.empty((shapes.shape[0], n_lanes))
    expected = np.empty((8, n_lanes))
    coefficients(x, terms, g)
    margin[:] = np.inf
    out[:] = 0.0
    for i in range(0, counts.shape[0], 8):
        expected_of_eight(g, shapes, i, expected)
        add_bin_terms(counts, i, expected, inverse_variances, out, margin)
    for p in range(centers.shape[0]):
        value, center, inverse = x[p], centers[p], inverse_sigmas[p]
        for lane in range(n_lanes):
            pull = (value[lane] - center[lane]) * inverse
            out[lane] += pull * pull


@_jit
def newton(
    x,
    counts,
    centers,
    sides,
    shapes,
    terms,
    place,
    bent,
    inverse_variances,
    inverse_sigmas,
    far,
    low,
    max_steps,
    done,
):
    """Newton steps of every lane from x, in place; done (L,) is 1.0 where a minimum was reached.

    far: the first matrix is the expected information, which noise does not disturb.  low
    (F, F, L), or (F + 1, F + 1, L) with a bend, is room for the matrix in use.  The matrix is kept
    once the decrement, the fall of -2 ln L that the model expects, is below 1e-3.  Where it is not
    positive definite the step is made without the second derivatives of g.  In a valley v goes
    to the minimum of the local quartic, that on the side (L,), -1.0 or 1.0, if there are two.
    A lane is done after a step that leaves a decrement below 1e-11, if that goes on shrinking
    as it did, though at most a thousandfold.  A lane that comes behind a wall, or needs more than
    max_steps, is given up.
    """
    n_shapes, n_lanes, n_par = shapes.shape[0], counts.shape[1], centers.shape[0]
    touched = touched_shapes(terms, place, bent, n_shapes)
    n_rows = touched.shape[1]
    n_first = n_rows - 2 if bent >= 0 else n_rows
    active = np.array([np.any(touched[k]) for k in range(n_shapes)])
    g, r_sums = np.empty((n_shapes, n_lanes)), np.empty((n_shapes, n_lanes))
    slopes = np.empty((n_shapes, n_rows, n_lanes))
    w_sums = np.empty((n_shapes, n_shapes, n_lanes))
    step = np.empty((n_rows, n_lanes))
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
        coefficients(x, terms, g)
        coefficient_slopes(x, terms, place, bent, slopes)
        bin_sums(
            g, shapes, active, counts, inverse_variances, fisher, second, r_sums, w_sums, margin
        )
        half_gradient(x, centers, inverse_sigmas, place, slopes, touched, r_sums, step)
        if second:
            half_information(inverse_sigmas, place, slopes, touched, w_sums, matrix)
            plain[:] = matrix
            if not fisher:
                add_curvature(x, terms, place, bent, r_sums, matrix)
            eliminate(matrix, n_first, definite)
            if np.any(running & stale & (definite == 0.0)):
                eliminate(plain, n_first, unused)
            for lane in range(n_lanes):
                if running[lane] and stale[lane]:
                    exact[lane] = definite[lane] > 0.0 and not fisher
                    source = matrix if definite[lane] > 0.0 else plain
                    for a in range(n_rows):
                        for b in range(a + 1):
                            low[a, b, lane] = source[a, b, lane]
        solve_down(low, n_first, step)
        falls[:] = 0.0
        for a in range(n_first):
            row = step[a]
            for lane in range(n_lanes):
                falls[lane] += row[lane] * row[lane]
        if bent >= 0:
            for lane in range(n_lanes):
                if running[lane]:
                    falls[lane] += move_in_valley(low, step, n_first, sides[lane], lane)
        solve_up(low, n_first, step)
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
                follow_valley(low, n_first, -step[n_first, lane], lane)
            shrinking = max(fall / decrement[lane], 1e-3) if decrement[lane] > fall else 1.0
            decrement[lane] = fall
            stale[lane] = fall > 1e-3 or not exact[lane]
            if fall * shrinking < 1e-11 and (exact[lane] or fall < 1e-30):
                done[lane] = 1.0
                running[lane] = False
        if not np.any(running):
            break


@_jit
def minimise_toys(
    points,
    counts,
    centers,
    sides,
    inverse_sigmas,
    bent,
    far,
    n_lanes,
    max_steps,
    shapes,
    terms,
    place,
    inverse_variances,
):
    """Minimum of -2 ln L for each toy: counts (n, m), centers (m, P), from points (m, P) in place.

    sides (m,): the side of the valley, -1.0 left and 1.0 right, without meaning if bent is -1.
    Returns -2 ln L (m,) and whether the minimum was reached (m,); one in a valley that lies above
    its start does not count.
    """
    n_toys, n_par = points.shape
    found, converged = np.empty(n_toys), np.zeros(n_toys, dtype=np.bool_)
    n_rows = np.sum(place >= 0) + (1 if bent >= 0 else 0)
    low = np.empty((n_rows, n_rows, n_lanes))
    x, middle = np.ones((n_par + 1, n_lanes)), np.empty((n_par, n_lanes))
    data, side = np.zeros((shapes.shape[1], n_lanes)), np.empty((1, n_lanes))
    value, margin, done = np.empty(n_lanes), np.empty(n_lanes), np.empty(n_lanes)
    highest = np.full(n_lanes, np.inf)
    for first in range(0, n_toys, n_lanes):
        load(points, first, x)
        load(centers, first, middle)
        load(sides[:, None], first, side)
        load_counts(counts, first, data)
        if bent >= 0:
            values(
                x, data, middle, shapes, terms, inverse_variances, inverse_sigmas, highest, margin
            )
        newton(
            x,
            data,
            middle,
            side[0],
            shapes,
            terms,
            place,
            bent,
            inverse_variances,
            inverse_sigmas,
            far,
            low,
            max_steps,
            done,
        )
        values(x, data, middle, shapes, terms, inverse_variances, inverse_sigmas, value, margin)
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
def valley_starts(
    centers,
    counts,
    tested,
    inverse_sigmas,
    bent,
    n_lanes,
    shapes,
    terms,
    place,
    inverse_variances,
):
    """Points (3, m, P) in the deeper and in the other valley, and at v tested; their number (m,).

    From the quartic about the centers (m, P), where v shall be 0, and the expected information
    there.  The number of valleys is that of ``quartic_minima``.  counts (n, m).
    """
    n_toys, n_par = centers.shape
    starts, numbers = np.empty((3, n_toys, n_par)), np.empty(n_toys)
    n_shapes = shapes.shape[0]
    touched = touched_shapes(terms, place, bent, n_shapes)
    active = np.array([np.any(touched[k]) for k in range(n_shapes)])
    n_rows, n_first = touched.shape[1], touched.shape[1] - 2
    x, data = np.ones((n_par + 1, n_lanes)), np.zeros((shapes.shape[1], n_lanes))
    g, r_sums = np.empty((n_shapes, n_lanes)), np.empty((n_shapes, n_lanes))
    slopes = np.empty((n_shapes, n_rows, n_lanes))
    w_sums = np.empty((n_shapes, n_shapes, n_lanes))
    low, solved = np.empty((n_rows, n_rows, n_lanes)), np.empty((n_rows, n_lanes))
    step, moves = np.empty((n_rows, n_lanes)), np.full((3, n_lanes), tested)
    margin, definite = np.empty(n_lanes), np.empty(n_lanes)
    for first in range(0, n_toys, n_lanes):
        load(centers, first, x)
        load_counts(counts, first, data)
        coefficients(x, terms, g)
        coefficient_slopes(x, terms, place, bent, slopes)
        bin_sums(g, shapes, active, data, inverse_variances, True, True, r_sums, w_sums, margin)
        half_gradient(x, x[:-1], inverse_sigmas, place, slopes, touched, r_sums, solved)
        half_information(inverse_sigmas, place, slopes, touched, w_sums, low)
        eliminate(low, n_first, definite)
        solve_down(low, n_first, solved)
        here = min(n_lanes, n_toys - first)
        for lane in range(n_lanes):
            c1, c2, c3, c4 = valley_quartic(low, solved, n_first, lane)
            moves[0, lane], moves[1, lane], number = quartic_minima(c1, c2, c3, c4)
            if lane < here:
                numbers[first + lane] = number
        for k in range(3):
            step[:] = solved
            step[n_first] = -moves[k]
            step[n_first + 1] = -moves[k] * moves[k]
            solve_up(low, n_first, step)
            for lane in range(here):
                for p in range(n_par):
                    starts[k, first + lane, p] = x[p, lane]
                    if place[p] >= 0:
                        starts[k, first + lane, p] -= step[place[p], lane]
    return starts, numbers


@_jit
def information_columns(
    points, which, inverse_sigmas, n_lanes, shapes, terms, place, inverse_variances
):
    """Column of the inverse Fisher matrix of parameter which at each point, (m, P).

    NaN where the matrix is not positive definite; 0 for held parameters.
    """
    n_toys, n_par = points.shape
    n_shapes, n_free = shapes.shape[0], np.sum(place >= 0)
    touched = touched_shapes(terms, place, -1, n_shapes)
    active = np.array([np.any(touched[k]) for k in range(n_shapes)])
    out = np.zeros((n_toys, n_par))
    x, no_counts = np.ones((n_par + 1, n_lanes)), np.zeros((shapes.shape[1], n_lanes))
    g, r_sums = np.empty((n_shapes, n_lanes)), np.empty((n_shapes, n_lanes))
    slopes = np.empty((n_shapes, n_free, n_lanes))
    w_sums = np.empty((n_shapes, n_shapes, n_lanes))
    matrix, column = np.empty((n_free, n_free, n_lanes)), np.empty((n_free, n_lanes))
    margin, definite = np.empty(n_lanes), np.empty(n_lanes)
    for first in range(0, n_toys, n_lanes):
        load(points, first, x)
        coefficients(x, terms, g)
        coefficient_slopes(x, terms, place, -1, slopes)
        bin_sums(
            g, shapes, active, no_counts, inverse_variances, True, True, r_sums, w_sums, margin
        )
        half_information(inverse_sigmas, place, slopes, touched, w_sums, matrix)
        eliminate(matrix, n_free, definite)
        column[:] = 0.0
        column[place[which]] = 1.0
        solve_down(matrix, n_free, column)
        solve_up(matrix, n_free, column)
        for lane in range(min(n_lanes, n_toys - first)):
            for p in range(n_par):
                if place[p] >= 0:
                    good = definite[lane] > 0.0 and np.any(touched[:, place[which]])
                    out[first + lane, p] = column[place[p], lane] if good else math.nan
    return out
