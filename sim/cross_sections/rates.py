"""Recoil spectra of a material in a flux: the folded monomials per kg, day and keV."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from detectors.matter.materials import Constituent, Material
from fluxes.moments import FluxMoments
from sim.cross_sections.axial import axial_template
from sim.cross_sections.constants import ELECTRON_MASS_MEV, KEV_PER_MEV, SECONDS_PER_DAY
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.electron import free_electron_templates
from sim.cross_sections.equivalent_photon import EquivalentPhotons, equivalent_photon_template
from sim.cross_sections.ionization import electrons_per_atom
from sim.cross_sections.kinematics import max_recoil_mev
from sim.cross_sections.nucleus import nucleus_templates
from sim.cross_sections.parameters import MONOMIALS, TEMPLATES, FloatArray

CHANNELS = ("electron", "nucleus")
_CHARGE_SQUARED = MONOMIALS.index("q2")


@dataclass(frozen=True, slots=True)
class Interaction:
    """The switches of the cross sections."""

    couplings: Couplings
    ionization: str = "stepping"
    form_factor: str = "helm"
    axial: bool = False
    charge_sign: int = 1
    equivalent_photons: EquivalentPhotons = field(default_factory=EquivalentPhotons)


def electron_recoil_rates(
    moments: FluxMoments, material: Material, interaction: Interaction, recoil_kev: FloatArray
) -> FloatArray:
    """Templates of ionization, shape (n_templates, n), in kg^-1 day^-1 keV^-1.

    T is the energy that the neutrino loses, which is the whole deposit.  Normalised per atom:
    atoms per kg times the electrons that T can free.  With ``epa-max`` the q^2 spectrum of an
    atom is the larger of the equivalent-photon and the stepping one at each T.
    """
    per_electron = free_electron_templates(
        moments, recoil_kev, interaction.couplings, charge_sign=interaction.charge_sign
    )
    total = np.zeros((len(TEMPLATES), recoil_kev.size))
    for target in material.constituents:
        per_atom = per_electron * electrons_per_atom(
            target.atom, recoil_kev, interaction.ionization
        )
        if interaction.ionization == "epa-max":
            photons = equivalent_photon_template(
                target.atom.symbol, moments, recoil_kev, interaction.equivalent_photons
            )
            per_atom[_CHARGE_SQUARED] = np.maximum(per_atom[_CHARGE_SQUARED], photons)
        total[: len(MONOMIALS)] += target.atoms_per_kg * per_atom
    return np.asarray(total * SECONDS_PER_DAY)


def nucleus_recoil_rates(
    moments: FluxMoments, target: Constituent, interaction: Interaction, recoil_kev: FloatArray
) -> FloatArray:
    """Templates of coherent scattering on one element, (n_templates, n), kg^-1 day^-1 keV^-1.

    Sum over its isotopes; T is the nuclear recoil energy, before quenching; the rate is per kg of
    the whole material.
    """
    total = np.zeros((len(TEMPLATES), recoil_kev.size))
    monomials = total[: len(MONOMIALS)]
    for nucleus in target.isotopes:
        spectra = nucleus_templates(
            moments,
            recoil_kev,
            nucleus,
            interaction.couplings,
            form_factor_name=interaction.form_factor,
            charge_sign=interaction.charge_sign,
        )
        if interaction.axial:
            spectra[0] += axial_template(moments, recoil_kev, nucleus, interaction.form_factor)
        monomials += nucleus.abundance * spectra
    total[TEMPLATES.index("nucleus")] = total[TEMPLATES.index("1")]
    return np.asarray(total * target.atoms_per_kg * SECONDS_PER_DAY)


def recoil_rates(
    channel: str,
    moments: FluxMoments,
    material: Material,
    interaction: Interaction,
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
        return electron_recoil_rates(moments, material, interaction, recoil_kev)
    per_element = [
        nucleus_recoil_rates(moments, target, interaction, recoil_kev)
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
