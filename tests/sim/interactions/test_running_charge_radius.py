"""The running charge radius (C1, C2), and the weak mixing angle (W1 to W3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad

from detectors.matter.nuclei import isotope
from sim.cross_sections.couplings import LEPTON_MASS_MEV, couplings
from sim.cross_sections.interactions.running_charge_radius import (
    RunningRadius,
    loop_change,
    running_radius_cm2,
)
from sim.cross_sections.parameters import NeutrinoParameters
from sim.physics import (
    electron_cross_section_cm2_per_kev,
    nucleus_cross_section_cm2_per_kev,
)

Call = Callable[..., float]


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [("e", -6.996303e-33), ("mu", -4.805065e-33), ("tau", -2.968735e-33)],
)
def test_c1_radii(flavour: str, expected: float) -> None:
    found = running_radius_cm2(flavour, np.array([68.84079]))[0]
    assert found == pytest.approx(expected, rel=1e-6, abs=0)


def test_c2_nuclei(on_nucleus: Call, rate: Callable[..., np.ndarray]) -> None:
    shift, _ = RunningRadius("running").on_nucleons(isotope("Ge-74"), np.array([0.5e-3]))
    np.testing.assert_allclose(shift, [-3.043003e-3], rtol=1e-5)
    running = {"running_charge_radius": True}
    assert on_nucleus(6, 0.5, {}, **running) == pytest.approx(2.512616e-40, rel=1e-5, abs=0)
    np.testing.assert_allclose(rate("CP", [0.2], {}, **running), [254.3819], rtol=1e-5)


@pytest.mark.parametrize("ratio", [1e-9, 1e-4, 9.9e-3, 0.0101, 0.3, 7.0, 264.0, 1e5])
def test_the_loop_against_its_integral(ratio: float) -> None:
    expected = (
        6
        * quad(lambda x: x * (1 - x) * np.log1p(x * (1 - x) * ratio), 0, 1, epsabs=0, epsrel=1e-12)[
            0
        ]
    )
    tolerance = 1e-8 if ratio < 1 else 1e-11
    assert loop_change(np.array([ratio]))[0] == pytest.approx(expected, rel=tolerance, abs=0)


def test_electrons_hardly_notice() -> None:
    shift, _ = RunningRadius("running").on_electrons(np.array([10e-3]))
    assert 0 < float(np.asarray(shift)[0]) < 1e-4
    assert LEPTON_MASS_MEV["e"] ** 2 > 20 * 2 * 0.511 * 10e-3


def test_tree_couplings_hold_no_radius() -> None:
    values = [
        nucleus_cross_section_cm2_per_kev(
            6, 0.5, isotope("Ge-74"), NeutrinoParameters(), couplings("tree"),
            running_charge_radius=running,
        )
        for running in (True, False)
    ]  # fmt: skip
    assert values[0] == values[1]


def test_w1_w2_mixing_angle(on_electron: Call, on_nucleus: Call) -> None:
    angle = {"sin2_theta_w": 0.24857}
    assert on_electron(3, 10, angle) == pytest.approx(1.017991e-47, rel=1e-5, abs=0)
    both = on_electron(3, 10, {**angle, "q_nu": 1e-12})
    assert both == pytest.approx(3.656142e-48, rel=1e-5, abs=0)
    assert on_nucleus(6, 0.5, angle) == pytest.approx(2.648287e-40, rel=1e-5, abs=0)


def test_w3_rates(rate: Callable[..., np.ndarray]) -> None:
    angle = {"sin2_theta_w": 0.25}
    np.testing.assert_allclose(rate("CP", [0.2], angle), [271.6062], rtol=1e-5)
    np.testing.assert_allclose(rate("GM", [3], angle), [4.591420e-3], rtol=1e-5)


def test_the_angle_is_a_radius_exactly(rate: Callable[..., np.ndarray]) -> None:
    """0.01 is 8.40492e-33 cm^2 on electrons and nuclei, with a millicharge beside it."""
    for setup, recoils in (("CP", [0.2, 0.5]), ("GM", [3.0, 10.0])):
        by_angle = rate(setup, recoils, {"sin2_theta_w": 0.24857, "q_nu": 1e-12})
        radius = couplings().sm_charge_radius_cm2 + 8.40492e-33
        by_radius = rate(setup, recoils, {"r2_nu": radius, "q_nu": 1e-12})
        np.testing.assert_allclose(by_angle, by_radius, rtol=1e-6)


def test_w2_tree_couplings_at_another_angle() -> None:
    tree, nothing = couplings("tree", 0.24857), NeutrinoParameters()
    on_electron = electron_cross_section_cm2_per_kev(3, 10, nothing, tree)
    assert on_electron == pytest.approx(1.065511e-47, rel=1e-5, abs=0)
    on_nucleus = nucleus_cross_section_cm2_per_kev(
        6, 0.5, isotope("Ge-74"), nothing, tree, form_factor_name="unity"
    )
    assert on_nucleus == pytest.approx(2.648155e-40, rel=1e-5, abs=0)
