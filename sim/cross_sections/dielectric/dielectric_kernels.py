"""Compiled principal-value integrals of piecewise linear functions, exact on every piece."""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


@_jit
def kramers_kronig(energy, extinction, count):
    """n - 1 at the first count of the energies, (count,).

    (2 / pi) P int_0^inf w k(w) / (w^2 - E^2) dw with k = extinction (m,), straight lines between
    the energies (m,), which increase from above 0, and 0 outside.  Of w / (w^2 - E^2) =
    [1 / (w - E) + 1 / (w + E)] / 2 each half is integrated in closed form; at a grid point the
    logarithm of the distance to itself drops out between its two neighbours, k being continuous.
    """
    out = np.empty(count)
    for i in range(count):
        e = energy[i]
        total = 0.0
        for j in range(energy.shape[0] - 1):
            low, width = energy[j], energy[j + 1] - energy[j]
            slope = (extinction[j + 1] - extinction[j]) / width
            at_e = extinction[j] + slope * (e - low)
            at_minus_e = extinction[j] - slope * (e + low)
            if j == i:
                near = math.log(width)
            elif j + 1 == i:
                near = -math.log(width)
            else:
                near = math.log1p(width / (low - e))
            far = math.log1p(width / (low + e))
            total += 2.0 * slope * width + at_e * near + at_minus_e * far
        out[i] = total / math.pi
    return out


@_jit
def shifted_strength(energy, strength):
    """(1 / T) int_0^T [h(w) - h(T)] / (T - w) dw at T = each energy, (n,).

    h = strength (n,) is a straight line between the energies (n,), which increase from above 0,
    and 0 below the first of them.
    """
    out = np.empty(energy.shape[0])
    logarithms = np.empty(energy.shape[0])
    for i in range(energy.shape[0]):
        t, here = energy[i], strength[i]
        for j in range(i):
            logarithms[j] = math.log(t - energy[j])
        total = 0.0
        if i > 0:
            total = here * (logarithms[0] - math.log(t))
        for j in range(i):
            slope = (strength[j + 1] - strength[j]) / (energy[j + 1] - energy[j])
            total -= strength[j + 1] - strength[j]
            if j + 1 < i:
                line_at_t = strength[j] + slope * (t - energy[j])
                total += (line_at_t - here) * (logarithms[j] - logarithms[j + 1])
        out[i] = total / t
    return out
