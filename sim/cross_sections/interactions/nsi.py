"""Non-standard interactions of neutrinos with quarks and electrons, in four-fermion form.

L = -2 sqrt2 G_F eps^{fP}_{ab} (nu_a gamma^mu P_L nu_b)(f gamma_mu P f), P = L, R, with
eps^V = eps^L + eps^R and eps^A = eps^L - eps^R, as g_A = g_L - g_R; some papers have the other
sign of eps^A.  On nuclei g_p -> g_p + 2 eps_u + eps_d, g_n -> g_n + eps_u + 2 eps_d: vector
interactions alone act on spin 0.  Those of electron flavour interfere; what turns the flavour to
mu or tau adds.  Sources: Davidson et al., JHEP 03, 011 (2003); Barranco, Miranda & Rashba, JHEP 12,
021 (2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from detectors.matter.nuclei import Isotope
from sim.cross_sections.interactions.interaction import (
    Interaction,
    InteractionSection,
    StandardModel,
)
from sim.cross_sections.operators import Coupling, Shift
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution

_SCALE = 0.1


class NsiSection(InteractionSection):
    """Non-standard interactions; all their strengths are parameters."""

    model: Literal["nsi"]
    """Kind of the interaction."""


@dataclass(frozen=True, slots=True)
class QuarkShift(Shift):
    """A vector interaction with u or d quarks, of which a nucleon has up and down."""

    in_proton: int = 0
    in_neutron: int = 0

    def on_nucleons(self, nucleus: Isotope, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """As many times the strength as there are such quarks."""
        del nucleus, recoil_mev
        return self.in_proton * _SCALE, self.in_neutron * _SCALE


@dataclass(frozen=True, slots=True)
class ElectronShift(Shift):
    """A vector or axial interaction with electrons."""

    axial: bool = False

    def on_electrons(self, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """The strength itself."""
        del recoil_mev
        return (0.0, _SCALE) if self.axial else (_SCALE, 0.0)


def contributions(section: NsiSection, standard: StandardModel) -> tuple[Contribution, ...]:
    """eps_u, eps_d, eps_e_v, eps_e_a, and the same with _emu and _etau."""
    del section, standard
    return tuple(_contributions())


def _contributions() -> Iterator[Contribution]:
    shifts = {
        "u": QuarkShift("eps_u", channels=("nucleus",), in_proton=2, in_neutron=1),
        "d": QuarkShift("eps_d", channels=("nucleus",), in_proton=1, in_neutron=2),
        "e_v": ElectronShift("eps_e_v", channels=("electron",)),
        "e_a": ElectronShift("eps_e_a", channels=("electron",), axial=True),
    }
    for name, shift in shifts.items():
        yield Contribution(_parameter(name, "", "ee"), shift)
    for flavour, letters in (("mu", r"e\mu"), ("tau", r"e\tau")):
        for name, shift in shifts.items():
            yield Contribution(_parameter(name, flavour, letters), shift, sector=flavour)


def _parameter(name: str, flavour: str, letters: str) -> SignalParameter:
    fermion, _, kind = name.partition("_")
    symbol = rf"\varepsilon_{{{letters}}}^{{{fermion}{kind.upper() or 'V'}}}"
    if not flavour:
        remark = _REMARKS.get(name, "")
        return SignalParameter(f"eps_{name}", f"eps_{name}", symbol, "1", _SCALE, remark=remark)
    full = f"eps_{name}_e{flavour}"
    return SignalParameter(full, f"{full}2", symbol, "1", _SCALE, 0.0, 0.5, True)


_REMARKS = {
    "u": "on one target only (2 Z + N) eps_u + (Z + 2 N) eps_d is measured, and a second solution "
    "turns the sign of the weak amplitude",
    "d": "on one target only (2 Z + N) eps_u + (Z + 2 N) eps_d is measured, and a second solution "
    "turns the sign of the weak amplitude",
    "e_v": "on electrons the same as twice a shift of sin2_theta_w, and as a charge radius",
}


INTERACTION = Interaction(
    name="nsi",
    parameters=tuple(
        f"eps_{fermion}{flavour}"
        for flavour in ("", "_emu", "_etau")
        for fermion in ("u", "d", "e_v", "e_a")
    ),
    contributions=contributions,
    configuration=NsiSection,
    citations=("Davidson2003", "Barranco2005"),
)
