"""What an ionization model says of a target: its spectra, where they jump, where they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detectors.matter.atoms import Atom
from detectors.matter.materials import Material
from fluxes.moments import FluxMoments
from sim.cross_sections.parameters import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FreeElectron:
    """One free electron at rest in a flux: templates in s^-1 keV^-1 at recoil_kev (n,).

    spectra has shape (n_templates, n); integrals says of each template which kind of term it is
    (``operators.INTEGRALS``).
    """

    moments: FluxMoments
    recoil_kev: FloatArray
    spectra: FloatArray
    integrals: tuple[str, ...]

    @property
    def charge_squared(self) -> int:
        """Row of the template that is the square of a millicharge."""
        return self.integrals.index("charge_squared")


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveElectrons:
    """Free electrons that together scatter like a target, a number for each kind of term, (n,).

    weak: 1, r, r^2 and other contact terms; magnetic: mu^2; interference: q and its products with
    these; charge_squared: q^2; mediator: what no model but a count of electrons speaks of.
    """

    weak: FloatArray
    magnetic: FloatArray
    interference: FloatArray
    charge_squared: FloatArray
    mediator: FloatArray

    def spectra(self, electron: FreeElectron) -> FloatArray:
        """The target's spectra, (n_templates, n).

        The interference is lowered to sqrt(weak charge_squared) where it is larger: by Schur's
        product theorem no spectrum is then negative at any parameters.
        """
        numbers = {
            "weak": self.weak,
            "magnetic": self.magnetic,
            "interference": np.minimum(self.interference, np.sqrt(self.weak * self.charge_squared)),
            "charge_squared": self.charge_squared,
            "mediator": self.mediator,
        }
        factors = np.array([numbers[integral] for integral in electron.integrals])
        return np.asarray(electron.spectra * factors)


class IonizationModel(Protocol):
    """How a target answers to a neutrino that loses T."""

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Templates per kg of the target, (n_templates, n) in kg^-1 s^-1 keV^-1.

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
