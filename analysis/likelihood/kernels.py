"""Compiled likelihood: binned counts whose expectation is shapes times polynomials of x.

A block of bins expects sum_k g_k(x) W[k, i]: a few shapes W (K, n), each times a polynomial g_k of
the parameters, a sum of terms: a weight times up to six factors.  A term names its factors by their
places in x (P + 1,), whose last entry is 1 and fills up what is left of the six.  The blocks are
one tuple of arrays: shapes of all blocks, one after the other; layout (S, 9), whose columns are
named below; and of each term the shape that it multiplies, counted through all blocks, its weight
and its factors (T, 6).

What correlations add to the inverse covariance of the constraints, beyond inverse_sigmas on its
diagonal, comes as (first, second, values): entries of its lower half, by parameter.
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
def simulated_term(count, expected, spread, center):
    """Poisson term with its beta at the best, that of its constraint included, and the derivative.

    beta^2 + (lambda delta^2 - c) beta - n delta^2 = 0 for the constraint (beta - c)^2 / delta^2;
    spread is delta^2.  Source: Conway, arXiv:1103.0354, Eq. (2.4).  The wall is as in
    ``poisson_term``.
    """
    value = max(expected, 1e-6 * count)
    shift = value * spread - center
    root = math.sqrt(shift * shift + 4.0 * count * spread)
    beta = 2.0 * count * spread / (shift + root) if shift > 0.0 else 0.5 * (root - shift)
    pull = beta - center
    term = poisson_term(count, beta * value)[0] + pull * pull / spread
    slope = 2.0 * (beta - count / value) if count > 0.0 else 2.0 * beta
    return walled(count, expected, term, slope)


@_jit
def combined_term(count, expected):
    """CNP chi-square (n - lambda)^2 / (3 / (1 / n + 2 / lambda)), 2 lambda where n = 0, and slope.

    Source: Ji et al., Nucl. Instrum. Meth. A 961, 163677 (2020), Eq. (18).
    """
    if count < 1e-300:
        return poisson_term(count, expected)
    value = max(expected, 1e-6 * count)
    gap = value - count
    term = gap * gap * (1.0 / count + 2.0 / value) / 3.0
    slope = 2.0 * (gap / count + 1.0 - (count / value) * (count / value)) / 3.0
    return walled(count, expected, term, slope)


@_jit
def walled(count, expected, term, slope):
    """Term and slope below the floor of 1e-6 n, where these hold, as a parabola."""
    floor = 1e-6 * count
    if expected < floor or (count == 0.0 and expected < 0.0):
        gap = expected - floor
        curvature = 2.0 * count / (floor * floor) if count > 0.0 else 2e6
        term += slope * gap + 0.5 * curvature * gap * gap
        slope += curvature * gap
    return term, slope


@_jit
def bin_term(count, expected, variance, spread, center):
    """Term of one bin and its derivative: Gaussian where variance > 0, else Poisson.

    With a spread, > 0 for a simulated bin and < 0 for a combined one, see
    ``analysis.likelihood.special_bins``.
    """
    if variance > 0.0:
        residual = expected - count
        return residual * residual / variance, 2.0 * residual / variance
    if spread > 0.0:
        return simulated_term(count, expected, spread, center)
    if spread < 0.0:
        return combined_term(count, expected)
    return poisson_term(count, expected)


@_jit
def bin_terms(expected, counts, variances, special, centers, slopes):
    """Sum of the terms of all bins; their derivatives in place."""
    spreads, places = special
    total = 0.0
    for i in range(counts.shape[0]):
        spread = spreads[i] if spreads.shape[0] > 0 else 0.0
        center = centers[places[i]] if spread > 0.0 else 1.0
        term, slopes[i] = bin_term(counts[i], expected[i], variances[i], spread, center)
        total += term
    return total


@_jit
def coefficients(x, blocks):
    """g_k of the shapes of all blocks."""
    _, layout, shape_of, weights, factors = blocks
    g = np.zeros(np.sum(layout[:, N_SHAPES]))
    for t in range(weights.shape[0]):
        product = weights[t]
        for j in range(N_FACTORS):
            product *= x[factors[t, j]]
        g[shape_of[t]] += product
    return g


@_jit
def add_slopes(x, blocks, by_shape, out):
    """sum_k dg_k/dx_a by_shape_k added to out (P + 1,)."""
    _, _, shape_of, weights, factors = blocks
    for t in range(weights.shape[0]):
        for j in range(N_FACTORS):
            if factors[t, j] == x.shape[0] - 1:
                break
            product = weights[t] * by_shape[shape_of[t]]
            for k in range(N_FACTORS):
                if k != j:
                    product *= x[factors[t, k]]
            out[factors[t, j]] += product


@_jit
def expected_counts(x, blocks):
    """Expectation of every bin of all blocks."""
    shapes, layout = blocks[0], blocks[1]
    g = coefficients(x, blocks)
    out = np.zeros(np.sum(layout[:, N_BINS]))
    for s in range(layout.shape[0]):
        n = layout[s, N_BINS]
        row = out[layout[s, FIRST_BIN] : layout[s, FIRST_BIN] + n]
        for k in range(layout[s, N_SHAPES]):
            factor = g[layout[s, FIRST_SHAPE] + k]
            start = layout[s, START] + k * n
            for i in range(n):
                row[i] += factor * shapes[start + i]
    return out


@_jit
def prior_terms(x, centers, inverse_sigmas, couplings, slope):
    """-2 ln of the constraints; their derivatives are added to slope (P + 1,)."""
    total = 0.0
    for j in range(centers.shape[0]):
        pull = (x[j] - centers[j]) * inverse_sigmas[j]
        total += pull * pull
        slope[j] += 2.0 * pull * inverse_sigmas[j]
    first, second, values = couplings
    for k in range(values.shape[0]):
        a, b = first[k], second[k]
        left, right = x[a] - centers[a], x[b] - centers[b]
        total += values[k] * left * right * (1.0 if a == b else 2.0)
        slope[a] += 2.0 * values[k] * right
        if a != b:
            slope[b] += 2.0 * values[k] * left
    return total


@_jit
def minus_two_log_likelihood(
    x, blocks, counts, variances, special, centers, inverse_sigmas, couplings
):
    """-2 ln of the likelihood relative to the saturated one, constraints included."""
    expected = expected_counts(x, blocks)
    total = bin_terms(expected, counts, variances, special, centers, np.empty(counts.shape[0]))
    unused = np.zeros(x.shape[0])
    return total + prior_terms(x, centers, inverse_sigmas, couplings, unused)


@_jit
def sums_over_bins(blocks, by_bin):
    """sum_i by_bin_i W[k, i] of every shape."""
    shapes, layout = blocks[0], blocks[1]
    out = np.zeros(np.sum(layout[:, N_SHAPES]))
    for s in range(layout.shape[0]):
        n, first = layout[s, N_BINS], layout[s, FIRST_BIN]
        for k in range(layout[s, N_SHAPES]):
            start = layout[s, START] + k * n
            total = 0.0
            for i in range(n):
                total += by_bin[first + i] * shapes[start + i]
            out[layout[s, FIRST_SHAPE] + k] = total
    return out


@_jit
def gradient(x, blocks, counts, variances, special, centers, inverse_sigmas, couplings):
    """Derivative of ``minus_two_log_likelihood`` by every parameter, (P,)."""
    by_bin = np.empty(counts.shape[0])
    bin_terms(expected_counts(x, blocks), counts, variances, special, centers, by_bin)
    out = np.zeros(x.shape[0])
    add_slopes(x, blocks, sums_over_bins(blocks, by_bin), out)
    prior_terms(x, centers, inverse_sigmas, couplings, out)
    return out[:-1]


@_jit
def gradients(points, blocks, counts, variances, special, centers, inverse_sigmas, couplings):
    """``gradient`` of each data set, counts (m, n) and centers (m, P), at its point (m, P)."""
    out = np.empty(points.shape)
    x = np.ones(points.shape[1] + 1)
    for k in range(points.shape[0]):
        x[:-1] = points[k]
        prior = centers[k], inverse_sigmas, couplings
        out[k] = gradient(x, blocks, counts[k], variances, special, *prior)
    return out
