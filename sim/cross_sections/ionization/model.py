"""What an ionization model says of a target: its spectra, where they jump, where they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detectors.matter.atoms import Atom
from detectors.matter.materials import Material
from fluxes.moments import FluxMoments
from sim.cross_sections.parameters import MONOMIALS, FloatArray

CHARGE_SQUARED = MONOMIALS.index("q2")
_WEAK = [MONOMIALS.index(name) for name in ("1", "r", "r2")]
_MAGNETIC = MONOMIALS.index("mu2")
_INTERFERENCE = [MONOMIALS.index(name) for name in ("q", "qr")]


@dataclass(frozen=True, slots=True, eq=False)
class FreeElectron:
    """One free electron at rest in a flux: spectra (7, n) in s^-1 keV^-1 at recoil_kev (n,)."""

    moments: FluxMoments
    recoil_kev: FloatArray
    spectra: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveElectrons:
    """Free electrons that together scatter like a target, a number for each kind of term, (n,).

    weak: 1, r, r^2; magnetic: mu^2; interference: q and q r; charge_squared: q^2.
    """

    weak: FloatArray
    magnetic: FloatArray
    interference: FloatArray
    charge_squared: FloatArray

    def spectra(self, electron: FreeElectron) -> FloatArray:
        """The target's spectra, (7, n).

        The interference is lowered to sqrt(weak charge_squared) where it is larger: by Schur's
        product theorem no spectrum is then negative at any parameters.
        """
        out = electron.spectra.copy()
        out[_WEAK] *= self.weak
        out[_MAGNETIC] *= self.magnetic
        out[_INTERFERENCE] *= np.minimum(
            self.interference, np.sqrt(self.weak * self.charge_squared)
        )
        out[CHARGE_SQUARED] *= self.charge_squared
        return out


class IonizationModel(Protocol):
    """How a target answers to a neutrino that loses T."""

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Spectra per kg of the target, (7, n) in kg^-1 s^-1 keV^-1.

        Raises
        ------
        ValueError
            if the model does not apply to the target.
        """

    def jumps_kev(self, target: Material) -> FloatArray:
        """Energies between which the spectra are smooth."""

    def lowest_kev(self, target: Material) -> float:
        """Energy transfer from which on the model holds; spectra below only leak from there."""

    def scope(self, target: Material) -> str:
        """What is used where, in one line; empty for a model that is one thing everywhere.

        Raises
        ------
        ValueError
            if the model does not apply to the target.
        """


def per_kg(target: Material, electrons: Callable[[Atom], FloatArray]) -> FloatArray:
    """Electrons per kg of a target from those per atom."""
    return np.asarray(sum(c.atoms_per_kg * electrons(c.atom) for c in target.constituents))


def binding_energies_kev(target: Material) -> FloatArray:
    """Binding energies of all subshells of a target."""
    return np.concatenate([c.atom.binding_kev for c in target.constituents])
