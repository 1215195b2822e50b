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
from sim.cross_sections.ionization.equivalent_photon import EquivalentPhotons
from sim.cross_sections.ionization.model import FreeElectron, IonizationModel
from sim.cross_sections.ionization.pai import Matter
from sim.cross_sections.ionization.registry import ionization_model
from sim.cross_sections.kinematics import max_recoil_mev
from sim.cross_sections.nucleus import nucleus_templates
from sim.cross_sections.parameters import MONOMIALS, TEMPLATES, FloatArray

CHANNELS = ("electron", "nucleus")


@dataclass(frozen=True, slots=True)
class Interaction:
    """The switches of the cross sections."""

    couplings: Couplings
    ionization: str = "stepping"
    form_factor: str = "helm"
    axial: bool = False
    charge_sign: int = 1
    equivalent_photons: EquivalentPhotons = field(default_factory=EquivalentPhotons)
    matter: Matter = field(default_factory=Matter)

    def ionization_model(self) -> IonizationModel:
        """The ionization model with its options; ValueError for an unknown name."""
        return ionization_model(self.ionization, self.equivalent_photons, self.matter)


def electron_recoil_rates(
    moments: FluxMoments, material: Material, interaction: Interaction, recoil_kev: FloatArray
) -> FloatArray:
    """Templates of ionization, shape (n_templates, n), in kg^-1 day^-1 keV^-1.

    T is the energy that the neutrino loses, which is the whole deposit.
    """
    spectra = free_electron_templates(
        moments, recoil_kev, interaction.couplings, charge_sign=interaction.charge_sign
    )
    electron = FreeElectron(moments, recoil_kev, spectra)
    total = np.zeros((len(TEMPLATES), recoil_kev.size))
    total[: len(MONOMIALS)] = interaction.ionization_model().rates(material, electron)
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
