"""Recoil spectra of a material in a flux: the folded templates per kg, day and keV."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from detectors.matter.materials import Constituent, Material
from fluxes.moments import FluxMoments
from sim.cross_sections.axial import axial_template
from sim.cross_sections.constants import ELECTRON_MASS_MEV, KEV_PER_MEV, SECONDS_PER_DAY
from sim.cross_sections.electron import free_electron_templates
from sim.cross_sections.ionization.model import FreeElectron
from sim.cross_sections.kinematics import max_recoil_mev
from sim.cross_sections.nucleus import nucleus_templates, with_strengths
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.theory import STANDARD, Theory
from sim.physics import Physics

CHANNELS = ("electron", "nucleus")


def electron_recoil_rates(
    moments: FluxMoments, material: Material, physics: Physics, recoil_kev: FloatArray
) -> FloatArray:
    """Templates of ionization, shape (n_templates, n), in kg^-1 day^-1 keV^-1.

    T is the energy that the neutrino loses, which is the whole deposit.
    """
    theory = physics.theory
    integrals = tuple(template.integral for template in theory.templates)

    def rates(flux: FluxMoments) -> FloatArray:
        spectra = free_electron_templates(flux, recoil_kev, theory)
        electron = FreeElectron(flux, recoil_kev, spectra, integrals)
        found = physics.ionization.rates(material, electron) * SECONDS_PER_DAY
        return with_strengths(found, "electron", theory)

    return _with_lost_flux(rates, moments, theory)


def nucleus_recoil_rates(
    moments: FluxMoments, target: Constituent, physics: Physics, recoil_kev: FloatArray
) -> FloatArray:
    """Templates of coherent scattering on one element, (n_templates, n), kg^-1 day^-1 keV^-1.

    Sum over its isotopes; T is the nuclear recoil energy, before quenching; the rate is per kg of
    the whole material.
    """
    theory, factor = physics.theory, physics.form_factor
    standard = theory.signal.templates.index(STANDARD)

    def rates(flux: FluxMoments) -> FloatArray:
        total = np.zeros((len(theory.templates), recoil_kev.size))
        for nucleus in target.isotopes:
            spectra = nucleus_templates(flux, recoil_kev, nucleus, theory, form_factor_name=factor)
            if physics.axial:
                spectra[standard] += axial_template(flux, recoil_kev, nucleus, factor)
            total += nucleus.abundance * spectra
        total *= target.atoms_per_kg * SECONDS_PER_DAY
        return with_strengths(total, "nucleus", theory)

    return _with_lost_flux(rates, moments, theory)


def _with_lost_flux(
    rates: Callable[[FluxMoments], FloatArray], moments: FluxMoments, theory: Theory
) -> FloatArray:
    """Templates in a flux, and in what changes of the flux take of it those of these changes."""
    out = rates(moments)
    standard = theory.signal.templates.index(STANDARD)
    for change in theory.changes:
        lost = rates(change.lost(moments))
        for row, template in enumerate(theory.templates):
            if change in template.factors:
                out[row] = lost[standard] if template.factors == (change,) else lost[row]
    return out


def recoil_rates(
    channel: str,
    moments: FluxMoments,
    material: Material,
    physics: Physics,
    recoil_kev: FloatArray,
) -> FloatArray:
    """Templates of a channel summed over the elements, (n_templates, n), kg^-1 day^-1 keV^-1.

    Raises
    ------
    ValueError
        for an unknown channel or a recoil energy that is not positive.
    """
    if channel not in CHANNELS:
        raise ValueError(f"channel {channel!r}: allowed are {', '.join(CHANNELS)}")
    if not np.all(recoil_kev > 0):
        bad = int(np.argmax(~(recoil_kev > 0)))
        raise ValueError(f"recoil_kev must be > 0: recoil_kev[{bad}] = {recoil_kev[bad]:g}")
    if channel == "electron":
        return electron_recoil_rates(moments, material, physics, recoil_kev)
    per_element = [
        nucleus_recoil_rates(moments, target, physics, recoil_kev)
        for target in material.constituents
    ]
    return np.asarray(np.sum(per_element, axis=0))


def max_electron_recoil_kev(moments: FluxMoments) -> float:
    """Kinematic end point of the electron channel."""
    return float(max_recoil_mev(moments.max_energy_mev, ELECTRON_MASS_MEV)) * KEV_PER_MEV


def max_nucleus_recoils_kev(moments: FluxMoments, target: Constituent) -> list[float]:
    """Kinematic end points of an element's isotopes."""
    return [
        float(max_recoil_mev(moments.max_energy_mev, nucleus.mass_mev)) * KEV_PER_MEV
        for nucleus in target.isotopes
    ]
