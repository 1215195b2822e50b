"""Electroweak inputs and unit conversions; CODATA values come from scipy.constants."""

from __future__ import annotations

from math import pi, sqrt

from scipy import constants

ALPHA: float = constants.fine_structure
ELECTRON_MASS_MEV: float = constants.value("electron mass energy equivalent in MeV")
FERMI_MEV2: float = constants.value("Fermi coupling constant") * 1e-6
HBAR_C_MEV_CM: float = constants.value("reduced Planck constant times c in MeV fm") * 1e-13
HBAR_C2_MEV2_CM2 = HBAR_C_MEV_CM**2
SECONDS_PER_DAY = constants.day
KEV_PER_MEV = 1e3

SIN2_THETA_W_LOW = 0.23857
"""sin^2 theta_W at zero momentum transfer (PDG 2018)."""

W_MASS_MEV = 80377.0
"""W boson mass (PDG 2022)."""

CHARGE_RADIUS_COUPLING_CM2 = sqrt(2) * pi * ALPHA / (3 * FERMI_MEV2) / HBAR_C2_MEV2_CM2
"""C_R = sqrt(2) pi alpha / (3 G_F) in cm^-2: shift of a vector coupling per charge radius.

Source: Giunti & Studenikin, Rev. Mod. Phys. 87, 531 (2015), section VII; sign and factor two
agree with the charge-radius term of the one-loop couplings (docs, theory page)."""
