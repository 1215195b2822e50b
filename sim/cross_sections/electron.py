"""Neutrinos on free electrons: cross section and folded monomial spectra."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from fluxes.moments import FluxMoments
from sim.cross_sections import kernels
from sim.cross_sections.constants import (
    ALPHA,
    CHARGE_RADIUS_COUPLING_CM2,
    ELECTRON_MASS_MEV,
    FERMI_MEV2,
    HBAR_C2_MEV2_CM2,
    KEV_PER_MEV,
)
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.kinematics import check_positive, max_recoil_mev, min_neutrino_energy_mev
from sim.cross_sections.parameters import (
    MU_SCALE,
    Q_SCALE,
    R2_SCALE_CM2,
    FloatArray,
    NeutrinoParameters,
)

_CHARGE_COUPLING = -sqrt(2) * pi * ALPHA / (FERMI_MEV2 * ELECTRON_MASS_MEV)
"""Shift of g_V is _CHARGE_COUPLING * q / T: the electron's charge is -1."""


def electron_cross_section_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    parameters: NeutrinoParameters,
    couplings: Couplings,
    *,
    antineutrino: bool = True,
    charge_sign: int = 1,
) -> float:
    """d sigma / d T on one free electron [cm^2 / keV], zero above T_max(E).

    The weak part with g_V shifted by -sqrt2 pi alpha q / (G_F m_e T) + C_R (r2 - r2_SM), the same
    with the shift alone for each transition, and the magnetic part.  charge_sign = -1 gives the
    sign of q of older papers.

    Raises
    ------
    ValueError
        if an energy is not positive.
    """
    check_positive(energy_mev=energy_mev, recoil_kev=recoil_kev)
    recoil = recoil_kev / KEV_PER_MEV
    if recoil > max_recoil_mev(energy_mev, ELECTRON_MASS_MEV):
        return 0.0

    def shift(charge: float, radius_cm2: float) -> float:
        by_charge = charge_sign * _CHARGE_COUPLING * charge / recoil
        return by_charge + CHARGE_RADIUS_COUPLING_CM2 * radius_cm2

    def weak(vector: float, axial: float) -> float:
        constants = (ELECTRON_MASS_MEV, FERMI_MEV2, HBAR_C2_MEV2_CM2)
        return float(kernels.electron_weak(energy_mev, recoil, vector, axial, *constants))

    diagonal = shift(parameters.q_nu, parameters.deviation_r2_nu(couplings))
    axial = -couplings.electron_axial if antineutrino else couplings.electron_axial
    total = weak(couplings.electron_vector + diagonal, axial)
    for charge, radius in zip(parameters.transition_q, parameters.transition_r2, strict=True):
        total += weak(shift(charge, radius), 0.0)
    magnetic = kernels.electron_magnetic(
        energy_mev, recoil, ELECTRON_MASS_MEV, ALPHA, HBAR_C2_MEV2_CM2
    )
    return float(total + magnetic * parameters.mu_nu**2) / KEV_PER_MEV


def free_electron_templates(
    moments: FluxMoments,
    recoil_kev: FloatArray,
    couplings: Couplings,
    *,
    antineutrino: bool = True,
    charge_sign: int = 1,
) -> FloatArray:
    """Folded monomial spectra on one free electron, shape (7, n), in s^-1 keV^-1."""
    recoil = np.ascontiguousarray(recoil_kev, dtype=np.float64) / KEV_PER_MEV
    above = moments.above(min_neutrino_energy_mev(recoil, ELECTRON_MASS_MEV))
    per_kev = HBAR_C2_MEV2_CM2 / KEV_PER_MEV
    templates: FloatArray = kernels.electron_templates(
        above,
        recoil,
        couplings.electron_vector,
        -couplings.electron_axial if antineutrino else couplings.electron_axial,
        ELECTRON_MASS_MEV,
        charge_sign * _CHARGE_COUPLING * Q_SCALE,
        CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2,
        FERMI_MEV2**2 * ELECTRON_MASS_MEV / (2 * pi) * per_kev,
        pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * MU_SCALE**2 * per_kev,
    )
    return templates
