"""Photoabsorption-ionization: the square of a millicharge in matter, the rest by stepping."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from detectors.matter.materials import Material
from detectors.matter.photoabsorption import photoabsorption_edges_kev
from sim.cross_sections.constants import (
    ALPHA,
    ELECTRON_MASS_MEV,
    HBAR_C2_MEV2_CM2,
    KEV_PER_MEV,
)
from sim.cross_sections.dielectric.energy_loss import EnergyLoss, energy_loss
from sim.cross_sections.dielectric.media import Medium, medium, units_per_kg
from sim.cross_sections.ionization.model import (
    EffectiveElectrons,
    FreeElectron,
    binding_energies_kev,
    per_kg,
)
from sim.cross_sections.kinematics import min_neutrino_energy_mev
from sim.cross_sections.parameters import Q_SCALE, FloatArray


@dataclass(frozen=True, slots=True)
class Matter:
    """Options of a charge in matter.

    close: form of the close collisions (``dielectric.energy_loss``); density_g_cm3: that of the
    target, None for the one that is known.
    """

    close: str = "shifted"
    density_g_cm3: float | None = None


@dataclass(frozen=True, slots=True)
class PhotoabsorptionIonization:
    """``pai``: q^2 by the energy loss in the target as a medium, all other terms by stepping.

    Below the floor of a medium, the energy under which too little is known of it, q^2 is stepping's
    too.
    """

    matter: Matter

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Spectra per kg."""
        recoil = electron.recoil_kev
        counted = per_kg(target, lambda atom: atom.active_electrons(recoil))
        found = medium(target, self.matter.density_g_cm3)
        loss = energy_loss(found, self.matter.close)
        lost = units_per_kg(target) * charged_electrons(loss, electron)
        charge_squared = np.where(recoil * 1e3 < found.floor_ev, counted, lost)
        return EffectiveElectrons(
            counted, counted, counted, charge_squared, mediator=counted
        ).spectra(electron)

    def jumps_kev(self, target: Material) -> FloatArray:
        """Binding energies, edges of photoabsorption, and the floor."""
        edges = [photoabsorption_edges_kev(c.atom.symbol) for c in target.constituents]
        floor = medium(target, self.matter.density_g_cm3).floor_ev / 1e3
        return np.concatenate([binding_energies_kev(target), *edges, [floor]])

    def lowest_kev(self, target: Material) -> float:
        """0: it speaks of every energy."""
        return 0.0

    def scope(self, target: Material) -> str:
        """Where q^2 is that of the medium; ValueError if no density is known."""
        return f"{_scope(medium(target, self.matter.density_g_cm3))}; stepping for the rest"


def charged_electrons(loss: EnergyLoss, electron: FreeElectron) -> FloatArray:
    """Free electrons that a formula unit stands for in q^2, folded with the flux, (n,).

    Distant collisions do not depend on the neutrino's energy and take the flux above the least
    energy; close ones have the kinematic factor [1 + (1 - T/E)^2 - m T / E^2] / 2 of electrons.
    """
    energy_ev = electron.recoil_kev * 1e3
    return loss.close_at(energy_ev) + loss.distant_at(energy_ev) * distant_weight(electron)


def distant_weight(electron: FreeElectron) -> FloatArray:
    """q^2 spectrum of 2 pi alpha^2 q^2 / (m T^2) at all energies over that of a free electron."""
    recoil_mev = electron.recoil_kev / KEV_PER_MEV
    lowest = min_neutrino_energy_mev(recoil_mev, ELECTRON_MASS_MEV)
    rutherford = 2 * pi * ALPHA**2 * HBAR_C2_MEV2_CM2 / (ELECTRON_MASS_MEV * recoil_mev**2)
    leading = rutherford / KEV_PER_MEV * Q_SCALE**2 * electron.moments.above(lowest)[0]
    whole = electron.spectra[electron.charge_squared]
    return np.asarray(np.divide(leading, whole, out=np.ones_like(whole), where=whole > 0))


def _scope(found: Medium) -> str:
    if found.floor_ev == 0:
        return f"q^2 by the dielectric function of {found.name}"
    return (
        f"q^2 by the dielectric function of {found.name} above {found.floor_ev:g} eV, "
        f"by stepping below"
    )
