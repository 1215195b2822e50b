"""Compiled roots: where the profile of -2 ln L of Asimov data has risen by several amounts.

The data are the expectation at a truth with mu^2 = 0, where the constraints are centred too.  From
there the minima at fixed mu^2 form a smooth curve x(f) of the free parameters, f the root of the
rise of -2 ln L.  Points on it are found by Newton steps, and each that is found, with its tangent,
tells better where the next one is (Hermite interpolation in f).  Bins enter as in
``analysis.shape_kernels``: bin i expects sum_k g_k(x) shapes[k, i].
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


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
def add_scaled(factor, row, out):
    """factor row (n,) added to out (n,)."""
    for i in range(out.shape[0]):
        out[i] += factor * row[i]


@_jit
def polynomials(x, terms, place, g, slopes):
    """g_k (K,) and their derivatives by the free parameters (K, F), in place; x ends with a 1."""
    shape_of, weights, factors = terms
    g[:] = 0.0
    slopes[:] = 0.0
    for t in range(weights.shape[0]):
        a, b, c, d = x[factors[t, 0]], x[factors[t, 1]], x[factors[t, 2]], x[factors[t, 3]]
        g[shape_of[t]] += weights[t] * a * b * c * d
        rests = (b * c * d, a * c * d, a * b * d, a * b * c)
        for j in range(4):
            if place[factors[t, j]] >= 0:
                slopes[shape_of[t], place[factors[t, j]]] += weights[t] * rests[j]


@_jit
def add_curvature(x, terms, place, r_sums, matrix):
    """sum_k d2g_k/dx_a dx_b R_k added to M_ab for b <= a."""
    shape_of, weights, factors = terms
    for t in range(weights.shape[0]):
        for j in range(3):
            for i in range(j + 1, 4):
                a, b = place[factors[t, j]], place[factors[t, i]]
                if a < 0 or b < 0:
                    continue
                rest = 2.0 * weights[t] if a == b else weights[t]
                for h in range(4):
                    if h != i and h != j:
                        rest *= x[factors[t, h]]
                matrix[max(a, b), min(a, b)] += rest * r_sums[shape_of[t]]


@_jit
def bin_terms(counts, change, inverse_variances, term, residual, weight):
    """-2 ln L of each bin, half its slope and half its curvature by the expectation, in place.

    change u is the expectation less the counts n.  2 (u - n ln(1 + u / n)) is without cancellation
    2 (z u - 2 n z^3 (1/3 + z^2 / 5 + ...)), z = u / (2 n + u), good for |u| < 0.4 n.  Returns how
    many Poisson bins are behind the wall, 1e-6 n (``kernels.poisson_term``), where this fails.
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
        behind += n + u < 1e-6 * n
    for i in range(counts.shape[0]):
        n, u = counts[i], change[i]
        if inverse_variances[i] > 0.0:
            residual[i], weight[i] = u * inverse_variances[i], inverse_variances[i]
            term[i] = u * u * inverse_variances[i]
            behind -= n + u < 1e-6 * n
        elif n > 0.0 and abs(u) > 0.4 * n and u > -n:
            term[i] = 2.0 * (u - n * math.log1p(u / n))
    return behind


@_jit
def bin_sums(shapes, slopes, term, residual, weight, r_sums, w_sums):
    """-2 ln L of all bins; R_k (K,) and V_kl (K, K) of the shapes whose g_k varies, in place."""
    partial = np.empty(32)
    total = dot(term, np.ones(term.shape[0]), partial)
    varies = np.array([np.any(slopes[k]) for k in range(shapes.shape[0])])
    for k in range(shapes.shape[0]):
        if not varies[k]:
            continue
        r_sums[k] = dot(residual, shapes[k], partial)
        for i in range(term.shape[0]):
            term[i] = weight[i] * shapes[k, i]
        for m in range(k + 1):
            if varies[m]:
                w_sums[k, m] = w_sums[m, k] = dot(term, shapes[m], partial)
    return total


@_jit
def project(slopes, r_sums, w_sums, slope, matrix):
    """R (K,) and V (K, K) of shapes as sums over the free parameters (F,), (F, F), in place.

    A parameter on which nothing depends stays where it is: its row is that of a unit matrix.
    """
    slope[:] = 0.0
    matrix[:] = 0.0
    for a in range(slope.shape[0]):
        if not np.any(slopes[:, a]):
            matrix[a, a] = 1.0
        for k in range(r_sums.shape[0]):
            if slopes[k, a] == 0.0:
                continue
            slope[a] += slopes[k, a] * r_sums[k]
            for m in range(r_sums.shape[0]):
                for b in range(a + 1):
                    matrix[a, b] += slopes[k, a] * w_sums[k, m] * slopes[m, b]


@_jit
def quadratic_model(x, data, centers, inverse_sigmas, reduction, slope, matrix):
    """-2 ln L at x (P + 1,), with its half gradient (F,) and half Hessian (F, F), b <= a, in place.

    data is the counts and the g_k that expect them.  NaN behind the wall.
    """
    shapes, terms, place, inverse_variances = reduction
    n_shapes, n_bins = shapes.shape
    g, r_sums = np.empty(n_shapes), np.zeros(n_shapes)
    slopes, w_sums = np.empty((n_shapes, slope.shape[0])), np.zeros((n_shapes, n_shapes))
    change, term = np.zeros(n_bins), np.empty(n_bins)
    residual, weight = np.empty(n_bins), np.empty(n_bins)
    counts, expecting = data
    polynomials(x, terms, place, g, slopes)
    for k in range(n_shapes):
        add_scaled(g[k] - expecting[k], shapes[k], change)
    if bin_terms(counts, change, inverse_variances, term, residual, weight) > 0:
        return math.nan
    total = bin_sums(shapes, slopes, term, residual, weight, r_sums, w_sums)
    project(slopes, r_sums, w_sums, slope, matrix)
    add_curvature(x, terms, place, r_sums, matrix)
    for p in range(centers.shape[0]):
        pull = (x[p] - centers[p]) * inverse_sigmas[p]
        total += pull * pull
        if place[p] >= 0:
            slope[place[p]] += pull * inverse_sigmas[p]
            matrix[place[p], place[p]] += inverse_sigmas[p] * inverse_sigmas[p]
    return total


