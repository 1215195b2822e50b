"""Operators: what new physics adds to a weak amplitude, or to a rate, as a function of recoil.

Each is stated for a scaled parameter of 1.  A ``Shift`` changes an amplitude and so interferes; an
``Addition`` is a cross section of its own; a ``FluxChange`` takes neutrinos away.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.matter.nuclei import Isotope
from sim.cross_sections.parameters import FloatArray

if TYPE_CHECKING:
    from fluxes.moments import FluxMoments

INTEGRALS = ("weak", "magnetic", "interference", "charge_squared", "mediator")
"""Kinds of terms that ionization models tell apart: contact terms, the square of the moment, a
millicharge with a contact term, its square, and all that is exchanged or made besides."""

Coupling = FloatArray | float


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of weak couplings by the exchange of something.

    exchanged: ``contact`` (constant), ``photon`` (falls as 1/T) or ``mediator`` (in between);
    channels are those in which it acts.
    """

    name: str
    exchanged: str = "contact"
    channels: tuple[str, ...] = ("electron", "nucleus")

    def on_electrons(self, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """Shifts of g_V and g_A of neutrinos; the sign of g_A for antineutrinos comes later."""
        del recoil_mev
        return 0.0, 0.0

    def on_nucleons(self, nucleus: Isotope, recoil_mev: FloatArray) -> tuple[Coupling, Coupling]:
        """Shifts of g_V^p and g_V^n in a nucleus."""
        del nucleus, recoil_mev
        return 0.0, 0.0


@dataclass(frozen=True, slots=True, eq=False)
class EnergyPolynomial:
    """d sigma / d T = a_0 + a_1 / E + a_2 / E^2 above E_min, else 0.

    coefficients (3, n) in cm^2 MeV^(n - 1); lowest_mev (n,), None where it is E_min of elastic
    scattering.
    """

    coefficients: FloatArray
    lowest_mev: FloatArray | None = None

    def at(self, energy_mev: float, lowest_mev: float) -> float:
        """Its value for a single recoil, lowest_mev standing for elastic scattering."""
        start = lowest_mev if self.lowest_mev is None else float(self.lowest_mev[0])
        powers = energy_mev ** -np.arange(3.0)
        return float(self.coefficients[:, 0] @ powers) if energy_mev >= start else 0.0


@dataclass(frozen=True, slots=True)
class Addition:
    """A cross section that interferes with nothing; integral: how bound electrons see it."""

    name: str
    integral: str = "mediator"

    def on_electron(self, recoil_mev: FloatArray) -> EnergyPolynomial | None:
        """On a free electron at rest; None for nothing."""
        del recoil_mev
        return None

    def on_nucleus(
        self, nucleus: Isotope, factor: FloatArray, recoil_mev: FloatArray
    ) -> EnergyPolynomial | None:
        """On a nucleus with the form factor given at each recoil; None for nothing."""
        del nucleus, factor, recoil_mev
        return None


@dataclass(frozen=True, slots=True)
class Strength:
    """What the Standard Model expects in one channel, once more."""

    name: str


@dataclass(frozen=True, slots=True)
class FluxChange(ABC):
    """A part of the flux that is lost, per unit of the parameter."""

    name: str

    @abstractmethod
    def lost(self, moments: FluxMoments) -> FluxMoments:
        """The part of a flux."""


Operator = Shift | Addition | Strength | FluxChange
