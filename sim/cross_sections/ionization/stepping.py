"""Counted electrons: how many of an atom take part at an energy transfer, and are then free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from detectors.constants import ATOMIC_MASS_MEV
from detectors.matter.atoms import Atom
from detectors.matter.materials import Material
from detectors.matter.nuclei import natural_isotopes
from sim.cross_sections.constants import ELECTRON_MASS_MEV, HARTREE_KEV
from sim.cross_sections.ionization.model import FreeElectron, binding_energies_kev
from sim.cross_sections.parameters import FloatArray

COUNTS = ("stepping", "free", "stepping-smoothed", "rrpa")

_STEPPING_OVER_RRPA = {"Xe": ((1.0, 1.13), (2.0, 1.11), (5.0, 1.13), (10.0, 1.18), (20.0, 1.26))}
"""(T [keV], stepping / RRPA) for the weak scattering of nu_e.  Source: relativistic random-phase
calculation of Chen et al., Phys. Lett. B 774, 656 (2017), arXiv:1610.04177, as tabulated in public
code; 1.13 holds from 0.5 to 1 keV."""


@dataclass(frozen=True, slots=True)
class CountedElectrons:
    """A number of free electrons for all templates alike, by a count of COUNTS."""

    count: str

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Spectra per kg: atoms times the electrons that T can free."""
        total = np.zeros_like(electron.spectra)
        for c in target.constituents:
            active = electrons_per_atom(c.atom, electron.recoil_kev, self.count)
            total += c.atoms_per_kg * (electron.spectra * active)
        return total

    def jumps_kev(self, target: Material) -> FloatArray:
        """Binding energies."""
        return binding_energies_kev(target)

    def lowest_kev(self, target: Material) -> float:
        """0: it speaks of every energy."""
        return 0.0

    def scope(self, target: Material) -> str:
        """Where the count is disputed; ValueError where it has no table."""
        for c in target.constituents:
            electrons_per_atom(c.atom, np.ones(1), self.count)
        if self.count != "rrpa":
            return ""
        return "disputed above 2 keV: orbitals are 0 to 0.4 % below stepping there, not 10 to 20 %"


def electrons_per_atom(atom: Atom, recoil_kev: FloatArray, model: str) -> FloatArray:
    """Electrons of an atom that an energy transfer T can free, shape of recoil_kev.

    ``free``: all Z.  ``stepping``: sum_b n_b theta(T - eps_b).  ``stepping-smoothed``: the same
    with every step an error function as wide as the atomic recoil, illustrative.  ``rrpa``:
    stepping divided by the tabulated ratio to an ab-initio calculation, constant beyond its ends;
    the ratio is that of the weak scattering, and its use for the electromagnetic terms is an
    approximation.

    Raises
    ------
    ValueError
        for another model, or ``rrpa`` where no table exists.
    """
    if model == "free":
        return np.full(recoil_kev.shape, float(atom.z))
    if model == "stepping":
        return atom.active_electrons(recoil_kev)
    if model == "stepping-smoothed":
        return _smoothed(atom, recoil_kev)
    if model == "rrpa":
        return atom.active_electrons(recoil_kev) / _rrpa_ratio(atom.symbol, recoil_kev)
    raise ValueError(f"ionization {model!r}: allowed are {', '.join(COUNTS)}")


def atomic_recoil_scale_kev(atom: Atom, mass_mev: float) -> float:
    """Z^(4/3) (m_e / M) E_H: energy that the recoiling atom takes in the Thomas-Fermi picture.

    0.02 eV for germanium.  Source: scale argument of Kouzakov & Studenikin, arXiv:1603.02462,
    with E_H the Hartree energy; its prefactor of order one is not known.
    """
    return float(atom.z ** (4 / 3) * ELECTRON_MASS_MEV / mass_mev * HARTREE_KEV)


def _smoothed(atom: Atom, recoil_kev: FloatArray) -> FloatArray:
    isotopes = natural_isotopes(atom.symbol)
    mass_u = sum(isotope.abundance * isotope.atomic_mass_u for isotope in isotopes)
    scale = atomic_recoil_scale_kev(atom, mass_u * ATOMIC_MASS_MEV)
    return np.asarray(ndtr((recoil_kev[:, None] - atom.binding_kev) / scale) @ atom.occupancy)


def _rrpa_ratio(symbol: str, recoil_kev: FloatArray) -> FloatArray:
    if symbol not in _STEPPING_OVER_RRPA:
        known = ", ".join(_STEPPING_OVER_RRPA)
        raise ValueError(
            f"ionization 'rrpa': no ab-initio table is shipped for {symbol}, only for {known}"
        )
    energy, ratio = zip(*_STEPPING_OVER_RRPA[symbol], strict=True)
    return np.interp(recoil_kev, energy, ratio)
