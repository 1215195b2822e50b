"""Tabulated quenching: interpolation, both ends, the Dresden-II curves, user texts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.quenching.curve import Lindhard
from detectors.quenching.tabulated import (
    TabulatedQuenching,
    dresden2_quenching,
)

RECOIL = np.array([0.2, 0.5, 1.0, 3.0])
FACTOR = np.array([0.30, 0.15, 0.20, 0.22])


def test_straight_lines_between_points() -> None:
    table = TabulatedQuenching(RECOIL, FACTOR)
    np.testing.assert_allclose(table.factor(RECOIL), FACTOR, rtol=1e-15)
    np.testing.assert_allclose(table.factor(np.array([0.35, 0.75, 2.0])), [0.225, 0.175, 0.21])
    np.testing.assert_allclose(table.ionization_kev(np.array([0.35, 2.0])), [0.07875, 0.42])


def test_both_ends() -> None:
    """Constant factor below; an error above unless told otherwise."""
    table = TabulatedQuenching(RECOIL, FACTOR)
    np.testing.assert_allclose(table.ionization_kev(np.array([0.0, 0.1])), [0.0, 0.03])
    assert table.factor(3.0)[0] == 0.22
    message = r"quenching is tabulated up to a recoil of 3 keV, asked for 4\.5 keV"
    with pytest.raises(ValueError, match=message):
        table.ionization_kev(np.array([1.0, 3.1, 4.5]))
    constant = TabulatedQuenching(RECOIL, FACTOR, beyond="constant")
    assert constant.ionization_kev(10.0)[0] == pytest.approx(2.2, rel=1e-15)
    assert constant.scaled(2.0).ionization_kev(10.0)[0] == pytest.approx(4.4, rel=1e-15)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    points=st.lists(
        st.tuples(st.floats(0.01, 10.0), st.floats(0.0, 1.0)), min_size=2, max_size=8,
        unique_by=lambda point: round(point[0], 3),
    )
)  # fmt: skip
def test_turning_points_of_any_table(points: list[tuple[float, float]]) -> None:
    """Between two of them the ionization rises or falls but does not turn."""
    recoil, factor = np.array(sorted(points)).T
    table = TabulatedQuenching(recoil, factor, beyond="constant")
    turning = table.turning_points_kev()
    assert np.all(np.isin(recoil, turning))
    for low, high in pairwise(turning):
        steps = np.diff(table.ionization_kev(np.linspace(low, high, 100)))
        assert np.all(steps >= -1e-12) or np.all(steps <= 1e-12)


@pytest.mark.parametrize(
    ("curve", "points"),
    [
        ("Fef", {0.0: 0.43610, 0.2: 0.39769, 4.5: 0.20933}),
        ("YBe", {0.0: 0.37738, 0.2: 0.31359, 4.5: 0.21862}),
    ],
)
def test_dresden2_table(curve: str, points: dict[float, float]) -> None:
    """First, an inner and the last point of the release; flat above."""
    quenching = dresden2_quenching(curve)  # type: ignore[arg-type]
    for recoil, factor in points.items():
        assert quenching.factor(recoil)[0] == factor
    assert quenching.factor(6.0)[0] == points[4.5]
    assert quenching.recoil_kev.size == 451


def test_dresden2_excess_over_lindhard() -> None:
    """Collar 2021: above Lindhard below about 1 keV, near it at 4 keV (k = 0.157)."""
    lindhard = Lindhard(32, 0.157)
    recoil = np.array([0.1, 0.3, 0.5, 4.0])
    for curve, excess in (("Fef", 1.5), ("YBe", 1.4)):
        ratio = dresden2_quenching(curve).factor(recoil) / lindhard.factor(recoil)  # type: ignore[arg-type]
        assert np.all(ratio[:3] > excess)
        assert ratio[3] == pytest.approx(1.0, rel=0, abs=0.08)


def test_unknown_dresden2_curve() -> None:
    with pytest.raises(ValueError, match=r"Dresden-II quenching 'fef': allowed are Fef, YBe"):
        dresden2_quenching("fef")  # type: ignore[arg-type]


def test_refused_arrays() -> None:
    message = r"quenching_factor: 4 values expected, one for each recoil_kev, found 3"
    with pytest.raises(ValueError, match=message):
        TabulatedQuenching(RECOIL, FACTOR[:3])
    with pytest.raises(ValueError, match=r"recoil_kev must increase strictly: recoil_kev\[1\]"):
        TabulatedQuenching(np.array([0.2, 0.2]), FACTOR[:2])
    with pytest.raises(ValueError, match=r"recoil_kev must be >= 0, found -0\.2"):
        TabulatedQuenching(np.array([-0.2, 0.2]), FACTOR[:2])
    with pytest.raises(ValueError, match=r"quenching_factor must be >= 0 and finite"):
        TabulatedQuenching(RECOIL, np.array([0.1, np.inf, 0.1, 0.1]))
