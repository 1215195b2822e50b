"""Recoil grids: exact for polynomials in each cell, break points on cell boundaries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.folding.recoil_grid import recoil_grid


def wide(energy: float) -> float:
    return math.inf


@settings(max_examples=50, deadline=None)
@given(
    low=st.floats(1e-4, 1.0),
    factor=st.floats(1.001, 1e3),
    breaks=st.lists(st.floats(1e-5, 2e3), max_size=5),
    step=st.floats(0.01, 1.0),
    power=st.integers(0, 7),
)
def test_polynomials_are_exact(
    low: float, factor: float, breaks: list[float], step: float, power: int
) -> None:
    """Four Gauss points a cell: powers up to 7."""
    high = low * factor
    nodes, weights = recoil_grid(low, high, breaks, lambda e: step * (low + e))
    exact = (high ** (power + 1) - low ** (power + 1)) / (power + 1)
    assert weights @ nodes**power == pytest.approx(exact, rel=1e-10, abs=0)
    assert np.all(np.diff(nodes) > 0)
    assert np.all(weights > 0)
    assert low < nodes[0]
    assert nodes[-1] < high


def test_step_functions_at_break_points_are_exact() -> None:
    steps = [0.03, 1.2170, 1.4146, 11.103]
    nodes, weights = recoil_grid(0.01, 55.0, steps, wide)
    for step in steps:
        assert weights @ (nodes >= step) == pytest.approx(55.0 - step, rel=1e-13, abs=0)


def test_one_over_t_squared() -> None:
    """Cells are no wider than 8 % of their energy: 1/T^2 over four decades to 1e-10."""
    nodes, weights = recoil_grid(1e-3, 10.0, [], wide)
    assert weights @ nodes**-2 == pytest.approx(1e3 - 0.1, rel=1e-10, abs=0)


def test_cells_are_no_wider_than_asked() -> None:
    nodes, _ = recoil_grid(1.0, 2.0, [1.5], lambda energy: 0.01 * energy)
    assert np.diff(nodes).max() < 0.01 * 2 * 1.2
    assert nodes.size >= 4 * 69


def test_refinement_halves_every_cell() -> None:
    coarse, weights = recoil_grid(0.1, 3.0, [0.5], lambda energy: 0.05)
    fine, fine_weights = recoil_grid(0.1, 3.0, [0.5], lambda energy: 0.05, 2)
    assert fine.size == 2 * coarse.size
    cells, halves = weights.reshape(-1, 4).sum(axis=1), fine_weights.reshape(-1, 4).sum(axis=1)
    np.testing.assert_allclose(halves, np.repeat(cells / 2, 2), rtol=1e-10)


def test_break_points_outside_are_left_out() -> None:
    with_them = recoil_grid(0.1, 1.0, [0.05, 0.1, 1.0, 7.0], wide)
    without = recoil_grid(0.1, 1.0, [], wide)
    np.testing.assert_array_equal(with_them, without)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 1.0), (2.0, 1.0)])
def test_empty_ranges(low: float, high: float) -> None:
    with pytest.raises(ValueError, match=r"^recoil range must be positive and increase"):
        recoil_grid(low, high, [], wide)


def test_too_fine_for_the_window() -> None:
    with pytest.raises(ValueError, match=r"more than 50000 cells below 1\.0"):
        recoil_grid(1.0, 2.0, [], lambda energy: 1e-6)
