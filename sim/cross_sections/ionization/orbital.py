"""Orbitals: every term by the integrals of the atoms' subshells; alone, or with models below."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detectors.matter.materials import Material
from detectors.matter.photoabsorption import photoabsorption_edges_kev
from sim.cross_sections.atomic.known_tables import ionization_table
from sim.cross_sections.atomic.model_error import model_error
from sim.cross_sections.dielectric.energy_loss import energy_loss
from sim.cross_sections.dielectric.media import medium, units_per_kg
from sim.cross_sections.ionization.model import (
    EffectiveElectrons,
    FreeElectron,
    IonizationModel,
    binding_energies_kev,
    per_kg,
)
from sim.cross_sections.ionization.pai import Matter, charged_electrons, distant_weight
from sim.cross_sections.parameters import FloatArray

LOWEST_IN_SOLIDS_KEV = 0.05
"""Below it valence electrons are a band, of which orbitals of a free atom know nothing."""

_TRANSVERSE_ERRORS = ((0.5, 0.25), (1.0, 0.05))
"""(T [keV], relative error), constant beyond: the spread of compilations of photoabsorption."""

_ERRORS_BELOW = (0.2, 0.5, 0.3)
"""Of stepping in the weak and the magnetic terms below the orbitals' reach, and of the medium in
q^2; judgements: just above it, orbitals are below stepping by so much."""

_NOBLE_GASES = ("He", "Ne", "Ar", "Kr", "Xe")


@dataclass(frozen=True, slots=True)
class Orbitals:
    """``orbital``: I_w for 1, r and r^2, I_mu for mu^2, q and q r, I_q for q^2.

    To q^2 comes the transverse field of the charge in the target as a medium, which is orthogonal
    to the longitudinal one that I_q holds: the two add.  deviation: how many standard deviations
    the model is off, in all its numbers together.
    """

    matter: Matter
    deviation: float = 0.0

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Spectra per kg."""
        return orbital_electrons(target, electron, self.matter, self.deviation).spectra(electron)

    def jumps_kev(self, target: Material) -> FloatArray:
        """Binding energies, resonances above them, and edges of photoabsorption."""
        return orbital_jumps_kev(target)

    def lowest_kev(self, target: Material) -> float:
        """0.05 keV, but 0 for a noble gas, whose atoms stay what they are."""
        return _lowest_kev(target)

    def scope(self, target: Material) -> str:
        """How q^2 is made up, and where resonances are doubtful."""
        found = medium(target, self.matter.density_g_cm3)
        remark = f"q^2 by orbitals and the transverse field in {found.name}"
        return f"{remark}{_doubts(target)}"


