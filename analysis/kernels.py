"""Compiled likelihood: binned counts with nuisance parameters that scale and morph templates.

The parameter vector is x = (mu2, q, r, eta_1 ... eta_J, norm_1 ... norm_K).  There are S = 7 + K
samples with coefficients c = (1, mu2, q, q^2, r, r^2, q r, norm_1 ... norm_K), and bin i expects
sum_s c_s (T[i, s] + sum_j eta_j D[j, i, s] + eta_j^2 H[j, i, s]).
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


@_jit
def poisson_term(count, expected):
    """Baker-Cousins term 2 (lambda - n + n ln(n / lambda)) of one bin and its derivative.

    Source: Baker & Cousins, Nucl. Instrum. Meth. 221, 437 (1984), Eq. (13).  Below a floor of
    1e-6 n, or 0 for an empty bin, the term goes on as a parabola with the same value and slope,
    a wall that keeps the expectation from becoming negative.
    """
    if count < 1e-300:
        if expected >= 0.0:
            return 2.0 * expected, 2.0
        return 2.0 * expected + 1e6 * expected * expected, 2.0 + 2e6 * expected
    floor = 1e-6 * count
    value = max(expected, floor)
    excess = (value - count) / count
    term = 2.0 * count * (excess - math.log1p(excess))
    slope = 2.0 * (1.0 - count / value)
    if expected < floor:
        gap = expected - floor
        curvature = 2.0 * count / (floor * floor)
        term += slope * gap + 0.5 * curvature * gap * gap
        slope += curvature * gap
    return term, slope


@_jit
def bin_term(count, expected, variance):
    """Term of one bin and its derivative: Gaussian where variance > 0, Poisson where it is 0."""
    if variance > 0.0:
        residual = expected - count
        return residual * residual / variance, 2.0 * residual / variance
    return poisson_term(count, expected)


@_jit
def coefficients(x, n_morphs, n_samples):
    """c: the monomials of (mu2, q, r), then the norms."""
    c = np.empty(n_samples)
    mu2, q, r = x[0], x[1], x[2]
    c[0], c[1], c[2], c[3], c[4], c[5], c[6] = 1.0, mu2, q, q * q, r, r * r, q * r
    for k in range(7, n_samples):
        c[k] = x[3 + n_morphs + k - 7]
    return c


@_jit
def morphed_templates(x, templates, linear, quadratic):
    """T + sum_j eta_j D_j + eta_j^2 H_j, shape (n, S)."""
    out = templates.copy()
    for j in range(linear.shape[0]):
        eta = x[3 + j]
        if eta != 0.0:
            for i in range(out.shape[0]):
                for s in range(out.shape[1]):
                    out[i, s] += eta * (linear[j, i, s] + eta * quadratic[j, i, s])
    return out


@_jit
def expected_counts(x, templates, linear, quadratic):
    """Expectation of every bin; templates (n, S), linear and quadratic (J, n, S)."""
    morphed = morphed_templates(x, templates, linear, quadratic)
    c = coefficients(x, linear.shape[0], templates.shape[1])
    out = np.zeros(templates.shape[0])
    for i in range(out.shape[0]):
        for s in range(c.shape[0]):
            out[i] += c[s] * morphed[i, s]
    return out


@_jit
def minus_two_log_likelihood(
    x, templates, linear, quadratic, counts, variances, centers, inverse_sigmas
):
    """-2 ln of the likelihood relative to the saturated one, constraints included."""
    expected = expected_counts(x, templates, linear, quadratic)
    total = 0.0
    for i in range(counts.shape[0]):
        total += bin_term(counts[i], expected[i], variances[i])[0]
    for j in range(x.shape[0]):
        pull = (x[j] - centers[j]) * inverse_sigmas[j]
        total += pull * pull
    return total


@_jit
def jacobian(x, templates, linear, quadratic):
    """Derivative of every bin's expectation by every parameter, shape (n, P)."""
    n_morphs, n_samples = linear.shape[0], templates.shape[1]
    morphed = morphed_templates(x, templates, linear, quadratic)
    c = coefficients(x, n_morphs, n_samples)
    q, r = x[1], x[2]
    out = np.zeros((templates.shape[0], x.shape[0]))
    for i in range(templates.shape[0]):
        g = morphed[i]
        out[i, 0] = g[1]
        out[i, 1] = g[2] + 2.0 * q * g[3] + r * g[6]
        out[i, 2] = g[4] + 2.0 * r * g[5] + q * g[6]
        for j in range(n_morphs):
            eta = x[3 + j]
            slope = 0.0
            for s in range(n_samples):
                slope += c[s] * (linear[j, i, s] + 2.0 * eta * quadratic[j, i, s])
            out[i, 3 + j] = slope
        for k in range(7, n_samples):
            out[i, 3 + n_morphs + k - 7] = g[k]
    return out


