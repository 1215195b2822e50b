"""Recoil spectra of a material in a flux: the folded monomials per kg, day and keV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.materials import Constituent, Material
from fluxes.moments import FluxMoments
from sim.constants import ELECTRON_MASS_MEV, KEV_PER_MEV, SECONDS_PER_DAY
from sim.couplings import Couplings
from sim.electron import electrons_per_atom, free_electron_templates
from sim.kernels import max_recoil_energy
from sim.nucleus import nucleus_templates
from sim.parameters import FloatArray

CHANNELS = ("electron", "nucleus")


@dataclass(frozen=True, slots=True)
class Interaction:
    """The switches of the cross sections."""

    couplings: Couplings
    ionization: str = "stepping"
    form_factor: str = "helm"
    charge_sign: int = 1


def electron_recoil_rates(
    moments: FluxMoments, material: Material, interaction: Interaction, recoil_kev: FloatArray
) -> FloatArray:
    """Monomial spectra of ionization, shape (7, n), in kg^-1 day^-1 keV^-1.

    T is the energy that the neutrino loses, which is the whole deposit.  Normalised per atom:
    atoms per kg times the electrons that T can free.
    """
    per_electron = free_electron_templates(
        moments, recoil_kev, interaction.couplings, charge_sign=interaction.charge_sign
    )
    electrons_per_kg = np.zeros(recoil_kev.shape)
    for constituent in material.constituents:
        electrons = electrons_per_atom(constituent.atom, recoil_kev, interaction.ionization)
        electrons_per_kg += constituent.atoms_per_kg * electrons
    return np.asarray(per_electron * electrons_per_kg * SECONDS_PER_DAY)


def nucleus_recoil_rates(
    moments: FluxMoments, target: Constituent, interaction: Interaction, recoil_kev: FloatArray
) -> FloatArray:
    """Monomial spectra of coherent scattering on one element, shape (7, n), kg^-1 day^-1 keV^-1.

    Sum over its isotopes; T is the nuclear recoil energy, before quenching; the rate is per kg of
    the whole material.
    """
    total = np.zeros((7, recoil_kev.size))
    for nucleus in target.isotopes:
        total += nucleus.abundance * nucleus_templates(
            moments,
            recoil_kev,
            nucleus,
            interaction.couplings,
            form_factor_name=interaction.form_factor,
            charge_sign=interaction.charge_sign,
        )
    return np.asarray(total * target.atoms_per_kg * SECONDS_PER_DAY)


def recoil_rates(
    channel: str,
    moments: FluxMoments,
    material: Material,
    interaction: Interaction,
    recoil_kev: FloatArray,
) -> FloatArray:
    """Monomial spectra of a channel summed over the elements, shape (7, n), kg^-1 day^-1 keV^-1.

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
    return float(max_recoil_energy(moments.max_energy_mev, ELECTRON_MASS_MEV)) * KEV_PER_MEV


def max_nucleus_recoils_kev(moments: FluxMoments, target: Constituent) -> list[float]:
    """Kinematic end points of an element's isotopes."""
    return [
        float(max_recoil_energy(moments.max_energy_mev, nucleus.mass_mev)) * KEV_PER_MEV
        for nucleus in target.isotopes
    ]
