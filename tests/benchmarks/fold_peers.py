"""The fold: ours, the same by hand in C++, and scipy's quadrature of the cross sections."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import quad

from detectors.matter.nuclei import Isotope, form_factor, isotope
from fluxes import kernels as flux_kernels
from fluxes.spectrum import PiecewiseSpectrum, from_function
from sim.cross_sections import kernels
from sim.cross_sections.constants import ALPHA, ELECTRON_MASS_MEV, FERMI_MEV2, HBAR_C2_MEV2_CM2
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.kinematics import min_neutrino_energy_mev
from sim.cross_sections.nucleus import weak_charge

Array = np.ndarray[Any, np.dtype[np.float64]]
_SOURCE = Path(__file__).with_name("fold.cpp")


_CHARGE, _RADIUS = 1e-4, 0.1
_PRODUCTS = np.array(
    [(0, 0, 0), (1, -1, -1), (2, 0, 1), (3, 1, 1), (4, 0, 2), (5, 2, 2), (6, 1, 2)]
)
"""The Standard Model, mu^2, q, q^2, r, r^2 and q r, in the rows of the C++."""

FLUX_MEV = (1.0, 10.0)
_FLUX = (
    (0.58, 0.870, -0.160, -0.0910),
    (0.07, 0.976, -0.162, -0.0790),
    (0.30, 0.896, -0.239, -0.0981),
    (0.05, 0.793, -0.080, -0.1085),
)
"""Fission fractions and Vogel and Engel's exponents: U-235, U-238, Pu-239, Pu-241."""


def smooth_flux(energy_mev: float) -> float:
    """A reactor's flux per fission: four exponentials of polynomials."""
    return math.fsum(f * math.exp(a + energy_mev * (b + c * energy_mev)) for f, a, b, c in _FLUX)


