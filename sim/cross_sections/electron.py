"""Neutrinos on free electrons: cross section and folded templates."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi

import numpy as np

from fluxes.moments import FluxMoments
from sim.cross_sections import kernels
from sim.cross_sections.constants import (
    ELECTRON_MASS_MEV,
    FERMI_MEV2,
    HBAR_C2_MEV2_CM2,
    KEV_PER_MEV,
)
from sim.cross_sections.kinematics import check_positive, max_recoil_mev, min_neutrino_energy_mev
from sim.cross_sections.operators import Addition, Operator, Shift
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.cross_sections.polynomials import elastic_coefficients, stacked, with_own_limits
from sim.cross_sections.theory import Theory


def cross_section_on_electron_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    parameters: NeutrinoParameters,
    theory: Theory,
    *,
    antineutrino: bool = True,
) -> float:
    """d sigma / d T on one free electron [cm^2 / keV], 0 above T_max(E).

    The weak part with all shifts of one flavour added to its couplings (first the shift of the
    neutrino's g_A, then the sign of antineutrinos), that of the shifts alone for each other
    flavour, and what adds.

    Raises
    ------
    ValueError
        if an energy is not positive, or for an unknown parameter.
    """
    check_positive(energy_mev=energy_mev, recoil_kev=recoil_kev)
    sectors = theory.amplitudes(parameters.given())
    recoil = np.array([recoil_kev / KEV_PER_MEV])
    lowest = float(min_neutrino_energy_mev(recoil, ELECTRON_MASS_MEV)[0])
    sign = -1.0 if antineutrino else 1.0

    def weak(vector: float, axial: float) -> float:
        constants = (ELECTRON_MASS_MEV, FERMI_MEV2, HBAR_C2_MEV2_CM2)
        return float(kernels.electron_weak(energy_mev, recoil[0], vector, sign * axial, *constants))

    vector, axial = (float(total[0]) for total in _standard(theory, recoil))
    interfering = _shifted(sectors.get("", {}), recoil)
    total = 0.0
    if recoil[0] <= max_recoil_mev(energy_mev, ELECTRON_MASS_MEV):
        total += weak(vector + interfering[0], axial + interfering[1])
        total += sum(weak(*_shifted(at, recoil)) for name, at in sectors.items() if name)
    for operator, factor in sectors.get("", {}).items():
        if isinstance(operator, Addition):
            added = operator.on_electron(recoil)
            total += 0.0 if added is None else factor * added.at(energy_mev, lowest)
    return total / KEV_PER_MEV


def free_electron_templates(
    moments: FluxMoments, recoil_kev: FloatArray, theory: Theory, *, antineutrino: bool = True
) -> FloatArray:
    """Folded templates on one free electron, shape (n_templates, n), in s^-1 keV^-1."""
    recoil = np.ascontiguousarray(recoil_kev, dtype=np.float64) / KEV_PER_MEV
    above = moments.above(min_neutrino_energy_mev(recoil, ELECTRON_MASS_MEV))
    sign = -1.0 if antineutrino else 1.0
    vector, axial = _standard(theory, recoil)
    shifts = [shift.on_electrons(recoil) for shift in theory.shifts]
    by_vector = [vector, *(by_vector for by_vector, _ in shifts)]
    by_axial = [axial, *(by_axial for _, by_axial in shifts)]
    if not any(np.any(shift) for shift in by_axial[1:]):
        del by_axial[1:]
    added = [operator.on_electron(recoil) for operator in theory.additions]
    out: FloatArray = kernels.electron_templates(
        above,
        recoil,
        stacked(by_vector, recoil.size),
        sign * stacked(by_axial, recoil.size),
        theory.products,
        elastic_coefficients(added, recoil.size),
        ELECTRON_MASS_MEV,
        FERMI_MEV2**2 * ELECTRON_MASS_MEV / (2 * pi) * HBAR_C2_MEV2_CM2 / KEV_PER_MEV,
    )
    return with_own_limits(out, added, theory, moments)


def _standard(theory: Theory, recoil_mev: FloatArray) -> tuple[FloatArray, FloatArray]:
    """g_V and g_A of the Standard Model at each recoil."""
    vector = np.full(recoil_mev.size, theory.couplings.electron_vector)
    axial = np.full(recoil_mev.size, theory.couplings.electron_axial)
    for shift in theory.always:
        by_vector, by_axial = shift.on_electrons(recoil_mev)
        vector, axial = vector + by_vector, axial + by_axial
    return vector, axial


def _shifted(amplitudes: Mapping[Operator, float], recoil_mev: FloatArray) -> tuple[float, float]:
    """Sum of shifts of g_V and g_A at one recoil."""
    vector, axial = 0.0, 0.0
    for operator, factor in amplitudes.items():
        if isinstance(operator, Shift):
            by_vector, by_axial = operator.on_electrons(recoil_mev)
            vector += factor * float(np.ravel(by_vector)[0])
            axial += factor * float(np.ravel(by_axial)[0])
    return vector, axial
