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
