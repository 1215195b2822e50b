"""The nucleus channel: coherent elastic scattering, with charge and radius interfering."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from detectors.nuclei import Isotope, form_factor
from fluxes.moments import FluxMoments
from sim import kernels
from sim.constants import (
    ALPHA,
    CHARGE_RADIUS_COUPLING_CM2,
    ELECTRON_MASS_MEV,
    FERMI_MEV2,
    HBAR_C2_MEV2_CM2,
    KEV_PER_MEV,
)
from sim.couplings import Couplings
from sim.electron import check_positive, min_neutrino_energy_mev
from sim.parameters import MU_SCALE, Q_SCALE, R2_SCALE_CM2, FloatArray, NeutrinoParameters


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

    The amplitude is [g_p + sqrt2 pi alpha q / (G_F M T) - C_R (r2 - r2_SM)] Z F + g_n N F; the
    magnetic part adds.  Equal for neutrinos and antineutrinos.

    Raises
    ------
    ValueError
        if an energy is not positive, or for an unknown form factor.
    """
    check_positive(energy_mev=energy_mev, recoil_kev=recoil_kev)
    recoil = recoil_kev / KEV_PER_MEV
    factor = float(form_factor(form_factor_name, nucleus, recoil_kev)[0])
    if recoil > kernels.max_recoil_energy(energy_mev, nucleus.mass_mev):
        return 0.0
    deviation = parameters.total_r2_nu(couplings) - couplings.sm_charge_radius_cm2
    proton = couplings.proton_vector - CHARGE_RADIUS_COUPLING_CM2 * deviation
    proton += charge_sign * _charge_coupling(nucleus.mass_mev) * parameters.q_nu / recoil
    amplitude = (nucleus.z * proton + nucleus.n * couplings.neutron_vector) * factor
    weak = kernels.nucleus_weak(
        energy_mev, recoil, amplitude, nucleus.mass_mev, FERMI_MEV2, HBAR_C2_MEV2_CM2
    )
    magnetic = kernels.nucleus_magnetic(
        energy_mev, recoil, nucleus.z * factor, ELECTRON_MASS_MEV, ALPHA, HBAR_C2_MEV2_CM2
    )
    return float(weak + magnetic * parameters.mu_nu**2) / KEV_PER_MEV


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
    weak_charge = nucleus.z * couplings.proton_vector + nucleus.n * couplings.neutron_vector
    per_kev = HBAR_C2_MEV2_CM2 / KEV_PER_MEV
    templates: FloatArray = kernels.nucleus_templates(
        above,
        recoil,
        weak_charge * factor,
        nucleus.z * factor,
        nucleus.mass_mev,
        charge_sign * _charge_coupling(nucleus.mass_mev) * Q_SCALE,
        -CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2,
        FERMI_MEV2**2 * nucleus.mass_mev / pi * per_kev,
        pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * MU_SCALE**2 * per_kev,
    )
    return templates
