"""The equivalent-photon approximation: a millicharge ionizes like the photons of its field."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import numpy as np
import numpy.typing as npt

from detectors.matter.materials import Material
from detectors.matter.photoabsorption import photoabsorption_cm2, photoabsorption_edges_kev
from fluxes.moments import FluxMoments
from fluxes.spectrum import PiecewiseSpectrum
from sim.cross_sections.constants import ALPHA, ELECTRON_MASS_MEV, KEV_PER_MEV
from sim.cross_sections.ionization.model import (
    FreeElectron,
    binding_energies_kev,
)
from sim.cross_sections.kinematics import min_neutrino_energy_mev
from sim.cross_sections.parameters import Q_SCALE, FloatArray

MEDIA = ("vacuum", "density-effect")


@dataclass(frozen=True, slots=True)
class EquivalentPhotons:
    """Options of the approximation.

    The field of a charge reaches out to impact parameters gamma hbar c / T, gamma = E / m_nu:
    neutrino_mass_ev is that infrared cut.  medium ``vacuum`` is what published limits use;
    ``density-effect`` (illustrative: an estimate, not a published result) replaces ln(E / m_nu)
    by ln(T / hbar omega_p), because such distances are macroscopic in a condensed target.
    """

    neutrino_mass_ev: float = 1.0
    medium: str = "vacuum"
    plasmon_energy_ev: float | None = None


@dataclass(frozen=True, slots=True)
class LargerOfPhotonsAndSteps:
    """``epa-max``: stepping, of which q^2 gives way to equivalent photons where these are more.

    The larger of the two is what published limits use.  It is too small: photons are the
    transverse field of the charge, steps stand for the longitudinal one, and the two add.
    """

    options: EquivalentPhotons

    def rates(self, target: Material, electron: FreeElectron) -> FloatArray:
        """Spectra per kg: the larger at each T, atom by atom."""
        recoil = electron.recoil_kev
        total, row = np.zeros_like(electron.spectra), electron.charge_squared
        for c in target.constituents:
            per_atom = electron.spectra * c.atom.active_electrons(recoil)
            photons = equivalent_photon_template(
                c.atom.symbol, electron.moments, recoil, self.options
            )
            per_atom[row] = np.maximum(per_atom[row], photons)
            total += c.atoms_per_kg * per_atom
        return total

    def jumps_kev(self, target: Material) -> FloatArray:
        """Binding energies, and edges of photoabsorption."""
        edges = [photoabsorption_edges_kev(c.atom.symbol) for c in target.constituents]
        return np.concatenate([binding_energies_kev(target), *edges])

    def lowest_kev(self, target: Material) -> float:
        """0: it speaks of every energy."""
        return 0.0

    def scope(self, target: Material) -> str:
        """Nothing: the rule is the same everywhere."""
        return ""


def equivalent_photon_cross_section_cm2_per_kev(
    element: str, energy_mev: float, recoil_kev: float, q_nu: float, options: EquivalentPhotons
) -> float:
    """d sigma / d T of an atom: 2 alpha / pi sigma_gamma(T) / T ln(E / m_nu) q^2 [cm^2 / keV].

    Source: Chen et al., Phys. Rev. D 90, 011301 (2014), arXiv:1405.7168, Eq. (8).  It does not
    interfere with the weak amplitude.
    """
    sigma = float(photoabsorption_cm2(element, np.array([recoil_kev]))[0])
    if options.medium == "vacuum":
        logarithm = log(energy_mev * 1e6 / options.neutrino_mass_ev)
    else:
        logarithm = float(_medium_logarithm(np.array([recoil_kev]), options)[0])
    return 2 * ALPHA / pi * sigma / recoil_kev * logarithm * q_nu**2


def equivalent_photon_template(
    element: str, moments: FluxMoments, recoil_kev: FloatArray, options: EquivalentPhotons
) -> FloatArray:
    """Folded q^2 spectrum of one atom [s^-1 keV^-1] in the scaled unit of the templates."""
    lowest = min_neutrino_energy_mev(recoil_kev / KEV_PER_MEV, ELECTRON_MASS_MEV)
    if options.medium == "vacuum":
        weight = logarithmic_moment(moments.spectrum, lowest, options.neutrino_mass_ev * 1e-6)
    else:
        weight = moments.above(lowest)[0] * _medium_logarithm(recoil_kev, options)
    sigma = photoabsorption_cm2(element, recoil_kev, outside="zero")
    return np.asarray(2 * ALPHA / pi * sigma / recoil_kev * weight * Q_SCALE**2)


def logarithmic_moment(
    spectrum: PiecewiseSpectrum, energy_mev: FloatArray, unit_mev: float
) -> FloatArray:
    """Integral of S(x) ln(x / unit) dx above each energy, closed form in every cell.

    int x^k ln(x / u) dx = x^(k+1) / (k+1) [ln(x / u) - 1 / (k+1)].
    """
    edges = spectrum.edges_mev
    cells = np.arange(edges.size - 1)
    upper = _primitive(spectrum, cells, edges[1:], unit_mev)
    whole = upper - _primitive(spectrum, cells, edges[:-1], unit_mev)
    above = np.append(np.cumsum(whole[::-1])[::-1], 0.0)
    energy = np.clip(energy_mev, edges[0], edges[-1])
    cell = np.clip(np.searchsorted(edges, energy, side="right") - 1, 0, cells[-1])
    return np.asarray(above[cell + 1] + upper[cell] - _primitive(spectrum, cell, energy, unit_mev))


def _primitive(
    spectrum: PiecewiseSpectrum, cell: npt.NDArray[np.intp], x: FloatArray, unit_mev: float
) -> FloatArray:
    logarithm = np.log(np.maximum(x, 1e-300) / unit_mev)
    powers = [x ** (k + 1) / (k + 1) * (logarithm - 1 / (k + 1)) for k in range(4)]
    return np.asarray(np.sum(spectrum.coefficients[cell].T * powers, axis=0))


def _medium_logarithm(recoil_kev: FloatArray, options: EquivalentPhotons) -> FloatArray:
    if options.plasmon_energy_ev is None:
        raise ValueError("medium 'density-effect' needs plasmon_energy_ev (germanium: about 37)")
    return np.log(np.maximum(recoil_kev * 1e3 / options.plasmon_energy_ev, 1.0))
