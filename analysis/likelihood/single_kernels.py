"""Compiled fits of a single likelihood: damped Newton steps, and the roots of its rise.

Bins enter as in ``analysis.likelihood.shape_kernels``: bin i expects sum_k g_k(x) shapes[k, i].
Damped steps find the local minimum of any data from any point; ``analysis.fits.newton_kernels``
fits many toys at once, and leaves to these the few whose plain steps fail.

The roots are of Asimov data: where the profile of -2 ln L has risen by several amounts.  The data
are the expectation at a truth with mu^2 = 0, where the constraints are centred too.  From there the
minima at fixed mu^2 form a smooth curve x(f) of the free parameters, f the root of the rise of
-2 ln L.  Points on it are found by Newton steps, and each that is found, with its tangent, tells
better where the next one is (Hermite interpolation in f).

Kernels share two tuples: data is (counts, base, expecting), the change of the expectation from the
counts being base + sum_k (g_k - expecting_k) shapes[k]; problem is (shapes, terms, place,
inverse_variances, touched), the arrays of ``Reduction`` and whether g_k depends on each free
parameter (K, F).
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
def touched_shapes(terms, place, n_shapes):
    """Whether g_k depends on each free parameter, (K, F)."""
    shape_of, weights, factors = terms
    touched = np.zeros((n_shapes, np.sum(place >= 0)), dtype=np.bool_)
    for t in range(weights.shape[0]):
        for j in range(4):
            if place[factors[t, j]] >= 0:
                touched[shape_of[t], place[factors[t, j]]] = True
    return touched


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
def bin_sums(shapes, touched, term, residual, weight, r_sums, w_sums):
    """-2 ln L of all bins; R_k (K,) and V_kl (K, K) of the shapes whose g_k varies, in place."""
    partial = np.empty(32)
    total = dot(term, np.ones(term.shape[0]), partial)
    varies = np.array([np.any(touched[k]) for k in range(shapes.shape[0])])
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
    """R (K,) and V (K, K) of shapes as sums over the free parameters (F,), (F, F), in place."""
    slope[:] = 0.0
    matrix[:] = 0.0
    for a in range(slope.shape[0]):
        for k in range(r_sums.shape[0]):
            if slopes[k, a] == 0.0:
                continue
            slope[a] += slopes[k, a] * r_sums[k]
            for m in range(r_sums.shape[0]):
                for b in range(a + 1):
                    matrix[a, b] += slopes[k, a] * w_sums[k, m] * slopes[m, b]


@_jit
def quadratic_model(x, data, centers, inverse_sigmas, problem, slope, matrix, scale):
    """-2 ln L at x (P + 1,), with its half gradient (F,) and half Hessian (F, F), b <= a, in place.

    scale (F,) is the Hessian's diagonal without the second derivatives of g, never negative.  A
    free parameter on which nothing depends stays where it is: its row is that of a unit matrix.
    Returns also how many bins are behind the wall.
    """
    shapes, terms, place, inverse_variances, touched = problem
    counts, base, expecting = data
    n_shapes, n_bins = shapes.shape
    g, r_sums = np.empty(n_shapes), np.zeros(n_shapes)
    slopes, w_sums = np.empty((n_shapes, slope.shape[0])), np.zeros((n_shapes, n_shapes))
    change, term = base.copy(), np.empty(n_bins)
    residual, weight = np.empty(n_bins), np.empty(n_bins)
    polynomials(x, terms, place, g, slopes)
    for k in range(n_shapes):
        add_scaled(g[k] - expecting[k], shapes[k], change)
    behind = bin_terms(counts, change, inverse_variances, term, residual, weight)
    total = bin_sums(shapes, touched, term, residual, weight, r_sums, w_sums)
    project(slopes, r_sums, w_sums, slope, matrix)
    for p in range(centers.shape[0]):
        pull = (x[p] - centers[p]) * inverse_sigmas[p]
        total += pull * pull
        if place[p] >= 0:
            slope[place[p]] += pull * inverse_sigmas[p]
            matrix[place[p], place[p]] += inverse_sigmas[p] * inverse_sigmas[p]
    for a in range(slope.shape[0]):
        if matrix[a, a] == 0.0 and not np.any(touched[:, a]):
            matrix[a, a] = 1.0
        scale[a] = matrix[a, a]
    add_curvature(x, terms, place, r_sums, matrix)
    return total, behind


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
def solve_up(low, n_first, right):
    """L^-T right in place, of the first parameters only; the rest of right (F,) stays."""
    for a in range(n_first - 1, -1, -1):
        for k in range(a + 1, n_first):
            right[a] -= low[k, a] * right[k]
        right[a] *= low[a, a]


@_jit
def minimise_one(x, data, centers, inverse_sigmas, problem):
    """Local minimum of -2 ln L from x (P + 1,), in place, by damped Newton steps.

    Returns its value and whether it converged: the Newton decrement, the fall of -2 ln L that the
    quadratic model still expects, is below 1e-12.
    """
    place, n_free = problem[2], problem[4].shape[1]
    slope, matrix, scale = np.empty(n_free), np.empty((n_free, n_free)), np.empty(n_free)
    new_slope, new_matrix, new_scale = slope.copy(), matrix.copy(), scale.copy()
    fixed = (data, centers, inverse_sigmas, problem)
    value, _ = quadratic_model(x, *fixed, slope, matrix, scale)
    damping = 0.0
    for _ in range(200):
        low, step = matrix.copy(), slope.copy()
        for a in range(n_free):
            low[a, a] += (damping + 1e-14) * scale[a]
        if not factorise(low):
            damping = max(10.0 * damping, 1e-2)
            if damping > 1e12:
                break
            continue
        solve_down(low, step)
        decrement = np.sum(step * step)
        if decrement < 1e-12 and damping < 1e-3:
            return value, True
        solve_up(low, n_free, step)
        trial = x.copy()
        for p in range(centers.shape[0]):
            if place[p] >= 0:
                trial[p] -= step[place[p]]
        trial_value, _ = quadratic_model(trial, *fixed, new_slope, new_matrix, new_scale)
        if trial_value <= value + 1e-12 * abs(value):
            x[:] = trial
            value = trial_value
            slope, new_slope = new_slope, slope
            matrix, new_matrix = new_matrix, matrix
            scale, new_scale = new_scale, scale
            damping = damping / 10.0 if damping > 1e-6 else 0.0
        else:
            damping = max(10.0 * damping, 1e-3)
            if damping > 1e12:
                return value, decrement < 1e-6
    return value, False


@_jit
def minimise_each(points, counts, centers, inverse_sigmas, shapes, terms, place, inverse_variances):
    """Minimum of -2 ln L for each toy: counts (n, m), centers (m, P), from points (m, P) in place.

    Returns -2 ln L (m,) and whether the minimum was reached (m,).
    """
    n_toys, n_par = points.shape
    found, converged = np.empty(n_toys), np.empty(n_toys, dtype=np.bool_)
    problem = (shapes, terms, place, inverse_variances, touched_shapes(terms, place, len(shapes)))
    x, own, nothing = np.ones(n_par + 1), np.zeros(shapes.shape[1]), np.zeros(len(shapes))
    for k in range(n_toys):
        x[:-1] = points[k]
        own[: counts.shape[0]] = counts[:, k]
        data = (own, -own, nothing)
        found[k], converged[k] = minimise_one(x, data, centers[k], inverse_sigmas, problem)
        points[k] = x[:-1]
    return found, converged


@_jit
def follow(low, tangent):
    """Direction (F,) in which the minimum over the others moves with the last, in place."""
    last = tangent.shape[0] - 1
    tangent[:last] = -low[last, :last]
    tangent[last] = 1.0
    solve_up(low, last, tangent)


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
def move_to_root(goal, free, tangent, x, data, centers, inverse_sigmas, problem):
    """From free (F,) to the minimum at the last parameter at which the profile has risen by goal^2.

    In place, with the tangent (F,) dx/df there; returns whether it converged.  The nuisances move
    towards their minimum, and mu^2 to the root of sqrt(profile) = goal, which is nearly linear.
    """
    place, last = problem[2], free.shape[0] - 1
    slope, scale = np.empty(last + 1), np.empty(last + 1)
    matrix = np.empty((last + 1, last + 1))
    for _ in range(50):
        for p in range(centers.shape[0]):
            if place[p] >= 0:
                x[p] = free[place[p]]
        value, behind = quadratic_model(
            x, data, centers, inverse_sigmas, problem, slope, matrix, scale
        )
        if not (behind == 0 and value < np.inf and factorise(matrix)):
            return False
        solve_down(matrix, slope)
        decrement = np.sum(slope[:last] ** 2)
        profile = math.sqrt(max(value - decrement, 1e-300))
        rising = slope[last] / matrix[last, last]
        move = (goal - profile) * profile / rising
        if not (rising > 0.0 and abs(move) < np.inf):
            return False
        move = min(max(move, -0.7 * free[last]), 3.0 * free[last])
        solve_up(matrix, last, slope)
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
    follow, where the steps do not converge, a bin expects less than nothing at the truth, or none
    depends on mu^2.
    """
    n_rises, n_free, n_shapes = rises.shape[0], np.sum(place >= 0), shapes.shape[0]
    touched = touched_shapes(terms, place, n_shapes)
    problem = (shapes, terms, place, inverse_variances, touched)
    roots, x = np.full(n_rises, math.nan), np.ones(truth.shape[0] + 1)
    x[:-1] = truth
    expecting, counts = np.empty(n_shapes), np.zeros(shapes.shape[1])
    polynomials(x, terms, place, expecting, np.empty((n_shapes, n_free)))
    for k in range(n_shapes):
        add_scaled(expecting[k], shapes[k], counts)
    data = (counts, np.zeros(counts.shape[0]), expecting)
    nodes = np.zeros(n_rises + 1)
    values, tangents = np.zeros((n_rises + 1, n_free)), np.zeros((n_rises + 1, n_free))
    free, tangent = np.empty(n_free), np.empty(n_free)
    matrix, scale = np.empty((n_free, n_free)), np.empty(n_free)
    for p in range(truth.shape[0]):
        if place[p] >= 0:
            values[0, place[p]] = truth[p]
    value, behind = quadratic_model(x, data, truth, inverse_sigmas, problem, tangent, matrix, scale)
    sensitive = np.any(touched[:, n_free - 1])
    if not (sensitive and behind == 0 and value < np.inf and factorise(matrix)):
        return roots
    follow(matrix, tangent)
    tangents[0] = tangent * matrix[n_free - 1, n_free - 1]
    for j in range(n_rises):
        goal = math.sqrt(rises[j])
        interpolated(nodes[: j + 1], values[: j + 1], tangents[: j + 1], goal, free)
        if not move_to_root(goal, free, tangent, x, data, truth, inverse_sigmas, problem):
            break
        roots[j] = free[n_free - 1]
        nodes[j + 1], values[j + 1], tangents[j + 1] = goal, free, tangent
    return roots
