"""Compiled multipoles: spherical Bessel functions, angular weights and the response to exp(iQr)."""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


@_jit
def highest_order(x):
    """Order above which j_L(x) is below 1e-12 and falls faster than exponentially."""
    return int(x + 15.0 + 6.0 * x**0.34)


@_jit
def spherical_bessel(x, highest, out):
    """j_0(x) to j_highest(x) into out: upward where that is stable, else downward from far above.

    Recurrence and Miller's algorithm: Abramowitz & Stegun, chapter 10 [remembered]; x >= 0.
    """
    if x < 1e-8:
        out[: highest + 1] = 0.0
        out[0] = 1.0
        if highest > 0:
            out[1] = x / 3.0
        return
    first = math.sin(x) / x
    second = first / x - math.cos(x) / x
    if x > highest + 1:
        out[0] = first
        if highest > 0:
            out[1] = second
        for order in range(1, highest):
            out[order + 1] = (2 * order + 1) / x * out[order] - out[order - 1]
        return
    start = max(highest, highest_order(x)) + 10
    above, here, inverse = 0.0, 1e-250, 1.0 / x
    for order in range(start, 0, -1):
        above, here = here, (2 * order + 1) * inverse * here - above
        if order <= highest + 1:
            out[order - 1] = here
        if abs(here) > 1e200:
            above *= 1e-200
            here *= 1e-200
            for k in range(order - 1, highest + 1):
                out[k] *= 1e-200
    scale = first / out[0] if highest == 0 or abs(first) > abs(second) else second / out[1]
    for order in range(highest + 1):
        out[order] *= scale


@_jit
def angular_weight(twice_j, order, twice_j2):
    """(2 L + 1) (2 j' + 1) times the square of the 3j symbol (j L j'; 1/2 0 -1/2).

    Racah's sum, its factorials as logarithms (Edmonds, Angular Momentum in Quantum Mechanics, 1957
    [remembered]).  0 outside the triangle; the parity of l + L + l' is the caller's.
    """
    j, k, c = twice_j, 2 * order, twice_j2
    if c > j + k or c < abs(j - k):
        return 0.0
    first, second, third = (j + k - c) // 2, (j - k + c) // 2, (k + c - j) // 2
    up, down = (j + 1) // 2, (j - 1) // 2
    up2, down2 = (c + 1) // 2, (c - 1) // 2
    total = math.lgamma(first + 1.0) + math.lgamma(second + 1.0) + math.lgamma(third + 1.0)
    total -= math.lgamma(first + second + third + 2.0)
    total += math.lgamma(up + 1.0) + math.lgamma(down + 1.0) + 2.0 * math.lgamma(order + 1.0)
    total += math.lgamma(up2 + 1.0) + math.lgamma(down2 + 1.0)
    shift1, shift2 = (c - k + 1) // 2, (c - j) // 2
    lowest, highest = max(0, -shift1, -shift2), min(first, down, order)
    result = 0.0
    for t in range(lowest, highest + 1):
        term = math.lgamma(t + 1.0) + math.lgamma(first - t + 1.0) + math.lgamma(down - t + 1.0)
        term += math.lgamma(order - t + 1.0) + math.lgamma(shift1 + t + 1.0)
        term += math.lgamma(shift2 + t + 1.0)
        sign = 1.0 if t % 2 == 0 else -1.0
        result += sign * math.exp(0.5 * total - term)
    return (2.0 * order + 1.0) * (c + 1.0) * result * result


@_jit
def response(radius, densities, lowest_orders, weights, momenta):
    """Sum over final states and multipoles of weight [integral density j_L(Q r)]^2, (momenta,).

    densities (states, points) is in steps of one; state a couples through L = lowest_orders[a] +
    2 j with weights[a, j].  Radii at which j_L(Q r) is negligible are left out.
    """
    states, points = densities.shape
    steps = weights.shape[1]
    highest = np.max(lowest_orders) + 2 * (steps - 1)
    row = np.empty(highest + 1)
    bessel = np.empty((highest + 1, points))
    first = np.empty(highest + 1, dtype=np.int64)
    out = np.zeros(momenta.size)
    for n in range(momenta.size):
        known = 0
        for i in range(points):
            x = momenta[n] * radius[i]
            last = min(highest, highest_order(x))
            first[known : last + 1] = i
            known = max(known, last + 1)
            spherical_bessel(x, last, row)
            bessel[: last + 1, i] = row[: last + 1]
        for a in range(states):
            for j in range(steps):
                order = lowest_orders[a] + 2 * j
                if order < known and weights[a, j] > 0.0:
                    i = first[order]
                    amplitude = np.dot(densities[a, i:], bessel[order, i:])
                    out[n] += weights[a, j] * amplitude * amplitude
    return out
