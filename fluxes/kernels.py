"""Compiled loops over piecewise-cubic spectra and their cumulative moments.

A spectrum is S(E) = c0 + c1 E + c2 E^2 + c3 E^3 in the cell [edges[i], edges[i + 1]], E in MeV,
and zero outside.  Its moments are M_n(E) = integral of S(x) x^-n dx from E to the last edge.
Every difference of powers is written as a product, so nothing cancels however thin the slice.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


@_jit
def slice_moments(low, high, c0, c1, c2, c3):
    """(M0, M1, M2) of one cubic between low and high [MeV], low > 0, in closed form."""
    width = high - low
    total = high + low
    squares = high * high + high * low + low * low
    cubes = total * (high * high + low * low)
    log_ratio = math.log1p(width / low)
    m0 = width * (c0 + c1 * total / 2.0 + c2 * squares / 3.0 + c3 * cubes / 4.0)
    m1 = c0 * log_ratio + width * (c1 + c2 * total / 2.0 + c3 * squares / 3.0)
    m2 = c0 * width / (low * high) + c1 * log_ratio + width * (c2 + c3 * total / 2.0)
    return m0, m1, m2


@_jit
def cumulative_moments(edges, coefficients):
    """M_n at every edge, shape (n_cells + 1, 3); M_1 and M_2 are infinite at E = 0."""
    n_cells = coefficients.shape[0]
    cumulative = np.zeros((n_cells + 1, 3))
    for i in range(n_cells - 1, -1, -1):
        c0, c1, c2, c3 = coefficients[i]
        low, high = edges[i], edges[i + 1]
        if low > 0.0:
            m0, m1, m2 = slice_moments(low, high, c0, c1, c2, c3)
        else:
            m0 = high * (c0 + high * (c1 / 2.0 + high * (c2 / 3.0 + high * c3 / 4.0)))
            m1 = math.inf
            m2 = math.inf
        cumulative[i, 0] = cumulative[i + 1, 0] + m0
        cumulative[i, 1] = cumulative[i + 1, 1] + m1
        cumulative[i, 2] = cumulative[i + 1, 2] + m2
    return cumulative


@_jit
def find_cell(edges, energy, guess):
    """Index i with edges[i] <= energy < edges[i + 1]; the guess and the next are tried first."""
    last = edges.shape[0] - 2
    if edges[guess] <= energy < edges[guess + 1]:
        return guess
    if guess < last and edges[guess + 1] <= energy < edges[guess + 2]:
        return guess + 1
    low, high = 0, last + 1
    while high - low > 1:
        middle = (low + high) // 2
        if edges[middle] <= energy:
            low = middle
        else:
            high = middle
    return low


@_jit
def moments_above(energy, edges, coefficients, cumulative):
    """M_0, M_1, M_2 above each energy [MeV], energy > 0; shape (3, n)."""
    out = np.zeros((3, energy.shape[0]))
    cell = 0
    for k in range(energy.shape[0]):
        e = energy[k]
        if e >= edges[-1]:
            continue
        if e < edges[0]:
            for n in range(3):
                out[n, k] = cumulative[0, n]
            continue
        cell = find_cell(edges, e, cell)
        c0, c1, c2, c3 = coefficients[cell]
        m0, m1, m2 = slice_moments(e, edges[cell + 1], c0, c1, c2, c3)
        out[0, k] = cumulative[cell + 1, 0] + m0
        out[1, k] = cumulative[cell + 1, 1] + m1
        out[2, k] = cumulative[cell + 1, 2] + m2
    return out


@_jit
def density(energy, edges, coefficients):
    """S(E) at each energy [MeV]; zero outside the cells, the upper cell's value on an edge."""
    out = np.zeros(energy.shape[0])
    cell = 0
    for k in range(energy.shape[0]):
        e = energy[k]
        if edges[0] <= e < edges[-1]:
            cell = find_cell(edges, e, cell)
            c0, c1, c2, c3 = coefficients[cell]
            out[k] = c0 + e * (c1 + e * (c2 + e * c3))
    return out
