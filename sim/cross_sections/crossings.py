"""Recoil energies below which the magnetic moment outweighs the weak interaction."""

from __future__ import annotations

from math import pi

from sim.cross_sections.constants import ALPHA, ELECTRON_MASS_MEV, FERMI_MEV2, KEV_PER_MEV
from sim.cross_sections.couplings import Couplings


def electron_crossing_kev(mu_nu: float, couplings: Couplings | None = None) -> float:
    """T below which mu_nu outweighs the weak rate on electrons, E much above T.

    pi^2 alpha^2 / (G_F^2 m_e^3) mu^2 = 2.895 keV (mu / 1e-11 mu_B)^2: Kouzakov & Studenikin,
    arXiv:1603.02462.  With couplings, divided by g_V^2 + g_A^2, the low-T limit of the bracket.

    Examples
    --------
    >>> print(f"{nuem.electron_crossing_kev(3e-11):.1f} keV")
    26.1 keV
    """
    scale = (pi * ALPHA * mu_nu / FERMI_MEV2) ** 2 / ELECTRON_MASS_MEV**3 * KEV_PER_MEV
    if couplings is None:
        return scale
    return scale / (couplings.electron_vector**2 + couplings.electron_axial**2)


def nucleus_crossing_kev(
    mu_nu: float, z: int, n: float, mass_mev: float, couplings: Couplings
) -> float:
    """T below which mu_nu outweighs the weak rate on a nucleus of Z protons and N neutrons.

    pi^2 alpha^2 Z^2 mu^2 / (G_F^2 m_e^2 M W^2), W = Z g_p + N g_n: 0.058 eV for germanium and
    1e-11 mu_B, 4e4 times below the electrons'.  For an element, N and M may be means over its
    isotopes.  Source: Kouzakov & Studenikin, arXiv:1603.02462.
    """
    weak = mass_mev * (z * couplings.proton_vector + n * couplings.neutron_vector) ** 2
    magnetic = (pi * ALPHA * z * mu_nu / (FERMI_MEV2 * ELECTRON_MASS_MEV)) ** 2
    return magnetic / weak * KEV_PER_MEV
