"""The nucleus channel: coherent elastic scattering, cross section and folded templates."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi

import numpy as np

from detectors.matter.nuclei import Isotope, form_factor
from fluxes.moments import FluxMoments
from sim.cross_sections import kernels
from sim.cross_sections.constants import FERMI_MEV2, HBAR_C2_MEV2_CM2, KEV_PER_MEV
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.kinematics import check_positive, max_recoil_mev, min_neutrino_energy_mev
from sim.cross_sections.operators import Addition, Operator, Shift, Strength
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.cross_sections.polynomials import elastic_coefficients, with_own_limits
from sim.cross_sections.theory import STANDARD, Theory

CHANNEL = "nucleus"


def weak_charge(nucleus: Isotope, couplings: Couplings) -> float:
    """W = Z g_V^p + N g_V^n; the weak charge of other conventions is Q_W = 2 W."""
    return nucleus.z * couplings.proton_vector + nucleus.n * couplings.neutron_vector


def cross_section_on_nucleus_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    nucleus: Isotope,
    parameters: NeutrinoParameters,
    theory: Theory,
    *,
    form_factor_name: str = "helm",
) -> float:
    """d sigma / d T on one nucleus [cm^2 / keV], 0 above T_max(E).

    The amplitude is (Z g_p + N g_n) F with all shifts of one flavour; each other flavour adds the
    square of its shifts alone, and additions add.  Equal for neutrinos and antineutrinos.

    Raises
    ------
    ValueError
        if an energy is not positive, or for an unknown form factor or parameter.
    """
    check_positive(energy_mev=energy_mev, recoil_kev=recoil_kev)
    sectors = theory.amplitudes(parameters.given())
    recoil, mass = np.array([recoil_kev / KEV_PER_MEV]), nucleus.mass_mev
    lowest = float(min_neutrino_energy_mev(recoil, mass)[0])
    factor = form_factor(form_factor_name, nucleus, recoil_kev)

    def weak(amplitude: float) -> float:
        constants = (mass, FERMI_MEV2, HBAR_C2_MEV2_CM2)
        coherent = amplitude * float(factor[0])
        return float(kernels.nucleus_weak(energy_mev, recoil[0], coherent, *constants))

    standard = float(_standard(theory, nucleus, recoil)[0])
    interfering = sectors.get("", {})
    total = 0.0
    if recoil[0] <= max_recoil_mev(energy_mev, mass):
        total += weak(standard + _shifted(interfering, nucleus, recoil))
        total += sum(weak(_shifted(at, nucleus, recoil)) for name, at in sectors.items() if name)
        total += weak(standard) * sum(
            factor
            for operator, factor in interfering.items()
            if isinstance(operator, Strength) and operator.name == CHANNEL
        )
    for operator, size in interfering.items():
        if isinstance(operator, Addition):
            added = operator.on_nucleus(nucleus, factor, recoil)
            total += 0.0 if added is None else size * added.at(energy_mev, lowest)
    return total / KEV_PER_MEV


def nucleus_templates(
    moments: FluxMoments,
    recoil_kev: FloatArray,
    nucleus: Isotope,
    theory: Theory,
    *,
    form_factor_name: str = "helm",
) -> FloatArray:
    """Folded templates on one nucleus, shape (n_templates, n), in s^-1 keV^-1.

    That of a strength is the Standard Model's so far: ``with_strengths`` gives it all its terms.
    """
    recoil = np.ascontiguousarray(recoil_kev, dtype=np.float64) / KEV_PER_MEV
    above = moments.above(min_neutrino_energy_mev(recoil, nucleus.mass_mev))
    factor = form_factor(form_factor_name, nucleus, recoil_kev)
    amplitudes = [_standard(theory, nucleus, recoil) * factor]
    amplitudes += [factor * _amplitude(shift, nucleus, recoil) for shift in theory.shifts]
    added = [operator.on_nucleus(nucleus, factor, recoil) for operator in theory.additions]
    out: FloatArray = kernels.nucleus_templates(
        above,
        recoil,
        np.array(amplitudes),
        theory.products,
        elastic_coefficients(added, recoil.size),
        nucleus.mass_mev,
        FERMI_MEV2**2 * nucleus.mass_mev / pi * HBAR_C2_MEV2_CM2 / KEV_PER_MEV,
    )
    return with_own_limits(out, added, theory, moments)


def with_strengths(templates: FloatArray, channel: str, theory: Theory) -> FloatArray:
    """Templates of a channel, those of strengths the Standard Model's in their own channel."""
    standard = theory.signal.templates.index(STANDARD)
    for row, template in enumerate(theory.templates):
        match template.factors:
            case (Strength(name=name), *_):
                templates[row] = templates[standard] if name == channel else 0.0
    return templates


def _standard(theory: Theory, nucleus: Isotope, recoil_mev: FloatArray) -> FloatArray:
    """W of the Standard Model at each recoil."""
    charge = np.full(recoil_mev.size, weak_charge(nucleus, theory.couplings))
    for shift in theory.always:
        charge = charge + _amplitude(shift, nucleus, recoil_mev)
    return charge


def _amplitude(shift: Shift, nucleus: Isotope, recoil_mev: FloatArray) -> FloatArray:
    proton, neutron = shift.on_nucleons(nucleus, recoil_mev)
    return np.asarray(nucleus.z * proton + nucleus.n * neutron)


def _shifted(
    amplitudes: Mapping[Operator, float], nucleus: Isotope, recoil_mev: FloatArray
) -> float:
    """Sum of shifts of W at one recoil."""
    return sum(
        factor * float(np.ravel(_amplitude(operator, nucleus, recoil_mev))[0])
        for operator, factor in amplitudes.items()
        if isinstance(operator, Shift)
    )
