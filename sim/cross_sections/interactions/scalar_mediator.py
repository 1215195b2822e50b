"""A light scalar or pseudoscalar boson phi of mass m.

L = -phi [g_nu nu nu + sum_f g_f f f] turns left-handed neutrinos into right-handed ones: nothing
interferes with the weak amplitude.  With D = 2 M T + m^2 and y = g_nu (Z Q_p + N Q_n) per quark
coupling, on nuclei d sigma / d T = y^2 F^2 M^2 T / (4 pi E^2 D^2); on electrons
y^2 m_e^2 T (1 + T / 2 m_e) / (4 pi E^2 D^2), and y^2 m_e T^2 / (8 pi E^2 D^2) for a pseudoscalar,
which does not act on nuclei without spin.  Source: Cerdeno et al., JHEP 05, 118 (2016),
arXiv:1604.01025, and the nucleon charges 15.1 and 14.0 for equal couplings of u and d; other
evaluations differ by up to 20 %, and limits on g_nu g_q with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Literal

import numpy as np

from detectors.matter.nuclei import Isotope
from sim.cross_sections.constants import ELECTRON_MASS_MEV, HBAR_C2_MEV2_CM2
from sim.cross_sections.interactions.interaction import (
    Interaction,
    InteractionSection,
    StandardModel,
)
from sim.cross_sections.operators import Addition, EnergyPolynomial
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution
from sim.section import NonNegative

_SCALE = 1e-11**0.5
"""Of g_phi = (g_nu g_f)^(1/2); rates see its fourth power."""


class ScalarMediatorSection(InteractionSection):
    """A scalar boson; g_phi with g_phi^2 = g_nu g_f is the parameter."""

    model: Literal["scalar-mediator"]
    """Kind of the interaction."""
    mass_mev: NonNegative
    """Mass of the boson."""
    couples_to: Literal["quarks", "electrons", "both"] = "both"
    """Whether g_f is that of quarks, of electrons, or of both alike."""
    charge_p: float = 15.1
    """Scalar charge of the proton per coupling of u and d."""
    charge_n: float = 14.0
    """Scalar charge of the neutron per coupling of u and d."""
    parity: Literal["scalar", "pseudoscalar"] = "scalar"
    """A pseudoscalar acts on electrons only: nuclei here have no spin for it."""


@dataclass(frozen=True, slots=True)
class ScalarExchange(Addition):
    """The cross section of (g_nu g_f)^2 = 1e-22; charges are 0 where it does not act."""

    mass_mev: float = 0.0
    proton: float = 0.0
    neutron: float = 0.0
    electron: float = 0.0
    pseudoscalar: bool = False

    def on_electron(self, recoil_mev: FloatArray) -> EnergyPolynomial | None:
        """M_2 alone, times T (1 + T / 2 m) or T^2 / 2 m."""
        if not self.electron:
            return None
        mass = ELECTRON_MASS_MEV
        of_spin = recoil_mev / (2 * mass)
        shape = of_spin if self.pseudoscalar else 1 + of_spin
        return self._quadratic(self.electron**2 * mass**2 * recoil_mev * shape, mass, recoil_mev)

    def on_nucleus(
        self, nucleus: Isotope, factor: FloatArray, recoil_mev: FloatArray
    ) -> EnergyPolynomial | None:
        """M_2 alone, times T."""
        charge = nucleus.z * self.proton + nucleus.n * self.neutron
        if not charge or self.pseudoscalar:
            return None
        mass = nucleus.mass_mev
        strength = (charge * factor * mass) ** 2 * recoil_mev
        return self._quadratic(strength, mass, recoil_mev)

    def _quadratic(
        self, strength: FloatArray, target_mass_mev: float, recoil_mev: FloatArray
    ) -> EnergyPolynomial:
        propagator = 2 * target_mass_mev * recoil_mev + self.mass_mev**2
        rate = _SCALE**4 * strength / (4 * pi * propagator**2) * HBAR_C2_MEV2_CM2
        nothing = np.zeros_like(recoil_mev)
        return EnergyPolynomial(np.array([nothing, nothing, rate]))


def contributions(
    section: ScalarMediatorSection, standard: StandardModel
) -> tuple[Contribution, ...]:
    """g_phi, fitted by its fourth power."""
    del standard
    quarks, electrons = section.couples_to != "electrons", section.couples_to != "quarks"
    operator = ScalarExchange(
        "g_phi4",
        mass_mev=section.mass_mev,
        proton=section.charge_p * quarks,
        neutron=section.charge_n * quarks,
        electron=float(electrons),
        pseudoscalar=section.parity == "pseudoscalar",
    )
    remark = (
        "interference with a magnetic moment, of unknown sign, is left out: it is none for "
        "Majorana neutrinos"
    )
    parameter = SignalParameter(
        "g_phi", "g_phi4", r"g_\phi", "1", _SCALE, 0.0, 0.25, True, remark=remark
    )
    return (Contribution(parameter, operator),)


INTERACTION = Interaction(
    name="scalar-mediator",
    parameters=("g_phi",),
    contributions=contributions,
    configuration=ScalarMediatorSection,
    citations=("Cerdeno2016",),
)