def smooth_spectrum() -> PiecewiseSpectrum:
    """The same in 500 cubic cells."""
    edges = np.linspace(*FLUX_MEV, 501)
    return from_function(np.vectorize(smooth_flux), edges)


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """500 recoils of a channel in a flux, with everything that the kernels take.

    Shifts of q and r are set to numbers of order one: the seven monomials are all computed.
    constants and amplitudes are what the C++ takes, arguments what our kernels take.
    """

    spectrum: PiecewiseSpectrum
    recoil: Array
    energy: Array
    constants: tuple[float, ...]
    arguments: tuple[Any, ...]
    amplitudes: tuple[Array, ...] = ()

    @classmethod
    def on_electrons(cls, spectrum: PiecewiseSpectrum, couplings: Couplings, recoil: Array) -> Fold:
        """Free electrons."""
        weak = FERMI_MEV2**2 * ELECTRON_MASS_MEV / (2 * math.pi) * HBAR_C2_MEV2_CM2
        magnetic = math.pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * HBAR_C2_MEV2_CM2 * 1e-22
        vector, axial = couplings.electron_vector, -couplings.electron_axial
        one, none = np.ones_like(recoil), np.zeros_like(recoil)
        return cls(
            spectrum,
            recoil,
            min_neutrino_energy_mev(recoil, ELECTRON_MASS_MEV),
            (vector, axial, ELECTRON_MASS_MEV, _CHARGE, _RADIUS, weak, magnetic),
            (
                np.array([vector * one, _CHARGE / recoil, _RADIUS * one]),
                np.array([axial * one]),
                _PRODUCTS,
                magnetic * np.array([[1 / recoil, -one, none]]),
                ELECTRON_MASS_MEV,
                weak,
            ),
        )

    @classmethod
    def on_nuclei(cls, spectrum: PiecewiseSpectrum, couplings: Couplings, recoil: Array) -> Fold:
        """Ge-74, spinless."""
        nucleus: Isotope = isotope("Ge-74")
        factor = form_factor("helm", nucleus, recoil * 1e3)
        weak = FERMI_MEV2**2 * nucleus.mass_mev / math.pi * HBAR_C2_MEV2_CM2
        magnetic = math.pi * ALPHA**2 / ELECTRON_MASS_MEV**2 * HBAR_C2_MEV2_CM2 * 1e-22
        amplitude, charge = weak_charge(nucleus, couplings) * factor, nucleus.z * factor
        return cls(
            spectrum,
            recoil,
            min_neutrino_energy_mev(recoil, nucleus.mass_mev),
            (nucleus.mass_mev, 1.0, _CHARGE, _RADIUS, weak, magnetic),
            (
                np.array([amplitude, charge * _CHARGE / recoil, charge * _RADIUS]),
                _PRODUCTS,
                magnetic * charge**2 * np.array([[1 / recoil, -np.ones_like(recoil), recoil / 4]]),
                nucleus.mass_mev,
                weak,
            ),
            (amplitude, charge),
        )

    def ours(self) -> Array:
        """Seven spectra (7, n), the moments of the flux included."""
        edges, coefficients = self.spectrum.edges_mev, self.spectrum.coefficients
        cumulative = flux_kernels.cumulative_moments(edges, coefficients)
        moments = flux_kernels.moments_above(self.energy, edges, coefficients, cumulative)
        fold = kernels.nucleus_templates if self.amplitudes else kernels.electron_templates
        return np.asarray(fold(moments, self.recoil, *self.arguments))

    def by_hand(self, library: ctypes.CDLL) -> Any:
        """A function without arguments that runs the C++ fold and returns its result (7, n)."""
        edges, coefficients = self.spectrum.edges_mev, self.spectrum.coefficients
        kept = [np.zeros((len(edges), 3)), np.zeros((3, self.recoil.size))]
        out = np.zeros((7, self.recoil.size))
        pointers = [_address(a) for a in (self.recoil, self.energy)]
        arguments = [
            self.recoil.size,
            *pointers,
            len(coefficients),
            *(_address(a) for a in (edges, coefficients, *kept, *self.amplitudes)),
            *(ctypes.c_double(value) for value in self.constants),
            _address(out),
        ]
        function = library.nucleus if self.amplitudes else library.electron

        def run(_alive: Any = (edges, coefficients, kept)) -> Array:
            function(*arguments)
            return out

        return run

    def by_quadrature(self, points: slice = slice(None)) -> Array:
        """Standard Model and mu^2 (2, n) by scipy's quad with plain Python integrands."""
        return np.array([self._integrals(k) for k in range(self.recoil.size)[points]]).T

    def _integrals(self, k: int) -> list[float]:
        t, low, end = float(self.recoil[k]), float(self.energy[k]), FLUX_MEV[1]
        me, flux = ELECTRON_MASS_MEV, smooth_flux

        if self.amplitudes:
            mass, weak, magnetic = self.constants[0], self.constants[-2], self.constants[-1]
            w, z = float(self.amplitudes[0][k]), float(self.amplitudes[1][k])

            def standard(e: float) -> float:
                return flux(e) * weak * w * w * (1 - t / e - mass * t / (2 * e * e))

            def moment(e: float) -> float:
                return flux(e) * magnetic * z * z * (1 / t - 1 / e + t / (4 * e * e))
        else:
            gv, ga, weak, magnetic = *self.constants[:2], *self.constants[-2:]

            def standard(e: float) -> float:
                y = 1 - t / e
                bracket = (gv + ga) ** 2 + (gv - ga) ** 2 * y * y
                return flux(e) * weak * (bracket + (ga * ga - gv * gv) * me * t / (e * e))

            def moment(e: float) -> float:
                return flux(e) * magnetic * (1 / t - 1 / e)

        if low >= end:
            return [0.0, 0.0]
        start = max(low, FLUX_MEV[0])
        return [quad(f, start, end, epsabs=0, epsrel=1e-8)[0] for f in (standard, moment)]


def compiled(folder: Path) -> ctypes.CDLL | None:
    """The C++ fold as a library, or None without a compiler."""
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        return None
    library = folder / "fold.so"
    flags = ["-O3", "-march=native", "-shared", "-fPIC", "-std=c++17"]
    subprocess.run([compiler, *flags, str(_SOURCE), "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))


def _address(array: Array) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
