"""A light vector boson Z' of mass m with charges of quarks, electrons and neutrinos.

L = -g Z'_mu [Q_nu nu_L gamma^mu nu_L + sum_f Q_f f gamma^mu f] shifts the vector coupling of f by
g^2 Q_nu Q_f / [sqrt2 G_F (2 M T + m^2)], on a target of mass M: from the Dirac traces, and from the
photon's by e^2 q_nu Q_f -> g^2 Q_nu Q_f.  Where papers have 2 sqrt2 their coupling is g_L + g_R,
twice the vector charge.  Source: Cerdeno et al., JHEP 05, 118 (2016), arXiv:1604.01025; charges of
the models: arXiv:2312.17502.  Kinetic mixing from loops is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from detectors.matter.nuclei import Isotope
from sim.cross_sections.constants import ELECTRON_MASS_MEV, FERMI_MEV2
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.interactions.interaction import (
    Interaction,
    InteractionSection,
    StandardModel,
)
from sim.cross_sections.operators import Coupling, Shift
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution
from sim.section import NonNegative, Section

_SCALE = 1e-6
"""Of g; rates see g^2 in units of its square."""

_CANCELS = (
    "interference can cancel the weak amplitude: couplings beyond an excluded range may be allowed "
    "again, intervals are all that a scan finds; where there are two, delta-chi2 covers less than "
    "it says and feldman-cousins does not"
)


class ChargesSection(Section):
    """Charges under the new force."""

    u: float
    """Of the up quark."""
    d: float
    """Of the down quark."""
    e: float
    """Of the electron."""
    nu: float
    """Of the electron neutrino."""


CHARGES = {
    "universal": ChargesSection(u=1.0, d=1.0, e=1.0, nu=1.0),
    "b-l": ChargesSection(u=1 / 3, d=1 / 3, e=-1.0, nu=-1.0),
    "b-3le": ChargesSection(u=1 / 3, d=1 / 3, e=-3.0, nu=-3.0),
    "le-lmu": ChargesSection(u=0.0, d=0.0, e=1.0, nu=1.0),
}


class VectorMediatorSection(InteractionSection):
    """A vector boson; its coupling g is the parameter."""

    model: Literal["vector-mediator"]
    """Kind of the interaction."""
    mass_mev: NonNegative
    """Mass of the boson."""
    charges: Literal["universal", "b-l", "b-3le", "le-lmu"] | ChargesSection = "universal"
    """Charges by the name of a model, or of u, d, e and nu as a table."""


@dataclass(frozen=True, slots=True)
class VectorExchange(Shift):
    """The shift of g^2 = 1e-12, with the products of charges on proton, neutron and electron."""

    mass_mev: float = 0.0
    proton: float = 0.0
    neutron: float = 0.0
    electron: float = 0.0

    def on_electrons(self, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """Of g_V; the same for antineutrinos, as both currents change their sign."""
        return self.electron * self._exchange(ELECTRON_MASS_MEV, recoil_mev), 0.0

    def on_nucleons(self, nucleus: Isotope, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """Of g_V^p and g_V^n."""
        exchange = self._exchange(nucleus.mass_mev, recoil_mev)
        return self.proton * exchange, self.neutron * exchange

    def _exchange(self, target_mass_mev: float, recoil_mev: FloatArray) -> FloatArray:
        propagator = 2 * target_mass_mev * recoil_mev + self.mass_mev**2
        return _SCALE**2 / (sqrt(2) * FERMI_MEV2 * propagator)


def contributions(
    section: VectorMediatorSection, standard: StandardModel
) -> tuple[Contribution, ...]:
    """g_zp, fitted by its square."""
    charges = section.charges
    q = CHARGES[charges] if isinstance(charges, str) else charges
    on_nuclei, on_electrons = q.nu != 0 and (q.u, q.d) != (0, 0), q.nu != 0 and q.e != 0
    operator = VectorExchange(
        "g_zp2",
        exchanged="mediator",
        channels=("electron",) * on_electrons + ("nucleus",) * on_nuclei,
        mass_mev=section.mass_mev,
        proton=q.nu * (2 * q.u + q.d),
        neutron=q.nu * (q.u + 2 * q.d),
        electron=q.nu * q.e,
    )
    monotonic = _is_constructive(operator, standard.couplings)
    parameter = SignalParameter(
        "g_zp",
        "g_zp2",
        r"g_{Z'}",
        "1",
        _SCALE,
        0.0,
        0.5,
        True,
        remark="" if monotonic else _CANCELS,
        monotonic=monotonic,
    )
    return (Contribution(parameter, operator),)


def _is_constructive(exchange: VectorExchange, weak: Couplings) -> bool:
    """True if the boson adds to the weak amplitude, negative on nuclei, wherever it acts."""
    on_nuclei = max(exchange.proton, exchange.neutron)
    return on_nuclei <= 0 and exchange.electron * weak.electron_vector >= 0


INTERACTION = Interaction(
    name="vector-mediator",
    parameters=("g_zp",),
    contributions=contributions,
    configuration=VectorMediatorSection,
    citations=("Cerdeno2016",),
)
