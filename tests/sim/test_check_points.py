"""The public check points of the physics page (section 7) that belong to cross sections and rates.

Numbers as printed there, relative tolerance 1e-5 unless the page says otherwise.  Setup STD:
Huber-Mueller joined to Vogel-Engel, no neutron capture, Ma energies, fractions .58/.07/.30/.05.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from detectors.matter.materials import material
from detectors.matter.nuclei import isotope, natural_isotopes
from sim.cross_sections import constants
from sim.cross_sections.couplings import couplings, sm_charge_radius_cm2
from sim.cross_sections.electron import free_electron_templates
from sim.cross_sections.kinematics import max_recoil_mev, min_neutrino_energy_mev
from sim.cross_sections.nucleus import nucleus_templates
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.folding.rates import recoil_rates
from sim.model_assembly import build_model
from sim.physics import (
    electron_cross_section_cm2_per_kev,
    nucleus_cross_section_cm2_per_kev,
    physics,
    theory_of,
)

TREE = couplings("tree")
RAD = couplings("one-loop")
GE74 = isotope("Ge-74")


@dataclass(frozen=True)
class Line:
    """A flux of one energy, 1 cm^-2 s^-1."""

    energy_mev: float

    def above(self, energy_mev: np.ndarray) -> np.ndarray:
        moments = self.energy_mev ** -np.arange(3.0)
        return moments[:, None] * (energy_mev <= self.energy_mev)


def standard(power_gw: float, baseline_m: float) -> Any:
    fractions = "{u235=0.58, u238=0.07, pu239=0.30, pu241=0.05}"
    experiment = load_experiment(
        "gemma-2012",
        [
            f"reactor.thermal_power_gw={power_gw}",
            f"reactor.baseline_m={baseline_m}",
            "reactor.spectrum=huber-mueller",
            f"reactor.fission_fractions={fractions}",
            "reactor.energies_per_fission=ma-2013",
            "reactor.neutron_captures_per_fission=0",
            "analysis.window_kev=[3.0, 7.0]",
            "analysis.bin_width_kev=1.0",
        ],
    )
    return build_model(experiment).flux.moments()


def total(deviation: float) -> float:
    """The charge radius that a check point writes as its deviation from the Standard Model."""
    return RAD.sm_charge_radius_cm2 + deviation


def electron(energy: float, recoil: float, scheme: Any, anti: bool = True, **point: float) -> float:
    return electron_cross_section_cm2_per_kev(
        energy, recoil, NeutrinoParameters(**point), scheme, antineutrino=anti
    )


def nucleus(energy: float, recoil: float, scheme: Any, **point: float) -> float:
    return nucleus_cross_section_cm2_per_kev(
        energy, recoil, GE74, NeutrinoParameters(**point), scheme, form_factor_name="unity"
    )


def test_constants() -> None:
    """The page's CODATA 2018 values; CODATA 2022 changes nothing at 6 digits."""
    assert pytest.approx(7.2973525693e-3, rel=1e-8, abs=0) == constants.ALPHA
    assert pytest.approx(0.51099895, rel=1e-8, abs=0) == constants.ELECTRON_MASS_MEV
    assert pytest.approx(1.1663788e-11, rel=1e-6, abs=0) == constants.FERMI_MEV2
    assert pytest.approx(197.3269804e-13, rel=1e-8, abs=0) == constants.HBAR_C_MEV_CM
    assert pytest.approx(3.893794e-22, rel=1e-6, abs=0) == constants.HBAR_C2_MEV2_CM2
    assert constants.SECONDS_PER_DAY == 86400
    assert constants.KEV_PER_MEV == 1000
    assert constants.SIN2_THETA_W_LOW == 0.23857


def test_1_charge_radius_coupling() -> None:
    assert pytest.approx(2.379559e30, rel=1e-6, abs=0) == constants.CHARGE_RADIUS_COUPLING_CM2


def test_2_electron_tree() -> None:
    assert electron(3, 10, TREE) == pytest.approx(1.031669e-47, rel=1e-5, abs=0)
    assert electron(3, 10, TREE, anti=False) == pytest.approx(1.037272e-47, rel=1e-5, abs=0)


def test_3_electron_one_loop() -> None:
    assert electron(3, 10, RAD) == pytest.approx(9.850081e-48, rel=1e-5, abs=0)


@pytest.mark.parametrize("scheme", [TREE, RAD])
def test_4_magnetic_moment_adds(scheme: Any) -> None:
    added = electron(3, 10, scheme, mu_nu=1e-11) - electron(3, 10, scheme)
    assert added == pytest.approx(2.486356e-48, rel=1e-5, abs=0)


def test_5_millicharge() -> None:
    assert electron(3, 10, RAD, q_nu=1e-12) == pytest.approx(3.513117e-48, rel=1e-5, abs=0)
    assert electron(3, 10, RAD, q_nu=-1e-12) == pytest.approx(2.126773e-47, rel=1e-5, abs=0)


