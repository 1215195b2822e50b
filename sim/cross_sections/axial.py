"""Axial coherent scattering on nuclei with spin: a small term that even-even nuclei lack."""

from __future__ import annotations

from math import pi

import numpy as np

from detectors.matter.nuclei import Isotope, form_factor
from fluxes.moments import FluxMoments
from sim.cross_sections.constants import FERMI_MEV2, HBAR_C2_MEV2_CM2, KEV_PER_MEV
from sim.cross_sections.kinematics import min_neutrino_energy_mev
from sim.cross_sections.parameters import FloatArray

AXIAL_CHARGE = 1.2756
"""g_A of the nucleon (PDG 2022)."""

SPIN_EXPECTATIONS = {
    "F-19": (0.5, 0.478, -0.002),
    "Na-23": (1.5, 0.224, 0.024),
    "Al-27": (2.5, 0.326, 0.038),
    "Si-29": (0.5, 0.016, 0.156),
    "Ge-73": (4.5, 0.031, 0.439),
    "I-127": (2.5, 0.342, 0.031),
    "Xe-129": (0.5, 0.010, 0.329),
    "Xe-131": (1.5, -0.009, -0.272),
}
"""(J, <S_p>, <S_n>).  Source: Klos et al., Phys. Rev. D 88, 083516 (2013), arXiv:1304.7684,
Table I; remembered, not read again.  On natural germanium the term is below 1e-3 of the rate, on
fluorine 3 to 7 %."""


def axial_strength(nucleus: Isotope) -> float:
    """F_A(0) = 4/3 g_A^2 (J + 1) / J (<S_p> - <S_n>)^2, isovector; 0 where no spins are shipped.

    For a free proton (J = <S_p> = 1/2) this is g_A^2, the axial square of neutrino-proton
    scattering.  Source: Hoferichter, Menendez & Schwenk, Phys. Rev. D 102, 074018 (2020),
    arXiv:2007.08529, without two-body currents.
    """
    spins = SPIN_EXPECTATIONS.get(f"{nucleus.element}-{nucleus.a}")
    if spins is None:
        return 0.0
    j, proton, neutron = spins
    return 4 / 3 * AXIAL_CHARGE**2 * (j + 1) / j * (proton - neutron) ** 2


def axial_template(
    moments: FluxMoments, recoil_kev: FloatArray, nucleus: Isotope, form_factor_name: str
) -> FloatArray:
    """Folded axial spectrum on one nucleus [s^-1 keV^-1], shape of recoil_kev.

    G_F^2 M / (4 pi) F_A (1 - T/E + M T / (2 E^2)); the form factor of the vector current stands
    for the fall of F_A with the momentum transfer.
    """
    recoil, mass = recoil_kev / KEV_PER_MEV, nucleus.mass_mev
    m0, m1, m2 = moments.above(min_neutrino_energy_mev(recoil, mass))
    strength = axial_strength(nucleus) * form_factor(form_factor_name, nucleus, recoil_kev) ** 2
    folded = m0 - recoil * m1 + mass * recoil * m2 / 2
    prefactor = FERMI_MEV2**2 * mass / (4 * pi) * HBAR_C2_MEV2_CM2 / KEV_PER_MEV
    return np.asarray(prefactor * strength * folded)
