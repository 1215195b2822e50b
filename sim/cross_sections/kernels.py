"""Compiled cross sections.

First the weak cross sections themselves, then their expansion: at fixed recoil T each is a
polynomial of degree two in 1/E and in shifts of the couplings, so that a rate is a sum of flux
moments M_n = integral of phi E^-n above E_min(T).  Energies in MeV, cross sections in cm^2/MeV.
hbarc2 is (hbar c)^2 in MeV^2 cm^2, gf the Fermi constant in MeV^-2.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)


@_jit
def electron_weak(energy, recoil, gv, ga, me, gf, hbarc2):
    """Neutrino on a free electron at rest; for antineutrinos enter -ga.

    G_F^2 m_e / (2 pi) {(gV + gA)^2 + (gV - gA)^2 (1 - T/E)^2 + (gA^2 - gV^2) m_e T / E^2}.
    't Hooft, Phys. Lett. B 37, 195 (1971); Vogel & Engel, Phys. Rev. D 39, 3378 (1989), Eq. (1).
    """
    y = 1.0 - recoil / energy
    mass_term = (ga * ga - gv * gv) * me * recoil / (energy * energy)
    bracket = (gv + ga) ** 2 + (gv - ga) ** 2 * y * y + mass_term
    return gf * gf * me / (2.0 * math.pi) * bracket * hbarc2


@_jit
def nucleus_weak(energy, recoil, amplitude, mass, gf, hbarc2):
    """Coherent scattering on a spin-0 nucleus of vector amplitude W = Z gp F + N gn F.

    G_F^2 M / pi W^2 (1 - T/E - M T / (2 E^2)); the bracket is exactly 1 - T / T_max.
    Freedman, Phys. Rev. D 9, 1389 (1974); Kouzakov & Studenikin, arXiv:1603.02462.
    """
    kinematics = 1.0 - recoil / energy - mass * recoil / (2.0 * energy * energy)
    return gf * gf * mass / math.pi * amplitude * amplitude * kinematics * hbarc2


@_jit
def electron_templates(moments, recoil, vector, axial, products, added, mass, weak):
    """Folded spectra on one free electron, (n_products, n).

    moments (3, n) are those above E_min of each recoil.  vector (1 + K, n) holds g_V, then its
    shifts; axial the same of g_A with the sign of antineutrinos, or g_A alone (1, n) where nothing
    shifts it; weak is G_F^2 m_e / (2 pi) in the unit wanted.  products (n_products, 3) is for each
    spectrum its row and the places of two couplings, whose product counts twice if they differ, the
    couplings themselves first; a negative place -k stands for added[k - 1] (A, 3, n), a polynomial
    in 1/E of its own.  With Y = M_0 - 2 T M_1 + T^2 M_2 the bracket of ``electron_weak``, folded,
    is g_V^2 (M_0 + Y - m T M_2) + g_A^2 (M_0 + Y + m T M_2) + 2 g_V g_A (M_0 - Y).
    """
    n = recoil.shape[0]
    out = np.empty((products.shape[0], n))
    first, linear, square = out[products[0, 0]], np.empty(n), np.empty(n)
    for k in range(n):
        t, v, a = recoil[k], vector[0, k], axial[0, k]
        m0, m1, m2 = moments[0, k], moments[1, k], moments[2, k]
        y2 = m0 - 2.0 * t * m1 + t * t * m2
        mass_term = mass * t * m2
        left, right = v - a, v + a
        constant = right * right * m0 + left * left * y2 + (a * a - v * v) * mass_term
        first[k] = weak * constant
        linear[k] = weak * (2.0 * (right * m0 + left * y2 - v * mass_term))
        square[k] = weak * (m0 + y2 - mass_term)
    for p in range(1, products.shape[0]):
        row, i, j = products[p, 0], products[p, 1], products[p, 2]
        if i < 0:
            a0, a1, a2 = added[-i - 1, 0], added[-i - 1, 1], added[-i - 1, 2]
            for k in range(n):
                out[row, k] = a0[k] * moments[0, k] + a1[k] * moments[1, k] + a2[k] * moments[2, k]
            continue
        times = 1.0 if i == j else 2.0
        spectrum, one, other = out[row], vector[i], vector[j]
        if i == 0:
            for k in range(n):
                spectrum[k] = linear[k] * other[k]
        else:
            for k in range(n):
                spectrum[k] = times * square[k] * one[k] * other[k]
        for k in range(n if axial.shape[0] > 1 else 0):
            t, m0, m2 = recoil[k], moments[0, k], moments[2, k]
            y2 = m0 - 2.0 * t * moments[1, k] + t * t * m2
            crossed = vector[i, k] * axial[j, k]
            if i > 0:
                crossed += axial[i, k] * vector[j, k]
            both = axial[i, k] * axial[j, k] * (m0 + y2 + mass * t * m2)
            out[row, k] += weak * times * (both + (m0 - y2) * crossed)
    return out


@_jit
def nucleus_templates(moments, recoil, amplitudes, products, added, mass, weak):
    """Folded spectra on one spin-0 nucleus, (n_products, n).

    amplitudes (1 + K, n) hold W(T) F(T), then its shifts; weak is G_F^2 M / pi in the unit
    wanted; the rest as for electrons.
    """
    n = recoil.shape[0]
    out = np.empty((products.shape[0], n))
    kinematics = np.empty(n)
    for k in range(n):
        t = recoil[k]
        kinematics[k] = weak * (moments[0, k] - t * moments[1, k] - 0.5 * mass * t * moments[2, k])
    for p in range(products.shape[0]):
        row, i, j = products[p, 0], products[p, 1], products[p, 2]
        if i < 0:
            a0, a1, a2 = added[-i - 1, 0], added[-i - 1, 1], added[-i - 1, 2]
            for k in range(n):
                out[row, k] = a0[k] * moments[0, k] + a1[k] * moments[1, k] + a2[k] * moments[2, k]
            continue
        spectrum, one, other = out[row], amplitudes[i], amplitudes[j]
        times = 1.0 if i == j else 2.0
        for k in range(n):
            spectrum[k] = kinematics[k] * times * one[k] * other[k]
    return out


@_jit
def folded(moments, coefficients):
    """Folded polynomial in 1/E: sum of coefficients (3, n) times moments (3, n), (n,)."""
    out = np.empty(coefficients.shape[1])
    for k in range(out.shape[0]):
        out[k] = (
            coefficients[0, k] * moments[0, k]
            + coefficients[1, k] * moments[1, k]
            + coefficients[2, k] * moments[2, k]
        )
    return out
