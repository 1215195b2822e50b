"""The lepton loop in the Standard Model's charge radius, exact in the momentum transfer Q^2.

<r^2>(Q^2) = -G_F / (2 sqrt2 pi^2) [3 - 2 L(Q^2)], L = 6 int x (1 - x) ln{[m^2 + x (1 - x) Q^2] /
M_W^2} dx; at Q^2 = 0 it is the radius in the one-loop couplings, from which g_p shifts by
-C_R [<r^2>(2 M T) - <r^2>(0)] and g_V^e by plus that: 1 % on nuclei, where Q is above the mass of
the electron, nothing on electrons.  Quark loops and vertex corrections are left out.  Source: the
loop of Bernabeu et al., Phys. Rev. D 62, 113012 (2000), at Q^2 > 0; the effect: arXiv:2402.16709.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from detectors.matter.nuclei import Isotope
from sim.cross_sections.constants import (
    CHARGE_RADIUS_COUPLING_CM2,
    ELECTRON_MASS_MEV,
    FERMI_MEV2,
    HBAR_C2_MEV2_CM2,
)
from sim.cross_sections.couplings import LEPTON_MASS_MEV, sm_charge_radius_cm2
from sim.cross_sections.interactions.interaction import Interaction, StandardModel
from sim.cross_sections.operators import Coupling, Shift
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.theory import Contribution

_SERIES_BELOW = 1e-2


@dataclass(frozen=True, slots=True)
class RunningRadius(Shift):
    """The shift of the couplings of one flavour beyond that of Q^2 = 0."""

    flavour: str = "e"

    def on_electrons(self, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """Of g_V."""
        running = running_radius_cm2(self.flavour, 2 * ELECTRON_MASS_MEV * recoil_mev)
        return self._coupling(running), 0.0

    def on_nucleons(self, nucleus: Isotope, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """Of g_V^p."""
        running = running_radius_cm2(self.flavour, 2 * nucleus.mass_mev * recoil_mev)
        return -self._coupling(running), 0.0

    def _coupling(self, radius_cm2: FloatArray) -> FloatArray:
        change = radius_cm2 - sm_charge_radius_cm2(self.flavour)
        return CHARGE_RADIUS_COUPLING_CM2 * change


def running_radius_cm2(flavour: str, q2_mev2: FloatArray) -> FloatArray:
    """<r^2>(Q^2) of a flavour [cm^2], shape of q2_mev2."""
    unit = FERMI_MEV2 / (sqrt(2) * pi**2) * HBAR_C2_MEV2_CM2
    change = loop_change(q2_mev2 / LEPTON_MASS_MEV[flavour] ** 2)
    return sm_charge_radius_cm2(flavour) + unit * change


def loop_change(ratio: FloatArray) -> FloatArray:
    """L(Q^2) - L(0) at ratios Q^2 / m^2 >= 0.

    -5/3 + 4 t + (1 - 2 t) b ln[(b + 1) / (b - 1)], t = m^2 / Q^2, b = sqrt(1 + 4 t); for small
    ratios the series x/5 - 3 x^2/140 + x^3/315, from ln(1 + x (1 - x) r) under the integral.
    """
    t = 1 / np.maximum(ratio, _SERIES_BELOW)
    b = np.sqrt(1 + 4 * t)
    closed = -5 / 3 + 4 * t + (1 - 2 * t) * b * np.log((b + 1) / (b - 1))
    series = ratio / 5 - 3 * ratio**2 / 140 + ratio**3 / 315
    return np.where(ratio < _SERIES_BELOW, series, closed)


def contributions(_: None, standard: StandardModel) -> tuple[Contribution, ...]:
    """No parameter: an option of the Standard Model."""
    del standard
    return ()


def always(standard: StandardModel) -> tuple[Shift, ...]:
    """The running, if it is asked for and the couplings hold a radius."""
    couplings = standard.couplings
    if not standard.running_charge_radius or couplings.scheme == "tree":
        return ()
    return (RunningRadius("running", flavour=couplings.flavour),)


INTERACTION = Interaction(
    name="running-charge-radius",
    parameters=(),
    contributions=contributions,
    always=always,
    citations=("Bernabeu2000", "AtzoriCorona2024Radius"),
)
