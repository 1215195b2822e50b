"""Compiled fits of a single likelihood: damped Newton steps, and the roots of its rise.

Bins enter as in ``analysis.likelihood.reduction``: bin i of a block expects
sum_k g_k(x) shapes[k, i].  Damped steps find the local minimum of any data from any point;
``analysis.fits.newton_kernels`` fits many toys at once, and leaves to these the few whose plain
steps fail.

The roots are of Asimov data: where the profile of -2 ln L has risen by several amounts.  The data
are the expectation at a truth with a parameter, the last of the free ones, at 0, where the
constraints are centred too.  From there the minima at fixed values of it form a smooth curve x(f)
of the free parameters, f the root of the rise of -2 ln L.  Points on it are found by Newton steps,
and each that is found, with its tangent, tells better where the next one is (Hermite interpolation
in f).

Kernels share three tuples: data is (counts, base, expecting) in filled-up bins, the change of the
expectation from the counts being base + sum_k (g_k - expecting_k) shapes[k]; prior is (centers,
inverse_sigmas, couplings); problem is that of a ``Reduction``: bins, terms, rows, arrow, and room
the arrays that it gives them to work in.  A matrix is kept by its entries in the arrow (E,), the
groups' own blocks and borders, then the common block.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)

N_FACTORS = 6

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

_MOST_STEPS = 200


@_jit
def copy(source, out):
    """out[i] = source[i] for all of source; an assignment of slices is slow to compile."""
    for i in range(source.shape[0]):
        out[i] = source[i]


@_jit
def dot(a, b, partial):
    """Sum of a_i b_i for a length that is a multiple of 8, in 32 partial sums (32,)."""
    partial[:] = 0.0
    whole = a.shape[0] // 64 * 64
    for i in range(0, whole, 64):
        for k in range(32):
            partial[k] += a[i + k] * b[i + k] + a[i + k + 32] * b[i + k + 32]
    for i in range(whole, a.shape[0], 8):
        for k in range(8):
            partial[k] += a[i + k] * b[i + k]
    total = 0.0
    for k in range(8):
        total += (partial[k] + partial[k + 8]) + (partial[k + 16] + partial[k + 24])
    return total


@_jit
def add_shapes(factors, shapes, block, out):
    """sum_k factors_k shapes[k] of a block added to out, its filled-up bins; factors of all."""
    n, first = block[N_FILLED], block[FIRST_SHAPE]
    for k in range(block[N_SHAPES]):
        factor, start = factors[first + k], block[START] + k * n
        for i in range(n):
            out[i] += factor * shapes[start + i]


@_jit
def polynomials(x, terms, g):
    """g_k of all blocks, in place; x ends with a 1."""
    shape_of, weights, factors, _ = terms
    g[:] = 0.0
    for t in range(weights.shape[0]):
        product = weights[t]
        for j in range(N_FACTORS):
            product *= x[factors[t, j]]
        g[shape_of[t]] += product


@_jit
def polynomial_slopes(x, block, terms, slopes):
    """Derivatives of g_k of a block by its own rows (K F,), in place: row k F + a."""
    shape_of, weights, factors, slots = terms
    n_own, first = block[N_OWN], block[FIRST_SHAPE]
    slopes[: block[N_SHAPES] * n_own] = 0.0
    for t in range(block[FIRST_TERM], block[FIRST_TERM] + block[N_TERMS]):
        row = (shape_of[t] - first) * n_own
        for j in range(N_FACTORS):
            if slots[t, j] < 0:
                continue
            rest = 1.0
            for h in range(N_FACTORS):
                if h != j:
                    rest *= x[factors[t, h]]
            slopes[row + slots[t, j]] += weights[t] * rest


@_jit
def add_curvature(x, block, terms, pairs, r_sums, matrix):
    """sum_k d2g_k/dx_a dx_b R_k of a block added to the matrix."""
    shape_of, weights, factors, slots = terms
    for t in range(block[FIRST_TERM], block[FIRST_TERM] + block[N_TERMS]):
        for j in range(N_FACTORS - 1):
            for i in range(j + 1, N_FACTORS):
                a, b = slots[t, j], slots[t, i]
                if a < 0 or b < 0:
                    continue
                rest = 2.0 * weights[t] if a == b else weights[t]
                for h in range(N_FACTORS):
                    if h != i and h != j:
                        rest *= x[factors[t, h]]
                high, low = max(a, b), min(a, b)
                pair = pairs[block[FIRST_PAIR] + high * (high + 1) // 2 + low]
                matrix[pair] += rest * r_sums[shape_of[t] - block[FIRST_SHAPE]]


@_jit
def bin_terms(counts, change, inverse_variances, term, residual, weight):
    """-2 ln L of each bin, half its slope and half its curvature by the expectation, in place.

    change u is the expectation less the counts n.  2 (u - n ln(1 + u / n)) is without cancellation
    2 (z u - 2 n z^3 (1/3 + z^2 / 5 + ...)), z = u / (2 n + u), good for |u| < 0.4 n.  Returns how
    many Poisson bins are behind the wall, 1e-6 n, where the terms go on as parabolas as in
    ``kernels.poisson_term``.
    """
    behind = 0
    for i in range(counts.shape[0]):
        n, u = counts[i], change[i]
        inverse = 1.0 / max(n + u, 1e-100)
        residual[i], weight[i] = 1.0 - n * inverse, n * inverse * inverse
        z = u / max(2.0 * n + u, n + 1e-100)
        y = z * z
        p = 1.0 / 27.0 + y / 29.0
        for k in range(25, 1, -2):
            p = 1.0 / k + y * p
        term[i] = 2.0 * (z * u - 2.0 * n * y * z * p) if n > 0.0 else 2.0 * u
    for i in range(counts.shape[0]):
        n, u = counts[i], change[i]
        if inverse_variances[i] > 0.0:
            residual[i], weight[i] = u * inverse_variances[i], inverse_variances[i]
            term[i] = u * u * inverse_variances[i]
        elif n + u < 1e-6 * n:
            behind += 1
            gap, slope = n + u - 1e-6 * n, 1.0 - 1e6 if n > 0.0 else 1.0
            wall = 1e12 / n if n > 0.0 else 1e6
            at_wall = 2.0 * n * (1e-6 - 1.0 - math.log(1e-6)) if n > 0.0 else 0.0
            term[i] = at_wall + gap * (2.0 * slope + wall * gap)
            residual[i], weight[i] = slope + wall * gap, wall
        elif n > 0.0 and abs(u) > 0.4 * n:
            term[i] = 2.0 * (u - n * math.log1p(u / n))
    return behind


@_jit
def special_terms(counts, change, special, first, centers, term, residual, weight):
    """What ``bin_terms`` says of special bins, in place of it, as ``kernels.bin_term`` has them.

    special are spreads and places of all filled-up bins, first the place of these ones.  The
    curvature is not below 0.
    """
    spreads, places = special
    for i in range(counts.shape[0]):
        spread, n, mean = spreads[first + i], counts[i], counts[i] + change[i]
        if spread == 0.0 or mean < 1e-6 * n or mean <= 0.0:
            continue
        if spread > 0.0:
            center = centers[places[first + i]]
            shift = mean * spread - center
            root = math.sqrt(shift * shift + 4.0 * n * spread)
            beta = 2.0 * n * spread / (shift + root) if shift > 0.0 else 0.5 * (root - shift)
            pull, gap = beta - center, beta * mean - n
            term[i] = 2.0 * gap + pull * pull / spread
            if n > 0.0:
                term[i] -= 2.0 * n * math.log1p(gap / n)
            residual[i] = beta - n / mean
            falling = spread * beta / root if root > 0.0 else 0.0
            weight[i] = max(n / (mean * mean) - falling, 0.0)
        elif n > 0.0:
            gap, ratio = mean - n, n / mean
            term[i] = gap * gap * (1.0 / n + 2.0 / mean) / 3.0
            residual[i] = (gap / n + 1.0 - ratio * ratio) / 3.0
            weight[i] = (1.0 / n + 2.0 * ratio * ratio / mean) / 3.0


@_jit
def bin_sums(shapes, block, active, by_bin, r_sums, w_sums, partial):
    """-2 ln L of a block's bins; R_k and V_kl of its active shapes, in place.

    r_sums (K,), w_sums (K K,) in rows k K + l: of all l if of l <= k.
    """
    n, start, first, n_shapes = block[N_FILLED], block[START], block[FIRST_SHAPE], block[N_SHAPES]
    term, residual, weight = by_bin[1, :n], by_bin[2, :n], by_bin[3, :n]
    total = dot(term, by_bin[4, :n], partial)
    for k in range(n_shapes):
        if not active[first + k]:
            continue
        shape = shapes[start + k * n : start + (k + 1) * n]
        r_sums[k] = dot(residual, shape, partial)
        for i in range(n):
            term[i] = weight[i] * shape[i]
        for m in range(k + 1):
            if active[first + m]:
                other = shapes[start + m * n : start + (m + 1) * n]
                found = dot(term, other, partial)
                w_sums[k * n_shapes + m] = w_sums[m * n_shapes + k] = found
    return total


@_jit
def project(block, own, touched, pairs, slopes, r_sums, w_sums, product, slope, matrix):
    """R and V of a block's shapes, added to slope (F,) and matrix as sums over rows."""
    n_shapes, n_own, first = block[N_SHAPES], block[N_OWN], block[FIRST_TOUCHED]
    pair = block[FIRST_PAIR]
    for a in range(n_own):
        row = own[block[FIRST_OWN] + a]
        product[:n_shapes] = 0.0
        for k in range(n_shapes):
            factor = slopes[k * n_own + a]
            if touched[first + k * n_own + a] and factor != 0.0:
                slope[row] += factor * r_sums[k]
                for m in range(n_shapes):
                    product[m] += factor * w_sums[k * n_shapes + m]
        for b in range(a + 1):
            total = 0.0
            for m in range(n_shapes):
                if touched[first + m * n_own + b]:
                    total += product[m] * slopes[m * n_own + b]
            matrix[pairs[pair]] += total
            pair += 1