@_jit
def factorise(matrix):
    """Cholesky factor of M in place, b <= a, with inverses on the diagonal; whether it exists."""
    for a in range(matrix.shape[0]):
        for b in range(a + 1):
            rest = matrix[a, b]
            for k in range(b):
                rest -= matrix[a, k] * matrix[b, k]
            if a > b:
                matrix[a, b] = rest * matrix[b, b]
            elif rest > 0.0:
                matrix[a, a] = 1.0 / math.sqrt(rest)
            else:
                return False
    return True


@_jit
def solve_down(low, right):
    """L^-1 right (F,) in place."""
    for a in range(right.shape[0]):
        for k in range(a):
            right[a] -= low[a, k] * right[k]
        right[a] *= low[a, a]


@_jit
def solve_up(low, right):
    """L^-T right in place, of all parameters but the last; the last of right (F,) stays."""
    last = right.shape[0] - 1
    for a in range(last - 1, -1, -1):
        for k in range(a + 1, last):
            right[a] -= low[k, a] * right[k]
        right[a] *= low[a, a]


@_jit
def follow(low, tangent):
    """Direction (F,) in which the minimum over the others moves with the last, in place."""
    last = tangent.shape[0] - 1
    tangent[:last] = -low[last, :last]
    tangent[last] = 1.0
    solve_up(low, tangent)


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
def newton(goal, free, tangent, x, data, centers, inverse_sigmas, reduction):
    """From free (F,) to the minimum at the last parameter at which the profile has risen by goal^2.

    In place, with the tangent (F,) dx/df there; returns whether it converged.  The nuisances move
    towards their minimum, and mu^2 to the root of sqrt(profile) = goal, which is nearly linear.
    """
    place, last = reduction[2], free.shape[0] - 1
    slope, matrix = np.empty(free.shape[0]), np.empty((free.shape[0], free.shape[0]))
    for _ in range(50):
        for p in range(centers.shape[0]):
            if place[p] >= 0:
                x[p] = free[place[p]]
        value = quadratic_model(x, data, centers, inverse_sigmas, reduction, slope, matrix)
        if not (value < np.inf and factorise(matrix)):
            return False
        solve_down(matrix, slope)
        decrement = np.sum(slope[:last] ** 2)
        profile = math.sqrt(max(value - decrement, 1e-300))
        rising = slope[last] / matrix[last, last]
        move = (goal - profile) * profile / rising
        if not (rising > 0.0 and abs(move) < np.inf):
            return False
        move = min(max(move, -0.7 * free[last]), 3.0 * free[last])
        solve_up(matrix, slope)
        follow(matrix, tangent)
        free[:last] -= slope[:last]
        for a in range(last + 1):
            free[a] += move * tangent[a]
        if abs(move) < 1e-6 * free[last] and decrement < 1e-8:
            for a in range(last + 1):
                tangent[a] *= profile / rising
            return True
    return False


@_jit
def asimov_roots(truth, inverse_sigmas, rises, shapes, terms, place, inverse_variances):
    """mu^2 (R,) where the profile of -2 ln L has risen by rises, for data expected at truth (P,).

    mu^2 is the last free parameter.  The rises are > 0 and differ; NaN, also for those that
    follow, where the steps do not converge, or a bin expects less than nothing at the truth.
    """
    n_rises, n_free, n_shapes = rises.shape[0], np.sum(place >= 0), shapes.shape[0]
    reduction = (shapes, terms, place, inverse_variances)
    roots, x = np.full(n_rises, math.nan), np.ones(truth.shape[0] + 1)
    x[:-1] = truth
    expecting, counts = np.empty(n_shapes), np.zeros(shapes.shape[1])
    polynomials(x, terms, place, expecting, np.empty((n_shapes, n_free)))
    for k in range(n_shapes):
        add_scaled(expecting[k], shapes[k], counts)
    data = (counts, expecting)
    nodes = np.zeros(n_rises + 1)
    values, tangents = np.zeros((n_rises + 1, n_free)), np.zeros((n_rises + 1, n_free))
    free, tangent = np.empty(n_free), np.empty(n_free)
    matrix = np.empty((n_free, n_free))
    for p in range(truth.shape[0]):
        if place[p] >= 0:
            values[0, place[p]] = truth[p]
    value = quadratic_model(x, data, truth, inverse_sigmas, reduction, tangent, matrix)
    if not (value < np.inf and factorise(matrix)):
        return roots
    follow(matrix, tangent)
    tangents[0] = tangent * matrix[n_free - 1, n_free - 1]
    for j in range(n_rises):
        goal = math.sqrt(rises[j])
        interpolated(nodes[: j + 1], values[: j + 1], tangents[: j + 1], goal, free)
        if not newton(goal, free, tangent, x, data, truth, inverse_sigmas, reduction):
            break
        roots[j] = free[n_free - 1]
        nodes[j + 1], values[j + 1], tangents[j + 1] = goal, free, tangent
    return roots
