"""Compiled cross sections.

First the differential cross sections themselves, then their expansion: at fixed recoil T each
is a polynomial of degree two in 1/E and in the parameters, so that a rate is a sum of flux
moments M_n = integral of phi E^-n above E_min(T).  Energies in MeV, cross sections in cm^2/MeV.
hbarc2 is (hbar c)^2 in MeV^2 cm^2, gf the Fermi constant in MeV^-2.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy")


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
def electron_magnetic(energy, recoil, me, alpha, hbarc2):
    """Magnetic scattering on a free electron for mu = 1 mu_B: pi alpha^2 / m_e^2 (1/T - 1/E).

    Vogel & Engel 1989, Eq. (3).
    """
    return math.pi * alpha * alpha / (me * me) * (1.0 / recoil - 1.0 / energy) * hbarc2


@_jit
def nucleus_weak(energy, recoil, amplitude, mass, gf, hbarc2):
    """Coherent scattering on a spin-0 nucleus of vector amplitude W = Z gp F + N gn F.

    G_F^2 M / pi W^2 (1 - T/E - M T / (2 E^2)); the bracket is exactly 1 - T / T_max.
    Freedman, Phys. Rev. D 9, 1389 (1974); Kouzakov & Studenikin, arXiv:1603.02462.
    """
    kinematics = 1.0 - recoil / energy - mass * recoil / (2.0 * energy * energy)
    return gf * gf * mass / math.pi * amplitude * amplitude * kinematics * hbarc2


@_jit
def nucleus_magnetic(energy, recoil, charge, spinless, me, alpha, hbarc2):
    """Magnetic scattering on a nucleus of charge Z F for mu = 1 mu_B.

    pi alpha^2 (Z F)^2 / m_e^2 (1/T - 1/E + T / (4 E^2)), the last term only for spin 0
    (spinless = 1.0; 0.0 otherwise).  Vogel & Engel 1989, Eq. (20).
    """
    shape = 1.0 / recoil - 1.0 / energy + spinless * recoil / (4.0 * energy * energy)
    return math.pi * alpha * alpha * charge * charge / (me * me) * shape * hbarc2


@_jit
def electron_templates(moments, recoil, gv, ga, mass, charge_shift, radius_shift, weak, magnetic):
    """Seven monomial spectra on one free electron, shape (7, n).

    moments (3, n) are those above E_min of each recoil.  The vector coupling is
    gv + charge_shift q / T + radius_shift r; weak and magnetic are the prefactors
    G_F^2 m_e / (2 pi) and pi alpha^2 / m_e^2 in the unit wanted.  The bracket of
    ``electron_weak``, folded, is constant + linear (shift) + quadratic (shift)^2.
    """
    out = np.empty((7, recoil.shape[0]))
    for k in range(recoil.shape[0]):
        t = recoil[k]
        m0, m1, m2 = moments[0, k], moments[1, k], moments[2, k]
        folded_y2 = m0 - 2.0 * t * m1 + t * t * m2
        folded_mass = mass * t * m2
        constant = (gv + ga) ** 2 * m0 + (gv - ga) ** 2 * folded_y2
        constant += (ga * ga - gv * gv) * folded_mass
        linear = 2.0 * ((gv + ga) * m0 + (gv - ga) * folded_y2 - gv * folded_mass)
        quadratic = m0 + folded_y2 - folded_mass
        charge = charge_shift / t
        out[0, k] = weak * constant
        out[1, k] = magnetic * (m0 / t - m1)
        out[2, k] = weak * linear * charge
        out[3, k] = weak * quadratic * charge * charge
        out[4, k] = weak * linear * radius_shift
        out[5, k] = weak * quadratic * radius_shift * radius_shift
        out[6, k] = weak * quadratic * 2.0 * charge * radius_shift
    return out


@_jit
def nucleus_templates(
    moments, recoil, amplitude, charge, mass, spinless, charge_shift, radius_shift, weak, magnetic
):
    """Seven monomial spectra on one nucleus, shape (7, n); spinless is 1.0 for spin 0, else 0.0.

    amplitude W(T) and charge Z F(T) are arrays; the amplitude is
    W + Z F (charge_shift q / T + radius_shift r); weak and magnetic are the prefactors
    G_F^2 M / pi and pi alpha^2 / m_e^2 in the unit wanted.
    """
    out = np.empty((7, recoil.shape[0]))
    for k in range(recoil.shape[0]):
        t = recoil[k]
        m0, m1, m2 = moments[0, k], moments[1, k], moments[2, k]
        kinematics = weak * (m0 - t * m1 - 0.5 * mass * t * m2)
        w, z = amplitude[k], charge[k]
        by_charge = z * charge_shift / t
        by_radius = z * radius_shift
        out[0, k] = kinematics * w * w
        out[1, k] = magnetic * z * z * (m0 / t - m1 + 0.25 * spinless * t * m2)
        out[2, k] = kinematics * 2.0 * w * by_charge
        out[3, k] = kinematics * by_charge * by_charge
        out[4, k] = kinematics * 2.0 * w * by_radius
        out[5, k] = kinematics * by_radius * by_radius
        out[6, k] = kinematics * 2.0 * by_charge * by_radius
    return out
