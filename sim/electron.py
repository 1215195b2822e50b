"""The electron channel: ionization by neutrinos, on free or bound electrons."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from detectors.atoms import Atom
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
from sim.parameters import MU_SCALE, Q_SCALE, R2_SCALE_CM2, FloatArray, NeutrinoParameters

IONIZATION_MODELS = ("stepping", "free")

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

    The weak part with g_V shifted by -sqrt2 pi alpha q / (G_F m_e T) + C_R (r2 - r2_SM), plus the
    magnetic part.  charge_sign = -1 gives the sign of q of older papers.

    Raises
    ------
    ValueError
        if an energy is not positive.
    """
    check_positive(energy_mev=energy_mev, recoil_kev=recoil_kev)
    recoil = recoil_kev / KEV_PER_MEV
    if recoil > kernels.max_recoil_energy(energy_mev, ELECTRON_MASS_MEV):
        return 0.0
    deviation = parameters.total_r2_nu(couplings) - couplings.sm_charge_radius_cm2
    vector = couplings.electron_vector + CHARGE_RADIUS_COUPLING_CM2 * deviation
    vector += charge_sign * _CHARGE_COUPLING * parameters.q_nu / recoil
    axial = -couplings.electron_axial if antineutrino else couplings.electron_axial
    weak = kernels.electron_weak(
        energy_mev, recoil, vector, axial, ELECTRON_MASS_MEV, FERMI_MEV2, HBAR_C2_MEV2_CM2
    )
    magnetic = kernels.electron_magnetic(
        energy_mev, recoil, ELECTRON_MASS_MEV, ALPHA, HBAR_C2_MEV2_CM2
    )
    return float(weak + magnetic * parameters.mu_nu**2) / KEV_PER_MEV


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


def electrons_per_atom(atom: Atom, recoil_kev: FloatArray, ionization: str) -> FloatArray:
    """Electrons that a deposit T can free: Z (``free``) or the stepping factor (``stepping``).

    Raises
    ------
    ValueError
        for another ionization model.
    """
    if ionization == "free":
        return np.full(recoil_kev.shape, float(atom.z))
    if ionization == "stepping":
        return atom.active_electrons(recoil_kev)
    raise ValueError(f"ionization {ionization!r}: allowed are {', '.join(IONIZATION_MODELS)}")


def min_neutrino_energy_mev(recoil_mev: FloatArray, mass_mev: float) -> FloatArray:
    """E_min of each recoil energy, exact; array form of ``kernels.min_neutrino_energy``."""
    return (recoil_mev + np.sqrt(recoil_mev**2 + 2 * mass_mev * recoil_mev)) / 2


def check_positive(**values: float) -> None:
    """Raise ValueError for the first value that is not a positive finite number."""
    for name, value in values.items():
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be a positive number: found {value:g}")
