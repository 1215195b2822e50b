"""Kinematics of elastic scattering on a target at rest: E_min, T_max and the recoil angle."""

from __future__ import annotations

import numpy as np

from sim.cross_sections.parameters import FloatArray


def min_neutrino_energy_mev(recoil_mev: FloatArray, mass_mev: float) -> FloatArray:
    """E_min(T) = (T + sqrt(T^2 + 2 M T)) / 2, exact; the inverse of T_max(E)."""
    return np.asarray((recoil_mev + np.sqrt(recoil_mev**2 + 2 * mass_mev * recoil_mev)) / 2)


def max_recoil_mev(energy_mev: float, mass_mev: float) -> float:
    """T_max(E) = 2 E^2 / (M + 2 E)."""
    return 2 * energy_mev**2 / (mass_mev + 2 * energy_mev)


def recoil_angle_rad(energy_mev: float, recoil_mev: float, mass_mev: float) -> float:
    """Angle chi between the neutrino and the recoiling target.

    cos chi = (E + M) / E [T / (T + 2 M)]^(1/2).
    Source: Kouzakov & Studenikin, arXiv:1603.02462 (for electrons); energy-momentum conservation.

    Raises
    ------
    ValueError
        if an energy is not positive or T exceeds T_max(E).

    Examples
    --------
    >>> print(f"{nuem.recoil_angle_rad(energy_mev=3.0, recoil_mev=1.0, mass_mev=0.511):.3f}")
    0.604
    """
    check_positive(energy_mev=energy_mev, recoil_mev=recoil_mev, mass_mev=mass_mev)
    end = max_recoil_mev(energy_mev, mass_mev)
    if recoil_mev > end * (1 + 1e-12):
        raise ValueError(f"recoil_mev = {recoil_mev:g} exceeds T_max = {end:g} MeV")
    cosine = (
        (energy_mev + mass_mev) / energy_mev * (recoil_mev / (recoil_mev + 2 * mass_mev)) ** 0.5
    )
    return float(np.arccos(min(cosine, 1.0)))


def check_positive(**values: float) -> None:
    """Raise ValueError for the first value that is not a positive finite number."""
    for name, value in values.items():
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be a positive number: found {value:g}")
