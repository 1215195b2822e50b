"""Compiled likelihood: Poisson bins with Gaussian-constrained nuisance parameters.

The parameter vector is x = (mu2, q, r, flux, norm_1, ..., norm_K); the expectation of bin i is
flux * sum_m monomial_m(mu2, q, r) signal[i, m] + sum_k norm_k background[i, k].
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")

FIRST_NORM = 4


@_jit
def poisson_term(count, expected):
    """Baker-Cousins term 2 (lambda - n + n ln(n / lambda)) of one bin and its derivative.

    Source: Baker & Cousins, Nucl. Instrum. Meth. 221, 437 (1984), Eq. (13).  Below a floor of
    1e-6 n, or 0 for an empty bin, the term goes on as a parabola with the same value and slope,
    a wall that keeps the expectation from becoming negative.
    """
    if count == 0.0:
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
def expected_counts(x, signal, background):
    """Expectation of every bin; signal (n, 7), background (n, K)."""
    n_bins = signal.shape[0]
    out = np.empty(n_bins)
    mu2, q, r, flux = x[0], x[1], x[2], x[3]
    for i in range(n_bins):
        s = signal[i]
        rate = s[0] + mu2 * s[1] + q * (s[2] + q * s[3] + r * s[6]) + r * (s[4] + r * s[5])
        total = flux * rate
        for k in range(background.shape[1]):
            total += x[FIRST_NORM + k] * background[i, k]
        out[i] = total
    return out


@_jit
def minus_two_log_likelihood(x, signal, background, counts, centers, inverse_sigmas):
    """-2 ln of the likelihood relative to the saturated one, constraints included."""
    expected = expected_counts(x, signal, background)
    total = 0.0
    for i in range(counts.shape[0]):
        total += poisson_term(counts[i], expected[i])[0]
    for j in range(x.shape[0]):
        pull = (x[j] - centers[j]) * inverse_sigmas[j]
        total += pull * pull
    return total


@_jit
def gradient(x, signal, background, counts, centers, inverse_sigmas):
    """Derivative of ``minus_two_log_likelihood`` by every parameter."""
    expected = expected_counts(x, signal, background)
    mu2, q, r, flux = x[0], x[1], x[2], x[3]
    out = np.zeros(x.shape[0])
    for i in range(counts.shape[0]):
        slope = poisson_term(counts[i], expected[i])[1]
        s = signal[i]
        rate = s[0] + mu2 * s[1] + q * (s[2] + q * s[3] + r * s[6]) + r * (s[4] + r * s[5])
        out[0] += slope * flux * s[1]
        out[1] += slope * flux * (s[2] + 2.0 * q * s[3] + r * s[6])
        out[2] += slope * flux * (s[4] + 2.0 * r * s[5] + q * s[6])
        out[3] += slope * rate
        for k in range(background.shape[1]):
            out[FIRST_NORM + k] += slope * background[i, k]
    for j in range(x.shape[0]):
        out[j] += 2.0 * (x[j] - centers[j]) * inverse_sigmas[j] ** 2
    return out
