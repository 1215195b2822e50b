"""Energy loss of a millicharge in matter: photoabsorption-ionization, in its three parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import pi

import numpy as np

from detectors.tables import FloatArray
from sim.cross_sections.dielectric.dielectric_function import (
    DielectricFunction,
    dielectric_function,
)
from sim.cross_sections.dielectric.dielectric_kernels import shifted_strength
from sim.cross_sections.dielectric.media import ELECTRON_MASS_EV, Medium

CLOSE_COLLISIONS = ("shifted", "allison-cobb")


@dataclass(frozen=True, slots=True, eq=False)
class EnergyLoss:
    """What a relativistic charge loses in a medium, at energies that increase, all (n,).

    Each part is a number of electrons of a formula unit: its cross section over that of one free
    electron at rest for the same charge, 2 pi alpha^2 q^2 (hbar c)^2 / (m T^2).  longitudinal and
    transverse are distant collisions, close those of momenta at which electrons are nearly free.
    """

    energy_ev: FloatArray
    longitudinal: FloatArray
    transverse: FloatArray
    close: FloatArray
    electrons: int

    def distant_at(self, energy_ev: FloatArray) -> FloatArray:
        """longitudinal + transverse, 0 below the first energy, falling as T^-2 above the last."""
        return (
            self._at(energy_ev, self.longitudinal + self.transverse) / self._beyond(energy_ev) ** 2
        )

    def transverse_at(self, energy_ev: FloatArray) -> FloatArray:
        """transverse, 0 below the first energy, falling as T^-2 above the last."""
        return self._at(energy_ev, self.transverse) / self._beyond(energy_ev) ** 2

    def close_at(self, energy_ev: FloatArray) -> FloatArray:
        """close, 0 below the first energy; above the last it nears all electrons as 1/T."""
        excess = self._at(energy_ev, self.close - self.electrons) / self._beyond(energy_ev)
        return np.where(energy_ev < self.energy_ev[0], 0.0, self.electrons + excess)

    def _at(self, energy_ev: FloatArray, part: FloatArray) -> FloatArray:
        return np.asarray(np.interp(np.log(energy_ev), np.log(self.energy_ev), part, left=0.0))

    def _beyond(self, energy_ev: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(energy_ev / self.energy_ev[-1], 1.0))


@lru_cache(maxsize=32)
def energy_loss(medium: Medium, close: str = "shifted") -> EnergyLoss:
    """The parts for a medium, up to 100 keV; kept for the last media that were asked for.

    Sources: the docs' page on ionization derives them; the sum with close ``allison-cobb`` is
    that of Allison & Cobb, Ann. Rev. Nucl. Part. Sci. 30, 253 (1980) [remembered], with the loss
    function Im(-1/epsilon) where their form for gases has the photoabsorption cross section.

    Raises
    ------
    ValueError
        for another form of the close collisions.
    """
    function = dielectric_function(medium)
    all_electrons_ev2 = medium.plasma_energy_squared_ev2
    scale = 2 / pi * function.energy_ev**2 * medium.electrons / all_electrons_ev2
    norm = all_electrons_ev2 / function.strength_ev2()
    return EnergyLoss(
        function.energy_ev,
        scale * longitudinal(function),
        scale * transverse(function),
        scale * norm * close_collisions(function, close),
        medium.electrons,
    )


def longitudinal(function: DielectricFunction, inverse_gamma_squared: float = 0.0) -> FloatArray:
    """Im(-1/epsilon) ln(2 m beta^2 / T) / beta^2: the Coulomb field, momenta up to sqrt(2 m T)."""
    beta_squared = 1 - inverse_gamma_squared
    logarithm = np.log(2 * ELECTRON_MASS_EV * beta_squared / function.energy_ev)
    return np.asarray(function.loss * logarithm / beta_squared)


def transverse(function: DielectricFunction, inverse_gamma_squared: float = 0.0) -> FloatArray:
    """[Im(-1/epsilon) ln(1/|z|) + (beta^2 - Re epsilon / |epsilon|^2) Theta] / beta^2.

    z = 1 - beta^2 epsilon, Theta = arg z*; at gamma -> inf the medium alone ends the logarithm.
    Where Re epsilon > 1 / beta^2 Theta is near pi: Cherenkov light, absorbed where it is made.
    """
    beta_squared = 1 - inverse_gamma_squared
    epsilon = function.epsilon
    z = (1 - epsilon) + inverse_gamma_squared * epsilon
    theta = np.arctan2(-z.imag, z.real)
    screening = beta_squared - epsilon.real / np.abs(epsilon) ** 2
    return np.asarray((-function.loss * np.log(np.abs(z)) + screening * theta) / beta_squared)


def close_collisions(function: DielectricFunction, form: str = "shifted") -> FloatArray:
    """Collisions with single electrons, as T^2 of them would be if the oscillators were at rest.

    With h(w) = w Im(-1/epsilon(w)): ``shifted`` is (1/T) int_0^T [h(w) - h(T)] / (T - w) dw, from
    the generalized oscillator strength f(Q, T) = f(0, T - Q) (Ashley [remembered]), which obeys
    the f-sum rule at every momentum; ``allison-cobb`` is (1/T^2) int_0^T h(w) dw.

    Raises
    ------
    ValueError
        for another form.
    """
    energy, strength = function.energy_ev, function.energy_ev * function.loss
    if form == "shifted":
        return np.asarray(shifted_strength(energy, strength))
    if form == "allison-cobb":
        from scipy.integrate import cumulative_trapezoid

        return np.asarray(cumulative_trapezoid(strength, energy, initial=0.0) / energy**2)
    raise ValueError(f"close collisions {form!r}: allowed are {', '.join(CLOSE_COLLISIONS)}")
