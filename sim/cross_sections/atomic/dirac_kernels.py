"""Compiled radial Dirac equation in a central potential: bound and continuum orbitals.

Atomic units.  With P and Q the large and small component,

    dP/dr = -kappa / r P + (2 c + (E - V) / c) Q,    dQ/dr = -(E - V) / c P + kappa / r Q,

E without the rest energy (Grant, Relativistic Quantum Theory of Atoms and Molecules, 2007
[remembered]).  From point to point of the grid (P, Q) is carried by the exponential of the
fourth-order Magnus expansion with two Gauss points (Blanes, Casas, Oteo & Ros, Phys. Rep. 470, 151
(2009) [remembered]), which is exact where the coefficients are constant: neither barriers nor
fast oscillation need smaller steps.

points has r, dr/dx and V in each row, cells the same at both Gauss points between two rows.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")

_GROWTH_AT_START = 60.0
_DECAY_AT_END = 42.0


@_jit
def _propagator(cell, energy, kappa, c):
    """Matrix that carries (P, Q) over one cell, row by row."""
    kinetic1, kinetic2 = (energy - cell[2]) / c, (energy - cell[5]) / c
    a1, a2 = -kappa / cell[0] * cell[1], -kappa / cell[3] * cell[4]
    b1, b2 = (2.0 * c + kinetic1) * cell[1], (2.0 * c + kinetic2) * cell[4]
    d1, d2 = -kinetic1 * cell[1], -kinetic2 * cell[4]
    f = math.sqrt(3.0) / 12.0
    a = 0.5 * (a1 + a2) + f * (b2 * d1 - b1 * d2)
    b = 0.5 * (b1 + b2) + f * 2.0 * (a2 * b1 - a1 * b2)
    d = 0.5 * (d1 + d2) + f * 2.0 * (a1 * d2 - a2 * d1)
    square = a * a + b * d
    root = math.sqrt(abs(square))
    if root < 1e-9:
        even, odd = 1.0, 1.0
    elif square > 0.0:
        even, odd = math.cosh(root), math.sinh(root) / root
    else:
        even, odd = math.cos(root), math.sin(root) / root
    return even + a * odd, b * odd, d * odd, even - a * odd


@_jit
def _momentum_squared(point, energy, kappa, c):
    """p^2 of the large component less its centrifugal barrier."""
    kinetic = energy - point[2]
    barrier = kappa * (kappa + 1.0) / (point[0] * point[0])
    return kinetic * (2.0 + kinetic / (c * c)) - barrier


@_jit
def _small_at_nucleus(large, kappa, charge, c):
    """Q beside a point charge for the P given, of the solution that is regular there."""
    z = charge / c
    gamma = math.sqrt(kappa * kappa - z * z)
    if kappa > 0:
        return large * (gamma + kappa) / z
    return -large * z / (gamma - kappa)


@_jit
def _small_in_barrier(large, point, energy, kappa, c, sign):
    """Q for the P given, of the solution that grows (sign = 1) or falls (-1) with the radius."""
    kinetic = energy - point[2]
    b = 2.0 * c + kinetic / c
    rate = math.sqrt(max(kappa * kappa / point[0] ** 2 - kinetic / c * b, 1e-12))
    return large * (sign * rate + kappa / point[0]) / b


@_jit
def _outward(cells, first, last, energy, kappa, c, large, small):
    """Carry the orbital from the first to the last point; number of zeros of P on the way."""
    zeros = 0
    for i in range(first, last):
        m11, m12, m21, m22 = _propagator(cells[i], energy, kappa, c)
        large[i + 1] = m11 * large[i] + m12 * small[i]
        small[i + 1] = m21 * large[i] + m22 * small[i]
        if large[i + 1] * large[i] < 0.0:
            zeros += 1
    return zeros


@_jit
def _inward(points, cells, matching, energy, kappa, c, large, small):
    """The decaying orbital from far outside down to the matching point, where P is kept.

    Returns Q of the outward orbital less Q of the inward one at the matching point.
    """
    n = points.shape[0]
    large_there, small_there = large[matching], small[matching]
    last, decay = n - 1, 0.0
    for i in range(matching, n):
        square = _momentum_squared(points[i], energy, kappa, c)
        if square < 0.0:
            decay += math.sqrt(-square) * points[i, 1]
        if decay > _DECAY_AT_END:
            last = i
            break
    large[last + 1 :], small[last + 1 :] = 0.0, 0.0
    large[last] = 1e-25
    small[last] = _small_in_barrier(1e-25, points[last], energy, kappa, c, -1.0)
    for i in range(last - 1, matching - 1, -1):
        m11, m12, m21, m22 = _propagator(cells[i], energy, kappa, c)
        large[i] = m22 * large[i + 1] - m12 * small[i + 1]
        small[i] = m11 * small[i + 1] - m21 * large[i + 1]
    scale = large_there / large[matching]
    large[matching : last + 1] *= scale
    small[matching : last + 1] *= scale
    return small_there - small[matching]


@_jit
def _matching_point(points, energy, kappa, c):
    """Outermost point where the orbital oscillates, not the very last ones; 0 where none does."""
    for i in range(points.shape[0] - 10, 0, -1):
        if _momentum_squared(points[i], energy, kappa, c) > 0.0:
            return i
    return 0


@_jit
def bound_state(points, cells, nodes, kappa, guess, lowest, charge, c):
    """Energy and normalised components of the orbital with so many nodes; NaN if none is found.

    guess and lowest are below zero; the orbital lies above the lowest.  Nodes bracket the energy,
    and the mismatch of Q corrects it: dE = c P (Q_out - Q_in) / norm, exact to first order.
    """
    n = points.shape[0]
    large, small = np.zeros(n), np.zeros(n)
    low, high, energy = lowest, -1e-7, guess
    for _ in range(200):
        matching = _matching_point(points, energy, kappa, c)
        if matching < 10:
            low = energy
            energy = -math.sqrt(low * high)
            continue
        large[0] = 1e-20
        small[0] = _small_at_nucleus(1e-20, kappa, charge, c)
        found = _outward(cells, 0, matching, energy, kappa, c, large, small)
        if found != nodes:
            if found > nodes:
                high = energy
            else:
                low = energy
            energy = -math.sqrt(low * high)
            continue
        mismatch = _inward(points, cells, matching, energy, kappa, c, large, small)
        norm = np.sum((large * large + small * small) * points[:, 1])
        change = c * large[matching] * mismatch / norm
        if change > 0.0:
            low = energy
        else:
            high = energy
        if abs(change) < 1e-11 * abs(energy) + 1e-13:
            root = math.sqrt(norm)
            return energy + change, large / root, small / root
        energy += change
        if not low < energy < high:
            energy = -math.sqrt(low * high)
    return math.nan, large, small


@_jit
def _amplitude(point, energy, kappa, c, large, small):
    """Amplitude of the energy-normalised solution's square, u^2 zeta, where V is Coulombic.

    u = P / sqrt(B), B = 2 c + (E - V) / c, oscillates with the wave number zeta, which one
    correction of Milne's equation makes good to the fourth order in 1 / (p r).
    """
    r, charge = point[0], -point[2] * point[0]
    kinetic, b = energy - point[2], 2.0 * c + (energy - point[2]) / c
    barrier = kappa * (kappa + 1.0)
    w = _momentum_squared(point, energy, kappa, c)
    inertia = 2.0 + 2.0 * kinetic / (c * c)
    w1 = -inertia * charge / r**2 + 2.0 * barrier / r**3
    w2 = 2.0 * inertia * charge / r**3 - 6.0 * barrier / r**4
    square = w + 5.0 / 16.0 * (w1 / w) ** 2 - 0.25 * w2 / w
    if not 0.2 * w < square < 5.0 * w:
        square = w
    zeta = math.sqrt(square)
    u = large / math.sqrt(b)
    b_slope = -charge / (r * r) / c / b
    slope = (-kappa / r * large + b * small) / math.sqrt(b) - 0.5 * b_slope * u
    return (u * u + ((slope + 0.25 * w1 / w * u) / zeta) ** 2) * zeta


@_jit
def _continuum_state(points, cells, energy, kappa, charge, c, large, small):
    """Fill in the orbital of a positive energy, normalised per Hartree; False where all is barrier.

    It starts deep inside the barrier, 60 e-folds below its edge, where the orbital is negligible.
    """
    n = points.shape[0]
    edge = 0
    while edge < n and _momentum_squared(points[edge], energy, kappa, c) <= 0.0:
        edge += 1
    if edge > n - 30 or _momentum_squared(points[n - 1], energy, kappa, c) <= 0.0:
        return False
    first, growth = edge, 0.0
    while first > 0 and growth < _GROWTH_AT_START:
        first -= 1
        square = _momentum_squared(points[first], energy, kappa, c)
        growth += math.sqrt(max(-square, 0.0)) * points[first, 1]
    large[:first], small[:first] = 0.0, 0.0
    large[first] = 1e-30
    if first == 0:
        small[0] = _small_at_nucleus(1e-30, kappa, charge, c)
    else:
        small[first] = _small_in_barrier(1e-30, points[first], energy, kappa, c, 1.0)
    _outward(cells, first, n - 1, energy, kappa, c, large, small)
    found = _amplitude(points[n - 1], energy, kappa, c, large[n - 1], small[n - 1])
    scale = math.sqrt(1.0 / (math.pi * c) / found)
    large *= scale
    small *= scale
    return True


@_jit
def transition_densities(points, cells, bound_large, bound_small, kappas, energy, charge, c):
    """(P P' + Q Q') dr/dx of a bound orbital with each free one, (kappas, points of the bound one).

    The bound orbital may end before the grid does.  Rows of orbitals that the barrier keeps out
    are zero.
    """
    inside = bound_large.size
    large, small = np.zeros(points.shape[0]), np.zeros(points.shape[0])
    densities = np.zeros((kappas.size, inside))
    for k in range(kappas.size):
        if _continuum_state(points, cells, energy, kappas[k], charge, c, large, small):
            for i in range(inside):
                overlap = bound_large[i] * large[i] + bound_small[i] * small[i]
                densities[k, i] = overlap * points[i, 1]
    return densities
