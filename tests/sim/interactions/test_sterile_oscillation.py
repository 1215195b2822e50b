"""3+1 oscillation: check points O1 to O3, linearity, extended sources, what it goes with."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, sin
from typing import Any

import numpy as np
import pytest

from fluxes.reactor.oscillation import Oscillation, factor_at
from sim.experiment import load_experiment
from sim.physics import physics_of


def sterile(dm2: float, spread: float = 0.0) -> dict[str, Any]:
    return {"model": "sterile-oscillation", "dm2_ev2": dm2, "path_spread_m": spread}


@pytest.mark.parametrize(("spread", "expected"), [(0.0, 0.07279515), (1.0, 0.1504580)])
def test_o1_the_wave(spread: float, expected: float) -> None:
    wave = Oscillation(0.5, (-0.5,), (0.0,), (1.0,))
    found = factor_at(wave, np.array([4.0]), 20.7, path_spread_m=spread)[0]
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("spread", "expected"), [(0.0, [239.5932, 37.24516]), (1.0, [239.6025, 37.29132])]
)
def test_o2_nuclei(rate: Callable[..., np.ndarray], spread: float, expected: list[float]) -> None:
    found = rate("CP", [0.2, 0.5], {"sin2_2theta": 0.1}, sterile(1.0, spread))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_o3_electrons(rate: Callable[..., np.ndarray]) -> None:
    found = rate("GM", [10], {"sin2_2theta": 0.1}, sterile(0.5))
    np.testing.assert_allclose(found, [4.102035e-3], rtol=1e-5)


def test_rates_are_linear_in_sin2(rate: Callable[..., np.ndarray]) -> None:
    recoils, table = [0.2, 0.5], sterile(1.0)
    standard, one, four = (rate("CP", recoils, {"sin2_2theta": s}, table) for s in (0.0, 0.1, 0.4))
    np.testing.assert_allclose(standard - four, 4 * (standard - one), rtol=1e-10)
    np.testing.assert_array_equal(standard, rate("CP", recoils, {}))


def test_it_takes_of_moments_and_strengths_alike(rate: Callable[..., np.ndarray]) -> None:
    """A fast wave is lost by half: everything but shifts of couplings falls by sin^2 / 2."""
    table, strong = sterile(1e4, 1.0), {"mu_nu": 1e-9, "cevns": 3.0}
    for setup in ("CP", "GM"):
        before = rate(setup, [0.5], strong)
        after = rate(setup, [0.5], {**strong, "sin2_2theta": 0.2}, table)
        np.testing.assert_allclose(after, 0.9 * before, rtol=1e-4)


def test_cores_are_averaged(rate: Callable[..., np.ndarray]) -> None:
    near, far, both = (
        rate("CP", [0.5], {"sin2_2theta": 0.3}, sterile(1.0), baselines_m=baselines)
        for baselines in (((8.0, 1.0),), ((12.0, 1.0),), ((8.0, 0.25), (12.0, 0.75)))
    )
    np.testing.assert_allclose(both, 0.25 * near + 0.75 * far, rtol=1e-12)


def test_products_with_shifts_are_refused(rate: Callable[..., np.ndarray]) -> None:
    with pytest.raises(ValueError, match="'sterile': its product with shifts of couplings"):
        rate("CP", [0.5], {"sin2_2theta": 0.1, "q_nu": 1e-12}, sterile(1.0))


def test_the_distance_is_the_reactors() -> None:
    words = ("analysis.window_kev=[0.17, 0.97]", "analysis.bin_width_kev=0.2")
    table = 'interaction=[{model="sterile-oscillation", dm2_ev2=1.0}]'
    config = load_experiment("conus-plus-2025", (*words, table)).config
    (change,) = physics_of(config).theory.changes
    assert change.baselines_m == ((20.7, 1.0),)  # type: ignore[attr-defined]
    without = config.model_copy(
        update={"reactor": config.reactor.model_copy(update={"baseline_m": None})}
    )
    with pytest.raises(ValueError, match=r"needs reactor\.baseline_m"):
        physics_of(without)


def test_a_wide_source_damps_the_wave() -> None:
    wave = Oscillation(0.5, (-0.5,), (0.0,), (2.0,))
    energy = np.array([3.0, 6.0])
    phase = 1.26693268 * 2.0 * 15.0 / energy
    spread = 1.26693268 * 2.0 * 0.8 / energy
    found = factor_at(wave, energy, 15.0, path_spread_m=0.8)
    expected = [
        0.5 * (1 - (1 - 2 * sin(p) ** 2) * exp(-2 * s * s))
        for p, s in zip(phase, spread, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-7)
