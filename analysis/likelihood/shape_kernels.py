"""Compiled reduction of a likelihood to its shapes and the polynomials that multiply them.

The expectation of ``analysis.likelihood.kernels`` is sum_k g_k(x) W[k, i]: a few shapes W (K, n) of
bins, each times a polynomial g_k of the parameters, a sum of terms weight x_a x_b x_c x_d.  A term
names its factors by their places in (x, 1), so that fewer than four are filled up with the place P
of the 1.  ``reduced_terms`` leaves out what is empty or multiplied by 0, and finds the morphs that
only scale their sample.  Then the derivatives by the parameters, first and second, are those of the
g_k, and the bins enter only through sums over W: these are the cost.
"""

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


@_jit
def reduced_terms(templates, linear, quadratic, dead):
    """Shapes (K, n'), and of each term its shape, weight and four factors (T, 4).

    dead (P,) marks the parameters that are held at 0.  The bins are filled up with empty ones to a
    multiple of 8.  Equation of the templates: see ``analysis.likelihood.kernels``.
    """
    n_bins, n_samples = templates.shape
    n_morphs, one = linear.shape[0], dead.shape[0]
    most = n_samples * (1 + 2 * n_morphs)
    shapes = np.empty((most, (n_bins + 7) // 8 * 8))
    shape_of = np.zeros(most, dtype=np.int64)
    weights = np.ones(most)
    factors = np.full((most, 4), one)
    n_shapes = n_terms = 0
    first = (one, 0, 1, 1, 2, 2, 1)
    second = (one, one, one, 1, one, 2, 2)
    for s in range(n_samples):
        a = first[s] if s < 7 else 3 + n_morphs + s - 7
        b = second[s] if s < 7 else one
        if (a < one and dead[a]) or (b < one and dead[b]):
            continue
        whole = -1
        for order in range(3):
            for j in range(n_morphs if order > 0 else 1):
                if order > 0 and dead[3 + j]:
                    continue
                if order == 0:
                    column = templates[:, s]
                elif order == 1:
                    column = linear[j, :, s]
                else:
                    column = quadratic[j, :, s]
                if is_empty(column):
                    continue
                factors[n_terms, 0], factors[n_terms, 1] = a, b
                factors[n_terms, 2] = one if order == 0 else 3 + j
                factors[n_terms, 3] = 3 + j if order == 2 else one
                scale = 0.0
                if whole >= 0:
                    scale = common_scale(column, shapes[whole])
                if scale != 0.0:
                    shape_of[n_terms], weights[n_terms] = whole, scale
                else:
                    shapes[n_shapes, :n_bins] = column
                    shapes[n_shapes, n_bins:] = 0.0
                    shape_of[n_terms] = n_shapes
                    if order == 0:
                        whole = n_shapes
                    n_shapes += 1
                n_terms += 1
    return (
        shapes[:n_shapes].copy(),
        shape_of[:n_terms].copy(),
        weights[:n_terms].copy(),
        factors[:n_terms].copy(),
    )


@_jit
def is_empty(column):
    """True if every entry of a column is 0."""
    i = 0
    while i < column.shape[0] and column[i] == 0.0:
        i += 1
    return i == column.shape[0]


@_jit
def largest(column):
    """Largest magnitude of a column's entries."""
    out = 0.0
    for i in range(column.shape[0]):
        out = max(out, abs(column[i]))
    return out


@_jit
def free_places(free, last):
    """Position of each parameter among the free ones, -1 for a held one and for the final 1.

    The parameter last, if it is one, comes last.
    """
    place = np.full(free.shape[0] + 1, -1)
    count = 0
    for p in range(free.shape[0]):
        if free[p] and p != last:
            place[p] = count
            count += 1
    if last >= 0:
        place[last] = count
    return place


@_jit
def inverses(variances, n_padded):
    """1 / variance of Gaussian bins, 0 for Poisson bins and the bins filled up."""
    out = np.zeros(n_padded)
    for i in range(variances.shape[0]):
        if variances[i] > 0.0:
            out[i] = 1.0 / variances[i]
    return out


@_jit
def reduced(templates, linear, quadratic, variances, free, at_zero, last):
    """Shapes, terms, places and inverse variances of a likelihood: see ``Reduction``."""
    shapes, shape_of, weights, factors = reduced_terms(templates, linear, quadratic, at_zero)
    place = free_places(free, last)
    return shapes, (shape_of, weights, factors), place, inverses(variances, shapes.shape[1])


@_jit
def common_scale(column, shape):
    """f if column = f shape to 1e-14 of its largest entry, else 0."""
    above, below = 0.0, 0.0
    for i in range(column.shape[0]):
        above += column[i] * shape[i]
        below += shape[i] * shape[i]
    scale = above / below
    tolerance = 1e-14 * largest(column)
    for i in range(column.shape[0]):
        if abs(column[i] - scale * shape[i]) > tolerance:
            return 0.0
    return scale