@_jit
def gradient(x, templates, linear, quadratic, counts, variances, centers, inverse_sigmas):
    """Derivative of ``minus_two_log_likelihood`` by every parameter."""
    n_morphs, n_samples = linear.shape[0], templates.shape[1]
    morphed = morphed_templates(x, templates, linear, quadratic)
    c = coefficients(x, n_morphs, n_samples)
    by_sample = np.zeros(n_samples)
    out = np.zeros(x.shape[0])
    for i in range(counts.shape[0]):
        expected = 0.0
        for s in range(n_samples):
            expected += c[s] * morphed[i, s]
        slope = bin_term(counts[i], expected, variances[i])[1]
        for s in range(n_samples):
            by_sample[s] += slope * morphed[i, s]
        for j in range(n_morphs):
            change = 0.0
            for s in range(n_samples):
                change += c[s] * (linear[j, i, s] + 2.0 * x[3 + j] * quadratic[j, i, s])
            out[3 + j] += slope * change
    q, r = x[1], x[2]
    out[0] = by_sample[1]
    out[1] = by_sample[2] + 2.0 * q * by_sample[3] + r * by_sample[6]
    out[2] = by_sample[4] + 2.0 * r * by_sample[5] + q * by_sample[6]
    for k in range(7, n_samples):
        out[3 + n_morphs + k - 7] = by_sample[k]
    for j in range(x.shape[0]):
        out[j] += 2.0 * (x[j] - centers[j]) * inverse_sigmas[j] ** 2
    return out


@_jit
def _normal_equations(
    x, free, templates, linear, quadratic, counts, variances, centers, inverse_sigmas
):
    """Half gradient (P,), half Hessian (P, P) of -2 ln L among the free parameters, and a scale.

    Of the second derivatives of the expectation those by q and r are kept, the others are small.
    The scale is the diagonal without them, which is never negative.
    """
    n_par = x.shape[0]
    expected = expected_counts(x, templates, linear, quadratic)
    derivative = jacobian(x, templates, linear, quadratic)
    morphed = morphed_templates(x, templates, linear, quadratic)
    slope = np.zeros(n_par)
    matrix = np.zeros((n_par, n_par))
    by_q2, by_r2, by_qr = 0.0, 0.0, 0.0
    for i in range(counts.shape[0]):
        if variances[i] > 0.0:
            residual = (expected[i] - counts[i]) / variances[i]
            weight = 1.0 / variances[i]
        else:
            value = max(expected[i], 1e-6 * counts[i] + 1e-300)
            residual = 0.5 * poisson_term(counts[i], expected[i])[1]
            weight = 0.0 if counts[i] == 0.0 else counts[i] / (value * value)
        by_q2 += residual * morphed[i, 3]
        by_r2 += residual * morphed[i, 5]
        by_qr += residual * morphed[i, 6]
        for a in range(n_par):
            if free[a]:
                slope[a] += residual * derivative[i, a]
                scaled = weight * derivative[i, a]
                for b in range(a + 1):
                    if free[b]:
                        matrix[a, b] += scaled * derivative[i, b]
    scale = np.diag(matrix).copy()
    if free[1]:
        matrix[1, 1] += 2.0 * by_q2
    if free[2]:
        matrix[2, 2] += 2.0 * by_r2
    if free[1] and free[2]:
        matrix[2, 1] += by_qr
    for a in range(n_par):
        squared = inverse_sigmas[a] * inverse_sigmas[a]
        if free[a]:
            slope[a] += (x[a] - centers[a]) * squared
            matrix[a, a] += squared
            scale[a] += squared
        else:
            matrix[a, a] = scale[a] = 1.0
        for b in range(a):
            matrix[b, a] = matrix[a, b]
    return slope, matrix, scale