@_jit
def prior_model(x, prior, place, diagonal, sizes, slope, matrix):
    """-2 ln of the constraints; half its derivatives are added to slope (F,) and matrix."""
    centers, inverse_sigmas, couplings = prior
    total = 0.0
    for p in range(centers.shape[0]):
        pull = (x[p] - centers[p]) * inverse_sigmas[p]
        total += pull * pull
        if place[p] >= 0:
            slope[place[p]] += pull * inverse_sigmas[p]
            matrix[diagonal[place[p]]] += inverse_sigmas[p] * inverse_sigmas[p]
    first, second, values = couplings
    for k in range(values.shape[0]):
        p, r = first[k], second[k]
        left, right = x[p] - centers[p], x[r] - centers[r]
        total += values[k] * left * right * (1.0 if p == r else 2.0)
        if place[p] >= 0:
            slope[place[p]] += values[k] * right
        if p != r and place[r] >= 0:
            slope[place[r]] += values[k] * left
        if place[p] >= 0 and place[r] >= 0:
            a, b = place[p] - sizes[ALL_LOCAL], place[r] - sizes[ALL_LOCAL]
            high, low = max(a, b), min(a, b)
            matrix[sizes[COMMON_ENTRY] + high * (high + 1) // 2 + low] += values[k]
    return total


@_jit
def quadratic_model(x, data, prior, problem, room, slope, matrix, scale):
    """-2 ln L at x (P + 1,), with its half gradient (F,) and half Hessian, in place.

    scale (F,) is the Hessian's diagonal without the second derivatives of g, never negative.  A
    row on which nothing depends stays where it is: it is that of a unit matrix.
    Returns also how many bins are behind the wall.
    """
    bins, terms, rows, _ = problem
    shapes, layout, inverse_variances, special = bins
    counts, base, expecting = data
    by_bin, slopes, r_sums, w_sums, partial, excess, curvature, _, _, _, _ = room
    place, own, touched, pairs, diagonal, active = rows
    change, term, residual, weight = by_bin[0], by_bin[1], by_bin[2], by_bin[3]
    slope[:] = 0.0
    matrix[:] = 0.0
    curvature[:] = 0.0
    r_sums[:] = 0.0
    w_sums[:] = 0.0
    polynomials(x, terms, excess)
    for k in range(excess.shape[0]):
        excess[k] -= expecting[k]
    total, behind = 0.0, 0
    for s in range(layout.shape[0]):
        block = layout[s]
        first, n = block[FIRST_FILLED], block[N_FILLED]
        copy(base[first : first + n], change)
        polynomial_slopes(x, block, terms, slopes)
        add_shapes(excess, shapes, block, change)
        inverse = inverse_variances[first : first + n]
        here = counts[first : first + n]
        behind += bin_terms(here, change, inverse, term, residual, weight)
        if special[0].shape[0] > 0:
            special_terms(here, change, special, first, prior[0], term, residual, weight)
        total += bin_sums(shapes, block, active, by_bin, r_sums, w_sums, partial)
        project(block, own, touched, pairs, slopes, r_sums, w_sums, partial, slope, matrix)
        add_curvature(x, block, terms, pairs, r_sums, curvature)
    total += prior_model(x, prior, place, diagonal, problem[3][2], slope, matrix)
    for a in range(slope.shape[0]):
        entry = diagonal[a]
        if matrix[entry] == 0.0 and curvature[entry] == 0.0:
            matrix[entry] = 1.0
        scale[a] = matrix[entry]
    for entry in range(matrix.shape[0]):
        matrix[entry] += curvature[entry]
    return total, behind


@_jit
def row_less(matrix, row, known, n):
    """Sum of the products of two rows of n entries."""
    total = 0.0
    for k in range(n):
        total += matrix[row + k] * matrix[known + k]
    return total


@_jit
def factorise(matrix, arrow):
    """Cholesky factor of M in place, with inverses on the diagonal; whether it exists.

    The groups come first, then the common rows.
    """
    groups, coupled, sizes = arrow
    start = sizes[COMMON_ENTRY]
    for g in range(groups.shape[0]):
        n = groups[g, N_LOCAL]
        if not factorise_block(matrix, groups[g, FIRST_ENTRY], n):
            return False
        for c in range(groups[g, N_COUPLED]):
            row = groups[g, FIRST_BORDER] + c * n
            for b in range(n):
                known = groups[g, FIRST_ENTRY] + b * (b + 1) // 2
                rest = matrix[row + b] - row_less(matrix, row, known, b)
                matrix[row + b] = rest * matrix[known + b]
            a = coupled[groups[g, FIRST_COUPLED] + c]
            for d in range(c + 1):
                b = coupled[groups[g, FIRST_COUPLED] + d]
                other = groups[g, FIRST_BORDER] + d * n
                matrix[start + a * (a + 1) // 2 + b] -= row_less(matrix, row, other, n)
    return factorise_block(matrix, start, sizes[N_ROWS] - sizes[ALL_LOCAL])


@_jit
def factorise_block(matrix, start, n):
    """Cholesky factor of the n rows whose lower half begins at start; whether it exists."""
    for a in range(n):
        row = start + a * (a + 1) // 2
        for b in range(a + 1):
            known = start + b * (b + 1) // 2
            rest = matrix[row + b] - row_less(matrix, row, known, b)
            if a > b:
                matrix[row + b] = rest * matrix[known + b]
            elif rest > 0.0:
                matrix[row + a] = 1.0 / math.sqrt(rest)
            else:
                return False
    return True


@_jit
def solve_down(low, arrow, right):
    """L^-1 right (F,) in place."""
    groups, coupled, sizes = arrow
    n_local = sizes[ALL_LOCAL]
    for g in range(groups.shape[0]):
        n = groups[g, N_LOCAL]
        own = right[groups[g, FIRST_ROW] : groups[g, FIRST_ROW] + n]
        solve_block_down(low, groups[g, FIRST_ENTRY], own)
        for c in range(groups[g, N_COUPLED]):
            row = groups[g, FIRST_BORDER] + c * n
            a = n_local + coupled[groups[g, FIRST_COUPLED] + c]
            for k in range(n):
                right[a] -= low[row + k] * own[k]
    solve_block_down(low, sizes[COMMON_ENTRY], right[n_local:])


@_jit
def solve_block_down(low, start, right):
    """``solve_down`` of the rows of a block."""
    for a in range(right.shape[0]):
        row = start + a * (a + 1) // 2
        for k in range(a):
            right[a] -= low[row + k] * right[k]
        right[a] *= low[row + a]


@_jit
def solve_up(low, arrow, n_last, right):
    """L^-T right in place, but the n_last last rows of right (F,) stay and do not count."""
    groups, coupled, sizes = arrow
    n_local, n_common = sizes[ALL_LOCAL], sizes[N_ROWS] - sizes[ALL_LOCAL] - n_last
    solve_block_up(low, sizes[COMMON_ENTRY], right[n_local : n_local + n_common])
    for g in range(groups.shape[0]):
        n = groups[g, N_LOCAL]
        own = right[groups[g, FIRST_ROW] : groups[g, FIRST_ROW] + n]
        for c in range(groups[g, N_COUPLED]):
            row, a = groups[g, FIRST_BORDER] + c * n, coupled[groups[g, FIRST_COUPLED] + c]
            if a < n_common:
                for k in range(n):
                    own[k] -= low[row + k] * right[n_local + a]
        solve_block_up(low, groups[g, FIRST_ENTRY], own)


@_jit
def solve_block_up(low, start, right):
    """``solve_up`` of the rows of a block."""
    n = right.shape[0]
    for a in range(n - 1, -1, -1):
        for k in range(a + 1, n):
            right[a] -= low[start + k * (k + 1) // 2 + a] * right[k]
        right[a] *= low[start + a * (a + 3) // 2]


@_jit
def filled_bins(by_bin, layout, data):
    """Counts (n,) of all blocks in their filled-up bins, and less them as the base, in place."""
    counts, base, expecting = data
    counts[:] = 0.0
    base[:] = 0.0
    expecting[:] = 0.0
    for s in range(layout.shape[0]):
        for i in range(layout[s, N_BINS]):
            count = by_bin[layout[s, FIRST_BIN] + i]
            counts[layout[s, FIRST_FILLED] + i] = count
            base[layout[s, FIRST_FILLED] + i] = -count


@_jit
def curvature(x, counts, prior, problem, room, entries):
    """Half Hessian of -2 ln L at x (P + 1,): its entries in the arrow, in place."""
    data, vectors = room[7], room[8]
    filled_bins(counts, problem[0][1], data)
    quadratic_model(x, data, prior, problem, room, vectors[0], entries, vectors[1])


@_jit
def minimise_each(points, counts, centers, inverse_sigmas, couplings, problem, room, out):
    """Local minimum of -2 ln L for each toy: counts (n, m), centers (m, P), by damped Newton steps.

    From points (m, P), in place; also in place in out (2, m) -2 ln L and 1.0 where it converged:
    the Newton decrement, the fall of -2 ln L that the quadratic model still expects, is below
    1e-12.
    """
    layout, place, diagonal, arrow = problem[0][1], problem[2][0], problem[2][4], problem[3]
    n_par, n_free = points.shape[1], arrow[2][N_ROWS]
    data, vectors, matrices, x, trial = room[7], room[8], room[9], room[10][0], room[10][1]
    slope, scale, step, matrix, low = vectors[0], vectors[1], vectors[2], matrices[0], matrices[1]
    new_slope, new_scale, new_matrix = vectors[3], vectors[4], matrices[2]
    for k in range(points.shape[0]):
        copy(points[k], trial)
        filled_bins(counts[:, k], layout, data)
        prior = (centers[k], inverse_sigmas, couplings)
        value, decrement, damping, converged = math.inf, math.inf, 0.0, False
        for attempt in range(_MOST_STEPS + 1):
            trial_value, _ = quadratic_model(
                trial, data, prior, problem, room, new_slope, new_matrix, new_scale
            )
            if attempt == 0 or trial_value <= value + 1e-12 * abs(value):
                value = trial_value
                copy(trial, x)
                copy(new_slope, slope)
                copy(new_scale, scale)
                copy(new_matrix, matrix)
                damping = damping / 10.0 if damping > 1e-6 else 0.0
            else:
                damping = max(10.0 * damping, 1e-3)
                converged = damping > 1e12 and decrement < 1e-6
            definite = False
            while damping <= 1e12 and not definite:
                copy(matrix, low)
                copy(slope, step)
                for a in range(n_free):
                    low[diagonal[a]] += (damping + 1e-14) * scale[a]
                definite = factorise(low, arrow)
                if not definite:
                    damping = max(10.0 * damping, 1e-2)
            if not definite:
                break
            solve_down(low, arrow, step)
            decrement = 0.0
            for a in range(n_free):
                decrement += step[a] * step[a]
            converged = decrement < 1e-12 and damping < 1e-3
            if converged:
                break
            solve_up(low, arrow, 0, step)
            for p in range(n_par):
                trial[p] = x[p] - step[place[p]] if place[p] >= 0 else x[p]
        out[0, k], out[1, k] = value, converged
        for p in range(n_par):
            points[k, p] = x[p]


@_jit
def follow(low, arrow, tangent):
    """Direction (F,) in which the minimum over the others moves with the last, in place."""
    groups, coupled, sizes = arrow
    n_rows, n_common = sizes[N_ROWS], sizes[N_ROWS] - sizes[ALL_LOCAL]
    tangent[:] = 0.0
    for g in range(groups.shape[0]):
        n, n_coupled = groups[g, N_LOCAL], groups[g, N_COUPLED]
        if n_coupled > 0 and coupled[groups[g, FIRST_COUPLED] + n_coupled - 1] == n_common - 1:
            row = groups[g, FIRST_BORDER] + (n_coupled - 1) * n
            for k in range(n):
                tangent[groups[g, FIRST_ROW] + k] = -low[row + k]
    row = sizes[N_ENTRIES] - n_common
    for k in range(n_common - 1):
        tangent[sizes[ALL_LOCAL] + k] = -low[row + k]
    tangent[n_rows - 1] = 1.0
    solve_up(low, arrow, 1, tangent)


@_jit
def interpolated(nodes, values, tangents, f, out):
    """Curve (F,) at f through values (N, F) with tangents (N, F) at different nodes (N,)."""
    n = 2 * nodes.shape[0]
    table = np.empty(n)
    for a in range(out.shape[0]):
        for j in range(n):
            table[j] = values[j // 2, a]
        for order in range(1, n):
            for j in range(n - 1, order - 1, -1):
                if order == 1 and j % 2 == 1:
                    table[j] = tangents[j // 2, a]
                else:
                    gap = nodes[j // 2] - nodes[(j - order) // 2]
                    table[j] = (table[j] - table[j - 1]) / gap
        out[a] = table[n - 1]
        for j in range(n - 2, -1, -1):
            out[a] = table[j] + (f - nodes[j // 2]) * out[a]


@_jit
def move_to_root(goal, free, tangent, x, data, prior, problem, room):
    """From free (F,) to the minimum at the last parameter at which the profile has risen by goal^2.

    In place, with the tangent (F,) dx/df there; returns whether it converged.  The others move
    towards their minimum, and the last to the root of sqrt(profile) = goal, which is nearly linear.
    """
    place, arrow, last = problem[2][0], problem[3], free.shape[0] - 1
    slope, scale, matrix = room[8][0], room[8][1], room[9][0]
    corner = matrix.shape[0] - 1
    for _ in range(50):
        for p in range(place.shape[0] - 1):
            if place[p] >= 0:
                x[p] = free[place[p]]
        value, behind = quadratic_model(x, data, prior, problem, room, slope, matrix, scale)
        if not (behind == 0 and value < np.inf and factorise(matrix, arrow)):
            return False
        solve_down(matrix, arrow, slope)
        decrement = 0.0
        for a in range(last):
            decrement += slope[a] * slope[a]
        profile = math.sqrt(max(value - decrement, 1e-300))
        rising = slope[last] / matrix[corner]
        move = (goal - profile) * profile / rising
        if not (rising > 0.0 and abs(move) < np.inf):
            return False
        move = min(max(move, -0.7 * free[last]), 3.0 * free[last])
        solve_up(matrix, arrow, 1, slope)
        follow(matrix, arrow, tangent)
        for a in range(last):
            free[a] -= slope[a]
        for a in range(last + 1):
            free[a] += move * tangent[a]
        if abs(move) < 1e-6 * free[last] and decrement < 1e-8:
            for a in range(last + 1):
                tangent[a] *= profile / rising
            return True
    return False


@_jit
def asimov_roots(truth, inverse_sigmas, couplings, rises, problem, room, roots):
    """Values (R,) of the last free parameter where the profile of -2 ln L has risen by rises.

    In place in roots.  For data expected at truth (P,), where it is 0.  The rises are > 0 and
    differ; NaN, also for those that follow, where the steps do not converge, a bin expects less
    than nothing at the truth, or none depends on the parameter.
    """
    bins, terms, rows, arrow = problem
    layout, place = bins[1], rows[0]
    n_rises, n_free = rises.shape[0], arrow[2][N_ROWS]
    scale, free, tangent = room[8][1], room[8][2], room[8][3]
    matrix, x, data = room[9][0], room[10][0], room[7]
    counts, base, expecting = data
    prior, depends = (truth, inverse_sigmas, couplings), False
    for row in rows[1]:
        depends |= row == n_free - 1
    for j in range(n_rises):
        roots[j] = math.nan
    if not depends:
        return
    copy(truth, x)
    counts[:] = 0.0
    base[:] = 0.0
    polynomials(x, terms, expecting)
    for s in range(layout.shape[0]):
        first = layout[s, FIRST_FILLED]
        add_shapes(expecting, bins[0], layout[s], counts[first : first + layout[s, N_FILLED]])
    nodes = np.zeros(n_rises + 1)
    curve, tangents = np.zeros((n_rises + 1, n_free)), np.zeros((n_rises + 1, n_free))
    for p in range(truth.shape[0]):
        if place[p] >= 0:
            curve[0, place[p]] = truth[p]
    value, behind = quadratic_model(x, data, prior, problem, room, tangent, matrix, scale)
    if not (behind == 0 and value < np.inf and factorise(matrix, arrow)):
        return
    follow(matrix, arrow, tangent)
    for a in range(n_free):
        tangents[0, a] = tangent[a] * matrix[-1]
    for j in range(n_rises):
        goal = math.sqrt(rises[j])
        interpolated(nodes[: j + 1], curve[: j + 1], tangents[: j + 1], goal, free)
        if not move_to_root(goal, free, tangent, x, data, prior, problem, room):
            break
        roots[j] = free[n_free - 1]
        nodes[j + 1] = goal
        copy(free, curve[j + 1])
        copy(tangent, tangents[j + 1])
