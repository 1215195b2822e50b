"""A magnetic transition of electron neutrinos to a sterile state N of mass m_N.

L = -1/2 mu_N N sigma^{ab} nu_L F_ab + h.c., mu_N = 2 d of papers with L = d nu_L sigma N F; B =
pi alpha^2 / m_e^2 and mu_N in Bohr magnetons.  d sigma / d T = B mu_N^2 (Z F)^2 [1/T - (1/E)
(1 + m_N^2 / (2 M T)) + C / E^2], with C = T/4 - m_N^2/(4 T) + m_N^2/(8 M) - m_N^4/(8 M T^2) for
spin 0 and -m_N^2/(4 T) + m_N^2/(4 M) - m_N^4/(8 M T^2) + m_N^4/(8 M^2 T) for spin 1/2 (electrons,
and nuclei with spin).  It needs E > (T + sqrt(T^2 + 2 M T)) / 2 (1 + m_N^2 / (2 M T)), so there is
a lowest recoil.  Source: the spin-1/2 form is that of Brdar et al., JCAP 01, 039 (2021),
arXiv:2007.15563 [remembered]; both from the Dirac traces.  The decay of N is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Literal

import numpy as np

from detectors.matter.nuclei import Isotope
from sim.cross_sections.constants import ALPHA, ELECTRON_MASS_MEV, HBAR_C2_MEV2_CM2
from sim.cross_sections.interactions.interaction import (
    Interaction,
    InteractionSection,
    StandardModel,
)
from sim.cross_sections.kinematics import min_neutrino_energy_mev
from sim.cross_sections.operators import Addition, EnergyPolynomial
from sim.cross_sections.parameters import MU_SCALE, FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution
from sim.section import NonNegative


class DipolePortalSection(InteractionSection):
    """A sterile neutrino behind a magnetic moment, which is the parameter."""

    model: Literal["dipole-portal"]
    """Kind of the interaction."""
    sterile_mass_mev: NonNegative
    """Mass of the sterile neutrino."""


@dataclass(frozen=True, slots=True)
class DipoleTransition(Addition):
    """The cross section of mu_N = 1e-11 mu_B."""

    sterile_mass_mev: float = 0.0

    def on_electron(self, recoil_mev: FloatArray) -> EnergyPolynomial:
        """Spin 1/2, mass and charge of the electron."""
        charge = np.ones_like(recoil_mev)
        return self._polynomial(ELECTRON_MASS_MEV, charge, recoil_mev, spinless=False)

    def on_nucleus(
        self, nucleus: Isotope, factor: FloatArray, recoil_mev: FloatArray
    ) -> EnergyPolynomial:
        """Charge Z F."""
        charge = nucleus.z * factor
        return self._polynomial(nucleus.mass_mev, charge, recoil_mev, spinless=nucleus.spin == 0)

    def _polynomial(
        self, mass: float, charge: FloatArray, recoil_mev: FloatArray, *, spinless: bool
    ) -> EnergyPolynomial:
        t, square = recoil_mev, self.sterile_mass_mev**2
        quadratic = -square / (4 * t) - square**2 / (8 * mass * t**2)
        if spinless:
            quadratic = quadratic + t / 4 + square / (8 * mass)
        else:
            quadratic = quadratic + square / (4 * mass) + square**2 / (8 * mass**2 * t)
        mass_term = 1 + square / (2 * mass * t)
        rows = np.array([1 / t, -mass_term, quadratic])
        size = pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * MU_SCALE**2 * HBAR_C2_MEV2_CM2
        lowest = min_neutrino_energy_mev(t, mass) * mass_term
        return EnergyPolynomial(size * charge**2 * rows, lowest)


def contributions(
    section: DipolePortalSection, standard: StandardModel
) -> tuple[Contribution, ...]:
    """mu_n, fitted by its square."""
    del standard
    operator = DipoleTransition("mu_n2", sterile_mass_mev=section.sterile_mass_mev)
    parameter = SignalParameter("mu_n", "mu_n2", r"\mu_N", "mu_B", MU_SCALE, 0.0, 0.5, True)
    return (Contribution(parameter, operator),)


INTERACTION = Interaction(
    name="dipole-portal",
    parameters=("mu_n",),
    contributions=contributions,
    configuration=DipolePortalSection,
    citations=("Brdar2020",),
)