@_jit
def cholesky_solve(matrix, right):
    """Solution of a symmetric positive definite system; False if it is not positive definite."""
    n = right.shape[0]
    low = np.zeros((n, n))
    for a in range(n):
        for b in range(a + 1):
            total = matrix[a, b]
            for k in range(b):
                total -= low[a, k] * low[b, k]
            if a == b:
                if not total > 0.0:
                    return right, False
                low[a, a] = math.sqrt(total)
            else:
                low[a, b] = total / low[b, b]
    solution = right.copy()
    for a in range(n):
        for k in range(a):
            solution[a] -= low[a, k] * solution[k]
        solution[a] /= low[a, a]
    for a in range(n - 1, -1, -1):
        for k in range(a + 1, n):
            solution[a] -= low[k, a] * solution[k]
        solution[a] /= low[a, a]
    return solution, True


@_jit
def solve(x, free, templates, linear, quadratic, counts, variances, centers, inverse_sigmas):
    """Local minimum of -2 ln L from x (changed in place) by damped Newton steps.

    Returns its value and whether it converged: the Newton decrement, the rise of -2 ln L that the
    quadratic model still expects, is below 1e-10.
    """
    value = minus_two_log_likelihood(
        x, templates, linear, quadratic, counts, variances, centers, inverse_sigmas
    )
    damping = 0.0
    for _ in range(200):
        slope, matrix, scale = _normal_equations(
            x, free, templates, linear, quadratic, counts, variances, centers, inverse_sigmas
        )
        for a in range(x.shape[0]):
            matrix[a, a] += (damping + 1e-14) * scale[a]
        step, definite = cholesky_solve(matrix, -slope)
        if not definite:
            damping = max(10.0 * damping, 1e-2)
            continue
        decrement = -np.dot(slope, step)
        if decrement < 1e-10 and damping < 1e-3:
            return value, True
        trial = x + step
        trial_value = minus_two_log_likelihood(
            trial, templates, linear, quadratic, counts, variances, centers, inverse_sigmas
        )
        if trial_value <= value + 1e-12 * abs(value):
            x[:] = trial
            value = trial_value
            damping = damping / 10.0 if damping > 1e-6 else 0.0
        else:
            damping = max(10.0 * damping, 1e-3)
            if damping > 1e12:
                return value, decrement < 1e-6
    return value, False


@_jit
def solve_many(
    points, free, templates, linear, quadratic, counts, variances, centers, inverse_sigmas
):
    """``solve`` for many spectra: counts (m, n), centers and points (m, P), points in place.

    Returns the values and whether each converged.
    """
    values = np.empty(counts.shape[0])
    converged = np.empty(counts.shape[0], dtype=np.bool_)
    for k in range(counts.shape[0]):
        values[k], converged[k] = solve(
            points[k],
            free,
            templates,
            linear,
            quadratic,
            counts[k],
            variances,
            centers[k],
            inverse_sigmas,
        )
    return values, converged


@_jit
def standard_errors(points, place, free, templates, linear, quadratic, variances, inverse_sigmas):
    """Error of one parameter at each point (m, P), from the inverse Fisher matrix."""
    out = np.empty(points.shape[0])
    n_par = points.shape[1]
    unit = np.zeros(n_par)
    unit[place] = 1.0
    for k in range(points.shape[0]):
        expected = expected_counts(points[k], templates, linear, quadratic)
        derivative = jacobian(points[k], templates, linear, quadratic)
        matrix = np.zeros((n_par, n_par))
        for i in range(expected.shape[0]):
            weight = 1.0 / variances[i] if variances[i] > 0.0 else 1.0 / max(expected[i], 1e-300)
            for a in range(n_par):
                if free[a]:
                    for b in range(n_par):
                        if free[b]:
                            matrix[a, b] += weight * derivative[i, a] * derivative[i, b]
        for a in range(n_par):
            matrix[a, a] += inverse_sigmas[a] ** 2 if free[a] else 1.0
        solution, definite = cholesky_solve(matrix, unit)
        out[k] = math.sqrt(solution[place]) if definite else math.nan
    return out