@dataclass(frozen=True, slots=True)
class Best:
    """``best``: orbitals where they hold; below, q^2 by the medium and the rest by stepping.

    deviation: how many standard deviations all models are off together.
    """

    matter: Matter
    deviation: float = 0.0

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Spectra per kg."""
        recoil = electron.recoil_kev
        orbital = orbital_electrons(target, electron, self.matter, self.deviation)
        counted = per_kg(target, lambda atom: atom.active_electrons(recoil))
        found = medium(target, self.matter.density_g_cm3)
        loss = energy_loss(found, self.matter.close)
        lost = units_per_kg(target) * charged_electrons(loss, electron)
        below = recoil < _lowest_kev(target)
        known = recoil * 1e3 >= found.floor_ev
        weak, magnetic, charge = np.exp(self.deviation * np.array(_ERRORS_BELOW))
        charged = charge * np.where(known, lost, counted)
        return EffectiveElectrons(
            weak=np.where(below, weak * counted, orbital.weak),
            magnetic=np.where(below, magnetic * counted, orbital.magnetic),
            interference=np.where(below, magnetic * counted, orbital.interference),
            charge_squared=np.where(below, charged, orbital.charge_squared),
            mediator=counted,
        ).spectra(electron)

    def jumps_kev(self, target: Material) -> FloatArray:
        """Those of the orbitals, and the energies at which models take over."""
        floor = medium(target, self.matter.density_g_cm3).floor_ev / 1e3
        return np.append(orbital_jumps_kev(target), [floor, _lowest_kev(target)])

    def lowest_kev(self, target: Material) -> float:
        """0: there is always a model."""
        return 0.0

    def scope(self, target: Material) -> str:
        """What is used where."""
        found = medium(target, self.matter.density_g_cm3)
        lowest = 1e3 * _lowest_kev(target)
        above = f"orbitals and the transverse field in {found.name}"
        if lowest == 0:
            return f"{above}{_doubts(target)}"
        charge = "stepping"
        if found.floor_ev < lowest:
            since = f" above {found.floor_ev:g} eV" if found.floor_ev else ""
            charge = f"stepping, but q^2 by its dielectric function{since}"
        return f"{above} above {lowest:g} eV, below {charge}{_doubts(target)}"


def deviated(model: IonizationModel, deviation: float) -> IonizationModel:
    """A model that is off by so many standard deviations.

    Raises
    ------
    ValueError
        for a model whose error is not known.
    """
    if not isinstance(model, Orbitals | Best):
        raise ValueError(
            "systematics.ionization: the error of an ionization model is known for 'orbital' and "
            "'best' alone"
        )
    return replace(model, deviation=deviation)


def orbital_electrons(
    target: Material, electron: FreeElectron, matter: Matter, deviation: float = 0.0
) -> EffectiveElectrons:
    """The target's electrons in the three integrals, with the transverse field in q^2, per kg.

    A deviation multiplies each by exp(deviation * error): they stay above 0.

    Raises
    ------
    ValueError
        for a medium without a density, or with a deviation an element without a known error.
    """
    recoil = electron.recoil_kev
    tables = [_atom_electrons(c.atom.symbol, recoil, deviation) for c in target.constituents]
    amounts = [c.atoms_per_kg for c in target.constituents]
    weak, magnetic, charge = np.einsum("a,ait->it", amounts, tables)
    loss = energy_loss(medium(target, matter.density_g_cm3), matter.close)
    transverse = loss.transverse_at(recoil * 1e3) * distant_weight(electron)
    if deviation:
        known_kev, errors = zip(*_TRANSVERSE_ERRORS, strict=True)
        transverse *= np.exp(deviation * np.interp(np.log(recoil), np.log(known_kev), errors))
    return EffectiveElectrons(
        weak=weak,
        magnetic=magnetic,
        interference=magnetic,
        charge_squared=charge + units_per_kg(target) * transverse,
        mediator=per_kg(target, lambda atom: atom.active_electrons(recoil)),
    )


def _atom_electrons(symbol: str, recoil_kev: FloatArray, deviation: float) -> FloatArray:
    if not deviation:
        return ionization_table(symbol).effective_electrons(recoil_kev)
    factors = np.exp(deviation * model_error(symbol, recoil_kev))
    return np.asarray(factors * ionization_table(symbol).effective_electrons(recoil_kev))


def orbital_jumps_kev(target: Material) -> FloatArray:
    """Binding energies, nodes over resonances, and edges of photoabsorption."""
    parts = [binding_energies_kev(target)]
    for c in target.constituents:
        parts.append(photoabsorption_edges_kev(c.atom.symbol))
        parts.append(ionization_table(c.atom.symbol).resonances_kev)
    return np.concatenate(parts)


def _lowest_kev(target: Material) -> float:
    gas = all(c.atom.symbol in _NOBLE_GASES for c in target.constituents)
    return 0.0 if gas else LOWEST_IN_SOLIDS_KEV


def _doubts(target: Material) -> str:
    """A warning where a local potential makes resonances sharper than they are."""
    doubtful = [
        c.atom.symbol
        for c in target.constituents
        if ionization_table(c.atom.symbol).resonances_kev.size
    ]
    if not doubtful:
        return ""
    return (
        f"; uncertain by 30 % just above the M edges and by up to 60 % below 0.2 keV in "
        f"{' and '.join(doubtful)}"
    )
