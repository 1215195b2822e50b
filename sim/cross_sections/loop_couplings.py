"""One-loop couplings of neutrinos to nucleons from their formula: the check of the numbers used.

The couplings that ``sim.cross_sections.couplings`` uses are the published, rounded ones; this is
where they come from.  Source: Erler & Su, Prog. Part. Nucl. Phys. 71, 119 (2013), arXiv:1303.5522,
in the form of Atzori Corona et al., JHEP 09, 164 (2022), arXiv:2205.09484, appendix.
"""

from __future__ import annotations

from math import log, pi

from sim.cross_sections.constants import ALPHA, SIN2_THETA_W_LOW, W_MASS_MEV
from sim.cross_sections.couplings import LEPTON_MASS_MEV

RHO = 1.00063
ALPHA_Z = 1 / 127.952
SIN2_THETA_W_Z = 0.23122
ALPHA_STRONG_Z = 0.1179

_COS2 = 1 - SIN2_THETA_W_Z
_BOX_WW = -ALPHA_Z / (2 * pi * SIN2_THETA_W_Z) * (1 - ALPHA_STRONG_Z / (2 * pi))
_CROSSED_WW = ALPHA_Z / (8 * pi * SIN2_THETA_W_Z) * (1 + ALPHA_STRONG_Z / pi)


def charge_radius_term(flavour: str) -> float:
    """phi_l = -alpha / (6 pi) [ln(M_W^2 / m_l^2) + 3/2]: the diagram of the charge radius."""
    return -ALPHA / (6 * pi) * (2 * log(W_MASS_MEV / LEPTON_MASS_MEV[flavour]) + 1.5)


def proton_vector_coupling(flavour: str, sin2_theta_w: float = SIN2_THETA_W_LOW) -> float:
    """g_V^p = rho (1/2 - 2 s^2) + 2 x_WW + b_WW - 2 phi_l + rho (2 zz_uL + zz_dL - R)."""
    boxes = 2 * _box_zz(0.5, 2 / 3) + _box_zz(-0.5, -1 / 3)
    tree = RHO * (0.5 - 2 * sin2_theta_w)
    return tree + 2 * _CROSSED_WW + _BOX_WW - 2 * charge_radius_term(flavour) + RHO * boxes


def neutron_vector_coupling() -> float:
    """g_V^n = -rho / 2 + 2 b_WW + x_WW + rho (2 zz_dL + zz_uL - R)."""
    boxes = 2 * _box_zz(-0.5, -1 / 3) + _box_zz(0.5, 2 / 3)
    return -RHO / 2 + 2 * _BOX_WW + _CROSSED_WW + RHO * boxes


def _box_zz(isospin: float, charge: float) -> float:
    """zz_L - zz_R of a quark: -3 alpha_Z / (8 pi s^2 c^2) g^2 (1 - alpha_s / pi)."""
    left = isospin - charge * SIN2_THETA_W_Z
    right = -charge * SIN2_THETA_W_Z
    factor = -3 * ALPHA_Z / (8 * pi * SIN2_THETA_W_Z * _COS2) * (1 - ALPHA_STRONG_Z / pi)
    return factor * (left**2 - right**2)
