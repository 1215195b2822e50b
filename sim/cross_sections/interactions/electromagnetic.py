"""Magnetic moment, millicharge and charge radius, diagonal and between flavours.

The moment flips the helicity and adds; charge and radius shift the vector couplings.  Sources:
Vogel & Engel, Phys. Rev. D 39, 3378 (1989), Eqs. (3) and (20); Kouzakov & Studenikin,
arXiv:1603.02462; Giunti & Studenikin, Rev. Mod. Phys. 87, 531 (2015), section VII.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from detectors.matter.nuclei import Isotope
from sim.cross_sections.constants import (
    ALPHA,
    CHARGE_RADIUS_COUPLING_CM2,
    ELECTRON_MASS_MEV,
    FERMI_MEV2,
    HBAR_C2_MEV2_CM2,
)
from sim.cross_sections.interactions.interaction import Interaction, StandardModel
from sim.cross_sections.operators import Addition, Coupling, EnergyPolynomial, Shift
from sim.cross_sections.parameters import MU_SCALE, Q_SCALE, R2_SCALE_CM2, FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution

MAGNETIC_MOMENT, MILLICHARGE, CHARGE_RADIUS = "mu_nu", "q_nu", "r2_nu"

_MAGNETIC_CM2_MEV = pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * MU_SCALE**2 * HBAR_C2_MEV2_CM2


@dataclass(frozen=True, slots=True)
class MagneticMoment(Addition):
    """pi alpha^2 / m_e^2 mu^2 (1/T - 1/E) on electrons.

    On nuclei (Z F)^2 times that, with T / (4 E^2) more in the bracket for spin 0.
    """

    def on_electron(self, recoil_mev: FloatArray) -> EnergyPolynomial:
        """One mu^2 unit on a free electron."""
        rows = [1 / recoil_mev, np.full_like(recoil_mev, -1.0), np.zeros_like(recoil_mev)]
        return EnergyPolynomial(_MAGNETIC_CM2_MEV * np.array(rows))

    def on_nucleus(
        self, nucleus: Isotope, factor: FloatArray, recoil_mev: FloatArray
    ) -> EnergyPolynomial:
        """One mu^2 unit on a nucleus."""
        spinless = 1.0 if nucleus.spin == 0 else 0.0
        rows = [1 / recoil_mev, np.full_like(recoil_mev, -1.0), 0.25 * spinless * recoil_mev]
        return EnergyPolynomial(_MAGNETIC_CM2_MEV * (nucleus.z * factor) ** 2 * np.array(rows))


@dataclass(frozen=True, slots=True)
class Charge(Shift):
    """Photon exchange: g -> g - sqrt2 pi alpha Q q / (G_F M T) for a target of charge Q.

    charge_sign = -1 gives the sign of q of older papers.
    """

    charge_sign: int = 1

    def on_electrons(self, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """The electron's charge is -1."""
        return -self._strength(ELECTRON_MASS_MEV) / recoil_mev, 0.0

    def on_nucleons(self, nucleus: Isotope, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """The proton's charge is +1."""
        return self._strength(nucleus.mass_mev) / recoil_mev, 0.0

    def _strength(self, mass_mev: float) -> float:
        unit = sqrt(2) * pi * ALPHA / (FERMI_MEV2 * mass_mev) * Q_SCALE
        return float(self.charge_sign * unit)


@dataclass(frozen=True, slots=True)
class ChargeRadius(Shift):
    """g -> g + C_R Q <r^2> for a target of charge -Q, the same at every recoil."""

    def on_electrons(self, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """The electron's charge is -1."""
        del recoil_mev
        return CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2, 0.0

    def on_nucleons(self, nucleus: Isotope, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """The proton's charge is +1."""
        del nucleus, recoil_mev
        return -CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2, 0.0


MOMENT = MagneticMoment("mu2", "magnetic")
RADIUS = ChargeRadius("r")


def contributions(_: None, standard: StandardModel) -> tuple[Contribution, ...]:
    """mu_nu, q_nu, r2_nu, and what turns electron neutrinos into the two others."""
    charge = Charge("q", "photon", charge_sign=standard.charge_sign)
    radius = standard.couplings.sm_charge_radius_cm2
    found = [
        Contribution(
            SignalParameter(
                MAGNETIC_MOMENT,
                "mu2",
                r"\mu_\nu",
                "mu_B",
                MU_SCALE,
                power=0.5,
                bounded=True,
                reported=True,
                title="magnetic moment",
                letters="µν",
            ),
            MOMENT,
        ),
        Contribution(
            SignalParameter(
                MILLICHARGE,
                "q",
                r"q_\nu",
                "e",
                Q_SCALE,
                reported=True,
                title="millicharge",
                letters="qν",
            ),
            charge,
        ),
        Contribution(
            SignalParameter(
                CHARGE_RADIUS,
                "r",
                r"\langle r^2 \rangle",
                "cm^2",
                R2_SCALE_CM2,
                radius,
                reported=True,
                title="charge radius (total)",
                letters="⟨rν²⟩",
            ),
            RADIUS,
        ),
    ]
    for flavour, letter, sign in (("mu", r"\mu", "μ"), ("tau", r"\tau", "τ")):
        q = SignalParameter(
            f"q_e{flavour}",
            f"q_e{flavour}2",
            f"q_{{e{letter}}}",
            "e",
            Q_SCALE,
            power=0.5,
            bounded=True,
            title=f"transition charge, e to {sign}",
        )
        r2 = SignalParameter(
            f"r2_e{flavour}",
            f"r_e{flavour}2",
            rf"\langle r^2_{{e{letter}}} \rangle",
            "cm^2",
            R2_SCALE_CM2,
            power=0.5,
            bounded=True,
            title=f"transition radius, e to {sign}",
        )
        found += [
            Contribution(q, charge, sector=flavour),
            Contribution(r2, RADIUS, sector=flavour),
        ]
    return tuple(found)


INTERACTION = Interaction(
    name="electromagnetic",
    parameters=(
        MAGNETIC_MOMENT,
        MILLICHARGE,
        CHARGE_RADIUS,
        "q_emu",
        "r2_emu",
        "q_etau",
        "r2_etau",
    ),
    contributions=contributions,
    citations=("VogelEngel1989", "KouzakovStudenikin2016", "GiuntiStudenikin2015"),
)