def test_6_charge_radius() -> None:
    assert electron(3, 10, RAD, r2_nu=total(1e-32)) == pytest.approx(1.024328e-47, rel=1e-5, abs=0)
    assert electron(3, 10, RAD, r2_nu=total(-1e-32)) == pytest.approx(9.466607e-48, rel=1e-5, abs=0)


def test_6_transition_radius_adds_the_r2_template() -> None:
    templates = free_electron_templates(Line(3.0), np.array([10.0]), theory_of(RAD))  # type: ignore[arg-type]
    assert templates[5, 0] == pytest.approx(4.861203e-51, rel=1e-5, abs=0)


def crossing(difference: Any, low: float, high: float) -> float:
    return float(brentq(difference, low, high, xtol=1e-12, rtol=1e-12))


def test_7_where_the_magnetic_moment_exceeds_the_weak_part() -> None:
    """Exact at 3 MeV; at low T; and the seed's formula, which has g_V^2 + g_A^2 = 1."""

    def excess(recoil: float, energy: float) -> float:
        weak = electron(energy, recoil, TREE)
        return electron(energy, recoil, TREE, mu_nu=1e-11) - 2 * weak

    exact = crossing(lambda t: excess(t, 3.0), 1, 5)
    assert exact == pytest.approx(2.404778, rel=1e-6, abs=0)
    low_t = crossing(lambda t: excess(t, 1e7), 1, 5)
    assert low_t == pytest.approx(2.403119, rel=1e-6, abs=0)
    assert low_t * (TREE.electron_vector**2 + 0.25) == pytest.approx(2.895284, rel=1e-6, abs=0)


def test_8_kinematics() -> None:
    mass = GE74.mass_mev
    assert mass == pytest.approx(68840.79, rel=1e-7, abs=0)
    assert max_recoil_mev(3.0, mass) * 1e3 == pytest.approx(0.2614501, rel=1e-6, abs=0)
    e_min = min_neutrino_energy_mev(np.array([0.5e-3]), mass)
    assert e_min == pytest.approx(4.148767, rel=1e-6, abs=0)


