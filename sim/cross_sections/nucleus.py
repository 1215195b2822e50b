"""The nucleus channel: coherent elastic scattering, with charge and radius interfering."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from detectors.matter.nuclei import Isotope, form_factor
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


def weak_charge(nucleus: Isotope, couplings: Couplings) -> float:
    """W = Z g_V^p + N g_V^n; the weak charge of other conventions is Q_W = 2 W."""
    return nucleus.z * couplings.proton_vector + nucleus.n * couplings.neutron_vector


def _spinless(nucleus: Isotope) -> float:
    """1.0 for nuclei of spin 0, else 0.0."""
    return 1.0 if nucleus.spin == 0 else 0.0


def _charge_coupling(mass_mev: float) -> float:
    """Shift of g_V^p is this * q / T: the proton's charge is +1."""
    return float(sqrt(2) * pi * ALPHA / (FERMI_MEV2 * mass_mev))


def nucleus_cross_section_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    nucleus: Isotope,
    parameters: NeutrinoParameters,
    couplings: Couplings,
    *,
    form_factor_name: str = "helm",
    charge_sign: int = 1,
) -> float:
    """d sigma / d T on one nucleus [cm^2 / keV], zero above T_max(E).

    The amplitude is [g_p + sqrt2 pi alpha q / (G_F M T) - C_R (r2 - r2_SM)] Z F + g_n N F; each
    transition adds the square of its shift alone, and the magnetic part adds.  Equal for
    neutrinos and antineutrinos.

    Raises
    ------
    ValueError
        if an energy is not positive, or for an unknown form factor.
    """
    check_positive(energy_mev=energy_mev, recoil_kev=recoil_kev)
    recoil, mass = recoil_kev / KEV_PER_MEV, nucleus.mass_mev
    factor = float(form_factor(form_factor_name, nucleus, recoil_kev)[0])
    if recoil > max_recoil_mev(energy_mev, mass):
        return 0.0

    def shift(charge: float, radius_cm2: float) -> float:
        by_charge = charge_sign * _charge_coupling(mass) * charge / recoil
        return nucleus.z * (by_charge - CHARGE_RADIUS_COUPLING_CM2 * radius_cm2)

    def weak(amplitude: float) -> float:
        constants = (mass, FERMI_MEV2, HBAR_C2_MEV2_CM2)
        return float(kernels.nucleus_weak(energy_mev, recoil, amplitude * factor, *constants))

    diagonal = shift(parameters.q_nu, parameters.deviation_r2_nu(couplings))
    total = weak(weak_charge(nucleus, couplings) + diagonal)
    for charge, radius in zip(parameters.transition_q, parameters.transition_r2, strict=True):
        total += weak(shift(charge, radius))
    magnetic = kernels.nucleus_magnetic(
        energy_mev,
        recoil,
        nucleus.z * factor,
        _spinless(nucleus),
        ELECTRON_MASS_MEV,
        ALPHA,
        HBAR_C2_MEV2_CM2,
    )
    return float(total + magnetic * parameters.mu_nu**2) / KEV_PER_MEV


def nucleus_templates(
    moments: FluxMoments,
    recoil_kev: FloatArray,
    nucleus: Isotope,
    couplings: Couplings,
    *,
    form_factor_name: str = "helm",
    charge_sign: int = 1,
) -> FloatArray:
    """Folded monomial spectra on one nucleus, shape (7, n), in s^-1 keV^-1."""
    recoil = np.ascontiguousarray(recoil_kev, dtype=np.float64) / KEV_PER_MEV
    above = moments.above(min_neutrino_energy_mev(recoil, nucleus.mass_mev))
    factor = form_factor(form_factor_name, nucleus, recoil_kev)
    per_kev = HBAR_C2_MEV2_CM2 / KEV_PER_MEV
    templates: FloatArray = kernels.nucleus_templates(
        above,
        recoil,
        weak_charge(nucleus, couplings) * factor,
        nucleus.z * factor,
        nucleus.mass_mev,
        _spinless(nucleus),
        charge_sign * _charge_coupling(nucleus.mass_mev) * Q_SCALE,
        -CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2,
        FERMI_MEV2**2 * nucleus.mass_mev / pi * per_kev,
        pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * MU_SCALE**2 * per_kev,
    )
    return templates
