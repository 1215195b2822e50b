"""Nuclei: natural isotopes, nuclear masses and spins, and form factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from detectors.constants import ATOMIC_MASS_MEV, ELECTRON_MASS_MEV, HBAR_C_MEV_FM
from detectors.tables import FloatArray, as_float_array, shipped_elements


@dataclass(frozen=True, slots=True)
class Isotope:
    """One natural isotope; abundance is the fraction of the element's atoms.

    charge_radius_fm is the root of the mean squared charge radius, None where it has not been
    measured; spin is that of the ground state in units of hbar.
    """

    element: str
    z: int
    a: int
    abundance: float
    atomic_mass_u: float
    charge_radius_fm: float | None
    spin: float

    @property
    def n(self) -> int:
        """Number of neutrons."""
        return self.a - self.z

    @property
    def mass_mev(self) -> float:
        """Nuclear mass: atomic mass less Z electron masses (electron binding neglected)."""
        return float(self.atomic_mass_u * ATOMIC_MASS_MEV - self.z * ELECTRON_MASS_MEV)


@cache
def natural_isotopes(element: str) -> tuple[Isotope, ...]:
    """Natural isotopes of an element, by mass number (AME 2020, CIAAW 2021, NUBASE 2020).

    Raises
    ------
    ValueError
        for an element that is not in the shipped table.
    """
    table = shipped_elements("isotopes.csv")
    if element not in table:
        raise ValueError(f"element {element!r}: isotopes are shipped for {', '.join(table)}")
    rows = table[element]
    total = sum(float(row["abundance_percent"]) for row in rows)
    return tuple(
        Isotope(
            element=element,
            z=int(row["z"]),
            a=int(row["a"]),
            abundance=float(row["abundance_percent"]) / total,
            atomic_mass_u=float(row["atomic_mass_u"]),
            charge_radius_fm=float(row["charge_radius_fm"]) if row["charge_radius_fm"] else None,
            spin=float(Fraction(row["spin"])),
        )
        for row in rows
    )


def isotope(name: str) -> Isotope:
    """A natural isotope by name, such as ``"Ge-74"``.

    Raises
    ------
    ValueError
        for a name of another form or an isotope that is not shipped.

    Examples
    --------
    >>> germanium = nuem.isotope("Ge-74")
    >>> germanium.z, germanium.a
    (32, 74)
    """
    element, _, mass_number = name.partition("-")
    isotopes = natural_isotopes(element)
    for candidate in isotopes:
        if mass_number == str(candidate.a):
            return candidate
    known = ", ".join(f"{element}-{candidate.a}" for candidate in isotopes)
    raise ValueError(f"isotope {name!r}: natural isotopes of {element} are {known}")


def unity(nucleus: Isotope, momentum_mev: FloatArray) -> FloatArray:
    """F = 1: a point nucleus."""
    return np.ones_like(momentum_mev)


def helm(nucleus: Isotope, momentum_mev: FloatArray) -> FloatArray:
    """Helm form factor with Lewin and Smith's radius.

    F = 3 j1(q R0) / (q R0) exp(-q^2 s^2 / 2), s = 0.9 fm,
    R0^2 = c^2 + 7/3 pi^2 a^2 - 5 s^2, c = 1.23 A^(1/3) - 0.60 fm, a = 0.52 fm.
    Source: Helm, Phys. Rev. 104, 1466 (1956); Lewin & Smith, Astropart. Phys. 6, 87 (1996),
    Eq. (4.11).
    """
    c = 1.23 * nucleus.a ** (1 / 3) - 0.60
    squared_radius = c**2 + 7 / 3 * np.pi**2 * 0.52**2 - 5 * 0.9**2
    return _helm(np.sqrt(squared_radius), momentum_mev)


def helm_rms(nucleus: Isotope, momentum_mev: FloatArray) -> FloatArray:
    """Helm form factor with R0^2 = 5/3 (R_rms^2 - 3 s^2), from the measured charge radius.

    Charge radii: Angeli & Marinova, At. Data Nucl. Data Tables 99, 69 (2013).

    Raises
    ------
    ValueError
        if the isotope's charge radius has not been measured, or is smaller than the sqrt(3) s of
        the folding Gaussian alone (hydrogen).
    """
    radius, name = nucleus.charge_radius_fm, f"{nucleus.element}-{nucleus.a}"
    if radius is None:
        raise ValueError(f"form factor 'helm-rms': no charge radius is shipped for {name}")
    squared_radius = 5 / 3 * (radius**2 - 3 * 0.9**2)
    if squared_radius < 0:
        raise ValueError(
            f"form factor 'helm-rms': the charge radius of {name}, {radius:g} fm, is below "
            f"1.559 fm, the least that Helm's shape can have"
        )
    return _helm(np.sqrt(squared_radius), momentum_mev)


def klein_nystrand(nucleus: Isotope, momentum_mev: FloatArray) -> FloatArray:
    """F = 3 j1(q R) / (q R) / (1 + q^2 a^2), R = 1.2 A^(1/3) fm, a = 0.7 fm.

    Source: Klein & Nystrand, Phys. Rev. C 60, 014903 (1999), Eq. (14).
    """
    q = momentum_mev / HBAR_C_MEV_FM
    return np.asarray(_uniform_sphere(q * 1.2 * nucleus.a ** (1 / 3)) / (1 + (0.7 * q) ** 2))


FORM_FACTORS: dict[str, Callable[[Isotope, FloatArray], FloatArray]] = {
    "helm": helm,
    "helm-rms": helm_rms,
    "klein-nystrand": klein_nystrand,
    "unity": unity,
}


def form_factor(name: str, nucleus: Isotope, recoil_kev: FloatArray | float) -> FloatArray:
    """F at momentum transfer q = sqrt(2 M T) for each recoil energy T.

    Raises
    ------
    ValueError
        for an unknown name, or a parametrisation without data for the isotope.
    """
    if name not in FORM_FACTORS:
        raise ValueError(f"form factor {name!r}: allowed are {', '.join(FORM_FACTORS)}")
    momentum_mev = np.sqrt(2 * nucleus.mass_mev * as_float_array(recoil_kev) * 1e-3)
    return FORM_FACTORS[name](nucleus, momentum_mev)


def _helm(radius_fm: float, momentum_mev: FloatArray) -> FloatArray:
    q = momentum_mev / HBAR_C_MEV_FM
    return np.asarray(_uniform_sphere(q * radius_fm) * np.exp(-((0.9 * q) ** 2) / 2))


def _uniform_sphere(x: FloatArray) -> FloatArray:
    """3 j1(x) / x, by its series below x = 0.05 where the closed form cancels."""
    small = np.abs(x) < 0.05
    safe = np.where(small, 1.0, x)
    closed = 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
    return np.where(small, 1 - x**2 / 10 + x**4 / 280, closed)