def test_8_forbidden_recoil() -> None:
    assert nucleus(3, 0.5, RAD, mu_nu=1e-11, q_nu=1e-9, r2_nu=1e-31) == 0.0
    assert nucleus(3, 0.26145, RAD) > 0
    assert not np.any(nucleus_templates(Line(3.0), np.array([0.5]), GE74, theory_of(RAD)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("energy", "recoil", "one_loop", "tree"),
    [(3, 0.1, 2.944844e-40, 2.944693e-40), (6, 0.5, 2.488646e-40, 2.488519e-40)],
)
def test_9_10_coherent_scattering(
    energy: float, recoil: float, one_loop: float, tree: float
) -> None:
    assert nucleus(energy, recoil, RAD) == pytest.approx(one_loop, rel=1e-6, abs=0)
    assert nucleus(energy, recoil, TREE) == pytest.approx(tree, rel=1e-6, abs=0)


def test_11_millicharge() -> None:
    assert nucleus(6, 0.5, RAD, q_nu=1e-9) == pytest.approx(1.894520e-40, rel=1e-5, abs=0)
    assert nucleus(6, 0.5, RAD, q_nu=-1e-9) == pytest.approx(3.163678e-40, rel=1e-5, abs=0)


def test_12_charge_radius() -> None:
    assert nucleus(6, 0.5, RAD, r2_nu=total(1e-31)) == pytest.approx(4.709728e-40, rel=1e-5, abs=0)
    assert nucleus(6, 0.5, RAD, r2_nu=total(-1e-31)) == pytest.approx(9.700241e-41, rel=1e-5, abs=0)


def test_12_transition_radius_adds_the_r2_template() -> None:
    """The total: Standard Model plus 10^2 times the template at 1e-32 cm^2."""
    templates = nucleus_templates(
        Line(6.0),  # type: ignore[arg-type]
        np.array([0.5]),
        GE74,
        theory_of(RAD),
        form_factor_name="unity",
    )
    assert templates[0, 0] + 100 * templates[5, 0] == pytest.approx(2.839876e-40, rel=1e-5, abs=0)


def test_13_magnetic_moment() -> None:
    for energy, recoil, expected in ((3, 0.1, 2.554459e-43), (6, 0.5, 5.108663e-44)):
        added = nucleus(energy, recoil, RAD, mu_nu=1e-8) - nucleus(energy, recoil, RAD)
        assert added / 1e6 == pytest.approx(expected, rel=1e-5, abs=0)


def test_15_where_the_magnetic_moment_exceeds_coherent_scattering() -> None:
    """Tree couplings, low T.  The page's natural germanium is one nucleus of the mean A and, as M,
    the mean atomic mass (2.4e-4 more than the nuclear one): the same here."""
    isotopes = natural_isotopes("Ge")
    mean_a = sum(i.abundance * i.a for i in isotopes)
    mean_mass_mev = sum(i.abundance * (i.mass_mev + 32 * 0.51099895) for i in isotopes)
    mean = replace(
        GE74,
        a=mean_a,  # type: ignore[arg-type]
        atomic_mass_u=(mean_mass_mev + 32 * 0.51099895) / 931.49410242,
    )

    def excess(recoil_ev: float) -> float:
        weak, both = (
            nucleus_cross_section_cm2_per_kev(
                1e4,
                recoil_ev / 1e3,
                mean,
                NeutrinoParameters(mu_nu=mu),
                TREE,
                form_factor_name="unity",
            )
            for mu in (0.0, 1e-11)
        )
        return both - 2 * weak

    assert crossing(excess, 0.01, 1) == pytest.approx(0.058159, rel=1e-5, abs=0)


def germanium_rates(channel: str, moments: Any, recoil_kev: list[float]) -> np.ndarray:
    return recoil_rates(channel, moments, material("Ge"), physics(RAD), np.array(recoil_kev))


def test_23_24_gemma_rates() -> None:
    rates = germanium_rates("electron", standard(3.0, 13.9), [3.0, 10.0, 30.0])
    np.testing.assert_allclose(rates[0], [4.422262e-3, 4.313094e-3, 4.323627e-3], rtol=1e-5)
    magnetic = 2.9**2 * rates[1]
    np.testing.assert_allclose(magnetic, [3.141966e-2, 9.297964e-3, 3.196015e-3], rtol=1e-5)


def test_25_gemma_counts() -> None:
    moments = standard(3.0, 13.9)

    def rate(recoil: float, monomial: int) -> float:
        return float(germanium_rates("electron", moments, [recoil])[monomial, 0])

    def counts(monomial: int) -> float:
        ranges = ((2.8, 11.103), (11.103, 55))
        return sum(quad(rate, *r, args=(monomial,), epsrel=1e-7)[0] for r in ranges)

    assert counts(0) == pytest.approx(0.2246383, rel=1e-5, abs=0)
    assert 2.9**2 * counts(1) == pytest.approx(0.2831592, rel=1e-5, abs=0)


def test_26_27_coherent_rates_and_counts() -> None:
    moments = standard(3.6, 20.7)
    rates = germanium_rates("nucleus", moments, [0.2, 0.5, 1.0])[0]
    np.testing.assert_allclose(rates, [252.4484, 39.78389, 3.402151], rtol=1e-5)

    def rate(recoil: float) -> float:
        return float(germanium_rates("nucleus", moments, [recoil])[0, 0])

    counts = sum(quad(rate, *r, epsrel=1e-7, limit=200)[0] for r in ((0.2, 0.6), (0.6, 3.0)))
    assert counts == pytest.approx(40.84001, rel=1e-5, abs=0)


def test_32_charge_radii_of_the_standard_model() -> None:
    for flavour, expected in (("e", -8.275113e-33), ("mu", -4.805466e-33), ("tau", -2.968737e-33)):
        assert sm_charge_radius_cm2(flavour) == pytest.approx(expected, rel=1e-6, abs=0)
    assert pytest.approx(-8.275113e-33, rel=1e-6, abs=0) == RAD.sm_charge_radius_cm2


def test_35_total_coherent_cross_section() -> None:
    """G_F^2 Q_W^2 E^2 / (4 pi) is the leading order in E / M: the exact one times (M + 2E) / M."""
    ge72, scheme = isotope("Ge-72"), couplings("tree", 0.2387)
    end = 1e3 * max_recoil_mev(4.0, ge72.mass_mev)

    def cross_section(recoil: float) -> float:
        return 1e40 * nucleus_cross_section_cm2_per_kev(
            4.0, recoil, ge72, NeutrinoParameters(), scheme, form_factor_name="unity"
        )

    integral = quad(cross_section, 1e-12, end, epsrel=1e-10)[0]
    assert integral * (1 + 8 / ge72.mass_mev) == pytest.approx(1.002518, rel=1e-5, abs=0)
    assert integral == pytest.approx(1.002518, rel=2e-4, abs=0)


def test_strength_of_the_charge_term() -> None:
    """Section 1.3: the q^2 term alone is about 2 pi alpha^2 q^2 / (m_e T^2) per free electron."""
    templates = free_electron_templates(Line(1e5), np.array([1.0]), theory_of(RAD))  # type: ignore[arg-type]
    leading = 2 * pi * constants.ALPHA**2 * 1e-24 / (constants.ELECTRON_MASS_MEV * 1e-6)
    expected = leading * constants.HBAR_C2_MEV2_CM2 / 1e3
    assert templates[3, 0] == pytest.approx(expected, rel=1e-6, abs=0)
