"""Couplings of neutrinos to electrons and nucleons in two named schemes."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi, sqrt

from sim.cross_sections.constants import (
    CHARGE_RADIUS_COUPLING_CM2,
    FERMI_MEV2,
    HBAR_C2_MEV2_CM2,
    SIN2_THETA_W_LOW,
    W_MASS_MEV,
)

COUPLING_SCHEMES = ("one-loop", "tree")
FLAVOURS = ("e", "mu", "tau")
LEPTON_MASS_MEV = {"e": 0.51099895, "mu": 105.6583755, "tau": 1776.86}
_LOOP_PROTON_VECTOR = {"e": 0.0382, "mu": 0.0300, "tau": 0.0256}


def sm_charge_radius_cm2(flavour: str) -> float:
    """Standard Model charge radius: -G_F / (2 sqrt2 pi^2) [3 - 2 ln(m_l^2 / M_W^2)].

    -8.2751e-33, -4.8055e-33, -2.9687e-33 cm^2 for e, mu, tau.
    Source: Bernabeu et al., Phys. Rev. D 62, 113012 (2000), hep-ph/0008114; Nucl. Phys. B 680,
    450 (2004), hep-ph/0303202.

    Raises
    ------
    ValueError
        for another flavour.

    Examples
    --------
    >>> print(f"{nuem.sm_charge_radius_cm2('e'):.2e} cm2")
    -8.28e-33 cm2
    """
    _check_flavour(flavour)
    ratio = LEPTON_MASS_MEV[flavour] / W_MASS_MEV
    radius_mev2 = -FERMI_MEV2 / (2 * sqrt(2) * pi**2) * (3 - 4 * log(ratio))
    return float(radius_mev2 * HBAR_C2_MEV2_CM2)


@dataclass(frozen=True, slots=True)
class Couplings:
    """Vector and axial couplings of one flavour, the charge radius and the angle in them."""

    scheme: str
    flavour: str
    electron_vector: float
    electron_axial: float
    proton_vector: float
    neutron_vector: float
    sm_charge_radius_cm2: float
    sin2_theta_w: float = SIN2_THETA_W_LOW


def couplings(
    scheme: str = "one-loop", sin2_theta_w: float = SIN2_THETA_W_LOW, flavour: str = "e"
) -> Couplings:
    """Couplings of a scheme and flavour.

    ``one-loop``: electron neutrinos g_V = 0.9521, g_A = 0.4938 on electrons; muon neutrinos
    -0.0398, -0.5064, tau neutrinos the same but for the difference of the charge radii;
    g_V^p = 0.0382, 0.0300, 0.0256, g_V^n = -0.5117 on nucleons.  They contain the Standard
    Model's charge radius; another sin^2 theta_W shifts g_V by twice the difference and g_V^p by
    minus that.  Source: Erler & Su, Prog. Part. Nucl. Phys. 71, 119 (2013), as evaluated in
    Atzori Corona et al., JHEP 09, 164 (2022), arXiv:2205.09484
    (``sim.cross_sections.loop_couplings``).
    ``tree``: g_V = 2 s^2 +- 1/2, g_A = +- 1/2 (+ for e), g_V^p = 1/2 - 2 s^2, g_V^n = -1/2; the
    Standard Model is a charge radius of 0.  Source: Kouzakov & Studenikin, arXiv:1603.02462.

    Raises
    ------
    ValueError
        for another scheme or flavour.

    Examples
    --------
    >>> weak = nuem.couplings()
    >>> round(weak.electron_vector, 4), round(weak.electron_axial, 4)
    (0.9521, 0.4938)
    """
    _check_flavour(flavour)
    if scheme == "one-loop":
        return _one_loop(sin2_theta_w, flavour)
    if scheme == "tree":
        s2, sign = sin2_theta_w, 1 if flavour == "e" else -1
        vector, axial = 2 * s2 + sign * 0.5, sign * 0.5
        return Couplings(scheme, flavour, vector, axial, 0.5 - 2 * s2, -0.5, 0.0, s2)
    raise ValueError(f"couplings {scheme!r}: allowed are {', '.join(COUPLING_SCHEMES)}")


def _one_loop(sin2_theta_w: float, flavour: str) -> Couplings:
    shift = 2 * (sin2_theta_w - SIN2_THETA_W_LOW)
    radius = sm_charge_radius_cm2(flavour)
    vector, axial = 0.9521, 0.4938
    if flavour != "e":
        from_muon = radius - sm_charge_radius_cm2("mu")
        vector, axial = -0.0398 + CHARGE_RADIUS_COUPLING_CM2 * from_muon, -0.5064
    proton = _LOOP_PROTON_VECTOR[flavour] - shift
    return Couplings(
        "one-loop", flavour, vector + shift, axial, proton, -0.5117, radius, sin2_theta_w
    )


def _check_flavour(flavour: str) -> None:
    if flavour not in FLAVOURS:
        raise ValueError(f"flavour {flavour!r}: allowed are {', '.join(FLAVOURS)}")
