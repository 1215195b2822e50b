"""Electroweak inputs and unit conversions; those not of CODATA 2022 name their source."""

from __future__ import annotations

from math import pi, sqrt

from fluxes.constants import ELECTRON_MASS_MEV as ELECTRON_MASS_MEV
from fluxes.constants import FINE_STRUCTURE, HBAR_C_MEV_FM
from sim.cross_sections.atomic.constants import HARTREE_KEV as HARTREE_KEV

ALPHA = FINE_STRUCTURE
FERMI_MEV2 = 1.1663787e-5 * 1e-6
HBAR_C_MEV_CM = HBAR_C_MEV_FM * 1e-13
HBAR_C2_MEV2_CM2 = HBAR_C_MEV_CM**2
SECONDS_PER_DAY = 86400.0
KEV_PER_MEV = 1e3

SIN2_THETA_W_LOW = 0.23857
"""sin^2 theta_W at zero momentum transfer (PDG 2018)."""

W_MASS_MEV = 80377.0
"""W boson mass (PDG 2022)."""

CHARGE_RADIUS_COUPLING_CM2 = sqrt(2) * pi * ALPHA / (3 * FERMI_MEV2) / HBAR_C2_MEV2_CM2
"""C_R = sqrt(2) pi alpha / (3 G_F) in cm^-2: shift of a vector coupling per charge radius.

Source: Giunti & Studenikin, Rev. Mod. Phys. 87, 531 (2015), section VII; sign and factor two
agree with the charge-radius term of the one-loop couplings (docs, theory page)."""
