"""The physics written down a second time, and small experiments.

``reference`` holds the formulas of the physics page in plain Python, terms sorted otherwise than
in the house, with the numbers of the papers typed in again; nothing of it comes from the house
except the bin averages of the BESTIOLE files.  Energies in MeV, recoils in keV.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad_vec
from scipy.optimize import brentq
from scipy.special import ndtr

from sim.experiment import Experiment, parse_experiment
from sim.model import Model
from sim.model_assembly import build_model

sys.path.insert(0, str(Path(__file__).parent))

# Experiments

CEVNS = """
name = "cevns"

[reactor]
thermal_power_gw = 3.6
baseline_m = 20.7

[detector]
material = "Ge"
mass_kg = 2.0
threshold_kev = 0.16
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.048
fano_factor = 0.11

[detector.quenching]
k = 0.162

[exposure]
on_days = 120.0
off_days = 30.0
off_residual_flux = 0.05

[analysis]
window_kev = [0.16, 1.0]
bin_width_kev = 0.01

[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 20.0
"""

SMALL = """
name = "small"
description = "four bins, for tests of everything that is not physics"

[reactor]
thermal_power_gw = 3.0
baseline_m = 15.0

[detector]
material = "Ge"
mass_kg = 2.0
threshold_kev = 3.0
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 1.0

[exposure]
on_days = 100.0
off_days = 50.0

[analysis]
window_kev = [3.0, 7.0]
bin_width_kev = 1.0
channels = ["electron"]
"""

FLAT = """
[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 1.5
"""

TABLE = """
[[background]]
name = "table"
shape = "table"
file = "table.csv"
"""


@dataclass(frozen=True)
class Texts:
    """TOML texts to build experiments from."""

    cevns: str = CEVNS
    small: str = SMALL
    flat: str = FLAT
    table: str = TABLE


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts()


@pytest.fixture(scope="session")
def cevns() -> Experiment:
    return parse_experiment(CEVNS, "cevns")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model of four bins with a flat background and one from a table."""
    folder: Path = tmp_path_factory.mktemp("small")
    table = "# two points\nenergy_kev,rate_per_kev_kg_day\n1.0,2.0\n10.0,0.5\n"
    (folder / "table.csv").write_text(table, encoding="utf-8")
    return build_model(parse_experiment(SMALL + FLAT + TABLE, "small", folder))


# Formulas

# CODATA 2022 as printed, hbar c by definition; an older scipy.constants holds older values.
ALPHA = 7.2973525643e-3
M_E = 0.51099895069
G_F = 1.1663787e-11
HBARC = 6.62607015e-34 * 299792458 / (2 * math.pi) / 1.602176634e-19 * 1e-6 * 1e2
U_MEV = 931.49410372
GE_ISOTOPES = (
    # A, abundance, atomic mass in u
    (70, 0.2052, 69.9242485),
    (72, 0.2745, 71.92207582),
    (73, 0.0776, 72.92345895),
    (74, 0.3652, 73.921177761),
    (76, 0.0775, 75.921402725),
)
GE_STEPS = (  # binding energy in eV, electrons
    (11103.0, 2),
    (1414.6, 2),
    (1248.1, 2),
    (1217.0, 4),
    (180.1, 2),
    (124.9, 2),
    (120.8, 4),
    (29.8, 4),
    (29.2, 6),
    (5.0, 2),
    (3.0, 2),
)
GE_ATOMS_PER_KG = 6.02214076e26 / sum(share * mass for _, share, mass in GE_ISOTOPES)


@dataclass(frozen=True)
class Point:
    """mu in mu_B, q in e, r the deviation of the charge radius from the Standard Model in cm^2."""

    mu: float = 0.0
    q: float = 0.0
    r: float = 0.0


@dataclass(frozen=True)
class Scheme:
    """Couplings (electron vector and axial, proton, neutron)."""

    gv: float
    ga: float
    gp: float
    gn: float


@dataclass(frozen=True)
class Response:
    """Gaussian resolution, lowest true ionization, threshold on reconstructed energy; in keV."""

    fwhm: float
    fano: float
    lowest: float
    threshold: float

    def sigma(self, energy: float) -> float:
        return math.sqrt(
            (self.fwhm / math.sqrt(8 * math.log(2))) ** 2 + 2.96e-3 * self.fano * energy
        )

    def seen(self, energy: float, low: float, high: float) -> float:
        """Probability that a true ionization energy is reconstructed between low and high."""
        if energy < self.lowest * (1 - 1e-12):
            return 0.0
        sigma = self.sigma(energy)
        a, b = (max(low, self.threshold) - energy) / sigma, (high - energy) / sigma
        return float(ndtr(b) - ndtr(a) if a < 0 else ndtr(-a) - ndtr(-b))

    def nodes(self, low: float, high: float, end: float, steps: list[float]) -> list[float]:
        """True energies to integrate between."""
        start = max(self.lowest, low - 12 * self.sigma(low))
        stop = min(end, high + 12 * self.sigma(high + 12 * self.sigma(high)))
        middle = [
            edge + n * self.sigma(edge) for edge in (low, high) for n in (-6, -3, -1, 1, 3, 6)
        ]
        ladder = np.geomspace(self.lowest, self.lowest * 1e3, 10).tolist()
        inner = {node for node in [*steps, *middle, *ladder] if start < node < stop}
        return sorted({start, stop, *inner})


class Reference:
    """The formulas of sections 1, 2, 3 and 5 of the physics page."""

    Point = Point
    Scheme = Scheme
    isotopes = GE_ISOTOPES
    steps = GE_STEPS
    m_e = M_E
    alpha = ALPHA
    g_f = G_F
    hbarc = HBARC
    c_r = math.sqrt(2) * math.pi * ALPHA / (3 * G_F) / HBARC**2

    def scheme(self, name: str, sin2: float = 0.23857) -> Scheme:
        if name == "tree":
            return Scheme(0.5 + 2 * sin2, 0.5, 0.5 * (1 - 4 * sin2), -0.5)
        change = 2 * (sin2 - 0.23857)
        return Scheme(0.9521 + change, 0.4938, 0.0382 - change, -0.5117)

    def sm_radius(self, lepton_mass: float) -> float:
        bracket = 3 - 2 * math.log(lepton_mass**2 / 80377.0**2)
        return -G_F / (2 * math.sqrt(2) * math.pi**2) * bracket * HBARC**2

    def mass(self, a: int, z: int = 32) -> float:
        atomic = next(mass for number, _, mass in GE_ISOTOPES if number == a)
        return atomic * U_MEV - z * M_E

    def t_max_kev(self, energy: float, mass: float) -> float:
        return 1e3 * 2 * energy**2 / (mass + 2 * energy)

    def e_min(self, recoil_kev: float, mass: float) -> float:
        t = recoil_kev / 1e3
        return t / 2 + math.sqrt((t / 2) ** 2 + mass * t / 2)

    def electron(
        self,
        energy: float,
        recoil_kev: float,
        scheme: Scheme,
        point: Point,
        antineutrino: bool = True,
        charge_sign: int = 1,
    ) -> float:
        """cm^2 / keV: section 1.1 to 1.3, the coupling shifted as a whole."""
        if recoil_kev > self.t_max_kev(energy, M_E):
            return 0.0
        t = recoil_kev / 1e3
        gv = scheme.gv - charge_sign * math.sqrt(2) * math.pi * ALPHA / (G_F * M_E * t) * point.q
        gv += self.c_r * point.r
        ga = -scheme.ga if antineutrino else scheme.ga
        bracket = (gv + ga) ** 2 + (gv - ga) ** 2 * (1 - t / energy) ** 2
        bracket += (ga**2 - gv**2) * M_E * t / energy**2
        weak = G_F**2 * M_E / (2 * math.pi) * bracket
        magnetic = math.pi * ALPHA**2 / M_E**2 * (1 / t - 1 / energy) * point.mu**2
        return (weak + magnetic) * HBARC**2 / 1e3

    def nucleus(
        self,
        energy: float,
        recoil_kev: float,
        a: int,
        scheme: Scheme,
        point: Point,
        form_factor: float = 1.0,
        charge_sign: int = 1,
    ) -> float:
        """cm^2 / keV on a germanium isotope: section 1.5 with Q_W, 1.3 for the signs."""
        mass, t = self.mass(a), recoil_kev / 1e3
        if recoil_kev > self.t_max_kev(energy, mass):
            return 0.0
        gp = scheme.gp + charge_sign * math.sqrt(2) * math.pi * ALPHA / (G_F * mass * t) * point.q
        gp -= self.c_r * point.r
        weak_charge = 2 * (32 * gp + (a - 32) * scheme.gn)
        kinematics = 1 - recoil_kev / self.t_max_kev(energy, mass)
        weak = G_F**2 * mass / (4 * math.pi) * weak_charge**2 * kinematics
        shape = 1 / t - 1 / energy + t / (4 * energy**2)
        magnetic = math.pi * ALPHA**2 * 32**2 / M_E**2 * point.mu**2 * shape
        return (weak + magnetic) * form_factor**2 * HBARC**2 / 1e3

    def electron_monomials(
        self, energy: float, recoil_kev: float, scheme: Scheme, antineutrino: bool = True
    ) -> list[float]:
        """Coefficients of 1, mu2, q, q2, r, r2, qr (1e-11 mu_B, 1e-12 e, 1e-32 cm^2), cm^2/keV.

        The bracket sorted by powers of g_V: no square of a sum is written out as in the house.
        """
        t = recoil_kev / 1e3
        if recoil_kev > self.t_max_kev(energy, M_E):
            return [0.0] * 7
        ga = -scheme.ga if antineutrino else scheme.ga
        y2, z = (1 - t / energy) ** 2, M_E * t / energy**2
        unit = G_F**2 * M_E / (2 * math.pi) * HBARC**2 / 1e3
        second = unit * (1 + y2 - z)
        first = 2 * scheme.gv * second + unit * 2 * ga * (1 - y2)
        zeroth = scheme.gv**2 * second + unit * (
            2 * scheme.gv * ga * (1 - y2) + ga**2 * (1 + y2 + z)
        )
        kq = -math.sqrt(2) * math.pi * ALPHA / (G_F * M_E * t) * 1e-12
        kr = self.c_r * 1e-32
        magnetic = math.pi * ALPHA**2 / M_E**2 * (1 / t - 1 / energy) * 1e-22 * HBARC**2 / 1e3
        return [zeroth, magnetic, *_shifted(first, second, kq, kr)]

    def nucleus_monomials(
        self, energy: float, recoil_kev: float, a: int, scheme: Scheme, form_factor: float
    ) -> list[float]:
        """The same on a germanium isotope."""
        mass, t = self.mass(a), recoil_kev / 1e3
        if recoil_kev > self.t_max_kev(energy, mass):
            return [0.0] * 7
        second = G_F**2 * mass / math.pi * (32 * form_factor) ** 2 * HBARC**2 / 1e3
        second *= 1 - recoil_kev / self.t_max_kev(energy, mass)
        ratio = scheme.gp + (a - 32) / 32 * scheme.gn
        kq = math.sqrt(2) * math.pi * ALPHA / (G_F * mass * t) * 1e-12
        shape = (2 * energy - t) ** 2 / (4 * energy**2 * t)
        magnetic = math.pi * (ALPHA * 32 * form_factor * 1e-11 / M_E) ** 2 * shape * HBARC**2 / 1e3
        zeroth, first = second * ratio**2, 2 * second * ratio
        return [zeroth, magnetic, *_shifted(first, second, kq, -self.c_r * 1e-32)]

    def monomials(self, point: Point) -> np.ndarray:
        mu, q, r = point.mu / 1e-11, point.q / 1e-12, point.r / 1e-32
        return np.array([1, mu**2, q, q**2, r, r**2, q * r])

    def helm(self, recoil_kev: float, a: int) -> float:
        """Helm form factor with Lewin and Smith's radius."""
        q = math.sqrt(2 * self.mass(a) * recoil_kev / 1e3) / (HBARC * 1e13)
        c = 1.23 * a ** (1 / 3) - 0.6
        x = q * math.sqrt(c**2 + 7 / 3 * (math.pi * 0.52) ** 2 - 5 * 0.81)
        sphere = 3 * (math.sin(x) / x**2 - math.cos(x) / x) / x if x > 0.02 else 1 - x * x / 10
        return sphere * math.exp(-0.405 * q**2)

    def z_eff(self, recoil_kev: float) -> int:
        return sum(n for binding, n in GE_STEPS if recoil_kev * 1e3 >= binding)

    # Rates per kg, day and keV of natural germanium

    def electron_rate(self, flux: Flux, recoil_kev: float, scheme: Scheme) -> np.ndarray:
        per_electron = flux.fold(
            lambda e: self.electron_monomials(e, recoil_kev, scheme), self.e_min(recoil_kev, M_E)
        )
        return per_electron * GE_ATOMS_PER_KG * self.z_eff(recoil_kev) * 86400

    def nucleus_rate(self, flux: Flux, recoil_kev: float, scheme: Scheme) -> np.ndarray:
        factors = [self.helm(recoil_kev, a) for a, _, _ in GE_ISOTOPES]

        def natural(energy: float) -> list[float]:
            total = [0.0] * 7
            for (a, share, _), factor in zip(GE_ISOTOPES, factors, strict=True):
                terms = self.nucleus_monomials(energy, recoil_kev, a, scheme, factor)
                total = [before + share * term for before, term in zip(total, terms, strict=True)]
            return total

        lows = [self.e_min(recoil_kev, self.mass(a)) for a, _, _ in GE_ISOTOPES]
        return flux.fold(natural, *lows) * GE_ATOMS_PER_KG * 86400

    # Counts per kg and day in a bin of reconstructed energy

    def electron_counts(
        self, flux: Flux, scheme: Scheme, low: float, high: float, response: Response
    ) -> np.ndarray:
        """Integral over the deposit T of rate times probability to be seen in the bin."""
        end = self.t_max_kev(flux.edges[-1], M_E)

        def integrand(t: float) -> np.ndarray:
            rate = self.folded(
                flux, lambda e: self.electron_monomials(e, t, scheme), self.e_min(t, M_E)
            )
            return rate * self.z_eff(t) * response.seen(t, low, high)

        steps = [binding / 1e3 for binding, _ in GE_STEPS]
        nodes = response.nodes(low, high, end, steps)
        return self._integral(integrand, nodes) * GE_ATOMS_PER_KG * 86400

    def nucleus_counts(
        self, flux: Flux, scheme: Scheme, low: float, high: float, response: Response, k: float
    ) -> np.ndarray:
        """The same over nuclear recoil energies, each isotope to its own end point."""
        total = np.zeros(7)
        for a, share, _ in GE_ISOTOPES:
            total += share * self._isotope_counts(flux, scheme, low, high, response, k, a)
        return total * GE_ATOMS_PER_KG * 86400

    def _isotope_counts(
        self,
        flux: Flux,
        scheme: Scheme,
        low: float,
        high: float,
        response: Response,
        k: float,
        a: int,
    ) -> np.ndarray:
        mass = self.mass(a)
        end = self.t_max_kev(flux.edges[-1], mass)
        top = self.quenched(end, k)

        def integrand(t: float) -> np.ndarray:
            factor = self.helm(t, a)
            rate = self.folded(
                flux,
                lambda e: self.nucleus_monomials(e, t, a, scheme, factor),
                self.e_min(t, mass),
            )
            return rate * response.seen(self.quenched(t, k), low, high)

        def recoil_at(energy: float) -> float:
            if energy == top:
                return end
            return float(brentq(lambda t: self.quenched(t, k) - energy, 1e-9, end))

        nodes = [recoil_at(energy) for energy in response.nodes(low, high, top, [])]
        return self._integral(integrand, nodes)

    def folded(
        self, flux: Flux, monomials: Callable[[float], list[float]], e_min: float
    ) -> np.ndarray:
        """Fold a polynomial of degree two in 1/E by its values at three energies."""
        if e_min >= flux.edges[-1]:
            return np.zeros(7)
        inverse = np.array([1e-12, 0.5, 1 - 1e-12]) / e_min
        values = np.array([monomials(1 / x) for x in inverse])
        first = (values[1] - values[0]) / (inverse[1] - inverse[0])
        second = (values[2] - values[1]) / (inverse[2] - inverse[1])
        curvature = (second - first) / (inverse[2] - inverse[0])
        slope = first - curvature * (inverse[0] + inverse[1])
        constant = values[0] - inverse[0] * (slope + curvature * inverse[0])
        return flux.moments(e_min) @ np.array([constant, slope, curvature])

    def _integral(self, integrand: Callable[[float], np.ndarray], nodes: list[float]) -> np.ndarray:
        def between(a: float, b: float) -> np.ndarray:
            middle = np.abs(integrand((a + b) / 2))
            scale = np.where(middle > 0, middle, 1.0)
            options: dict[str, Any] = {"epsabs": 0, "epsrel": 2e-6, "norm": "max", "limit": 200}
            return scale * quad_vec(lambda t: integrand(t) / scale, a, b, **options)[0]

        return np.sum([between(a, b) for a, b in pairwise(nodes)], axis=0)

    def quenched(self, recoil_kev: float, k: float) -> float:
        """Lindhard's ionization energy in germanium."""
        epsilon = 11.5 * 32 ** (-7 / 3) * recoil_kev
        g = 3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon
        return recoil_kev * k * g / (1 + k * g)

    def response(self, fwhm: float, fano: float, lowest: float, threshold: float) -> Response:
        return Response(fwhm, fano, lowest, threshold)

    def bestiole(self, power_gw: float, baseline_m: float, captures: float = 0.6) -> Flux:
        return Flux(bestiole_density(captures), normalisation(power_gw, baseline_m), BESTIOLE_EDGES)

    def huber_mueller(self, power_gw: float, baseline_m: float) -> Flux:
        edges = (*LOW_ENERGIES, *np.linspace(2.0, 10.0, 33)[1:].tolist())
        return Flux(huber_mueller_density, normalisation(power_gw, baseline_m), edges)


def _shifted(first: float, second: float, kq: float, kr: float) -> list[float]:
    return [first * kq, second * kq**2, first * kr, second * kr**2, 2 * second * kq * kr]


@pytest.fixture(scope="session")
def reference() -> Reference:
    return Reference()


# Flux

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
MA_2013 = {"u235": 202.36, "u238": 205.99, "pu239": 211.12, "pu241": 214.26}
POLYNOMIALS = {
    "u235": (4.367, -4.577, 2.100, -0.5294, 0.06186, -0.002777),
    "u238": (0.4833, 0.1927, -0.1283, -0.006762, 0.002233, -0.0001536),
    "pu239": (4.757, -5.392, 2.563, -0.6596, 0.07820, -0.003536),
    "pu241": (2.990, -2.882, 1.278, -0.3343, 0.03905, -0.001754),
}
LOW_ENERGIES = (0, 7.813e-3, 1.563e-2, 3.12e-2, 6.25e-2, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
LOW_ENERGY_VALUES = {
    "u235": (0, 0.024, 0.092, 0.35, 0.61, 1.98, 2.16, 2.66, 2.66, 2.41, 1.69, 1.26),
    "u238": (0, 0.089, 0.35, 1.32, 0.65, 2.02, 2.18, 2.91, 2.96, 2.75, 1.97, 1.50),
    "pu239": (0, 0.14, 0.56, 2.13, 0.64, 1.99, 2.08, 2.63, 2.58, 2.32, 1.48, 1.08),
    "pu241": (0, 0.20, 0.79, 3.00, 0.59, 1.85, 2.14, 2.82, 2.90, 2.63, 1.75, 1.32),
}
BESTIOLE_EDGES = tuple(0.025 * i for i in range(501))


@dataclass(frozen=True)
class Flux:
    """A flux density in cm^-2 s^-1 MeV^-1 with the energies where it jumps or kinks."""

    per_fission: Callable[[float], float]
    fissions_per_cm2_s: float
    edges: Sequence[float]

    def density(self, energy: float) -> float:
        return self.fissions_per_cm2_s * self.per_fission(energy)

    def fold(self, cross_sections: Callable[[float], list[float]], *lows: float) -> np.ndarray:
        """Integral of density(E) cross_sections(E), adaptively between edges and thresholds."""
        nodes = sorted({*lows, *(edge for edge in self.edges if edge > min(lows))})
        nodes = [node for node in nodes if node <= self.edges[-1]]
        if len(nodes) < 2:
            return np.zeros(7)
        typical = np.array(cross_sections(nodes[-1] - (nodes[-1] - nodes[0]) / 3))
        scale = np.where(typical == 0, 1.0, np.abs(typical))
        total = np.zeros(7)
        for a, b in pairwise(nodes):
            total += quad_vec(
                lambda e: self.density(e) * (np.array(cross_sections(e)) / scale),
                a,
                b,
                epsabs=0,
                epsrel=1e-10,
                norm="max",
                quadrature="gk15",
            )[0]
        return total * scale

    @cached_property
    def heights(self) -> list[float]:
        """The density in the middle of each cell."""
        return [self.density((a + b) / 2) for a, b in pairwise(self.edges)]

    @cached_property
    def tails(self) -> np.ndarray:
        """M_0, M_1, M_2 above each edge but the first, of a density constant in each cell."""
        cells = zip(self.heights[1:], pairwise(self.edges[1:]), strict=True)
        parts = np.array([self.slice(height, a, b) for height, (a, b) in cells])
        return np.array([*np.cumsum(parts[::-1], axis=0)[::-1], np.zeros(3)])

    def slice(self, height: float, a: float, b: float) -> list[float]:
        return [height * (b - a), height * math.log(b / a), height * (1 / a - 1 / b)]

    def moments(self, low: float) -> np.ndarray:
        """M_0, M_1, M_2 above low > 0 of a density that is constant in each cell."""
        i = bisect_right(self.edges, low) - 1
        return np.array(self.slice(self.heights[i], low, self.edges[i + 1])) + self.tails[i]


def normalisation(power_gw: float, baseline_m: float) -> float:
    """Fissions per second over 4 pi L^2."""
    mean_energy = sum(FRACTIONS[i] * MA_2013[i] for i in FRACTIONS)
    return power_gw * 6.241509074e21 / mean_energy / (4 * math.pi * (1e2 * baseline_m) ** 2)


def bestiole_density(captures: float) -> Callable[[float], float]:
    """Per fission: averages of 25 keV bins, constant in each."""
    total = np.zeros(500)
    for nuclide, weight in {**FRACTIONS, "u239": captures, "np239": captures}.items():
        text = resources.files("fluxes.data").joinpath(f"bestiole_2023_{nuclide}.csv").read_text()
        rows = [line for line in text.splitlines() if not line.startswith("#")][1:]
        total[: len(rows)] += weight * np.array([float(row.split(",")[1]) for row in rows])
    heights = total.tolist()

    def density(energy: float) -> float:
        i = math.floor(energy / 0.025)
        return heights[i] if i < 500 else 0.0

    return density


def huber_mueller_density(energy: float) -> float:
    """Per fission: Vogel-Engel's lines below 2 MeV, polynomials up to 10 MeV."""
    if energy >= 2:
        return sum(
            share * math.exp(sum(a * energy**k for k, a in enumerate(POLYNOMIALS[isotope])))
            for isotope, share in FRACTIONS.items()
        )
    i = bisect_right(LOW_ENERGIES, energy) - 1
    between = (energy - LOW_ENERGIES[i]) / (LOW_ENERGIES[i + 1] - LOW_ENERGIES[i])
    return sum(
        share
        * ((1 - between) * LOW_ENERGY_VALUES[iso][i] + between * LOW_ENERGY_VALUES[iso][i + 1])
        for iso, share in FRACTIONS.items()
    )


# What other tests take apart


@pytest.fixture(scope="session")
def one_line() -> Callable[[BaseException], str]:
    """The message of an error, which must be one line."""

    def message(error: BaseException) -> str:
        text = str(error)
        assert text
        assert len(text.splitlines()) == 1, text
        return text

    return message


@pytest.fixture
def stored(small: Model, tmp_path: Path) -> Any:
    """A spectra file with three toys: its path."""
    from sim.pseudo import toy_array
    from sim.store import write_spectra

    path = tmp_path / "stored.h5"
    write_spectra(path, small, small.asimov(), toy_array(small, 3, 11), 11)
    return path
