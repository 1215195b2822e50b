"""Backgrounds, each bin against quadrature of the rate it stands for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from detectors.backgrounds import (
    BackgroundShape,
    Exponential,
    Flat,
    GaussianLine,
    PowerLaw,
    Tabulated,
    mean_decay_factor,
)

EDGES = np.array([0.2, 0.25, 0.7, 2.8, 10.0, 10.4, 55.0])
KNOTS = np.array([0.1, 0.5, 3.0, 10.2, 60.0])
RATES = np.array([80.0, 12.0, 3.0, 5.0, 1.0])

SHAPES: list[tuple[BackgroundShape, Callable[[float], float]]] = [
    (Flat(2.3), lambda e: 2.3),
    (Exponential(7.0, 0.3, 0.4), lambda e: 7.0 * np.exp(-(e - 0.3) / 0.4)),
    (Exponential(1.5, 10.0, 25.0), lambda e: 1.5 * np.exp((10.0 - e) / 25.0)),
    (PowerLaw(2.0, 5.0, -1.0), lambda e: 2.0 * 5.0 / e),
    (PowerLaw(2.0, 5.0, -1.0 + 1e-9), lambda e: 2.0 * (e / 5.0) ** (-1 + 1e-9)),
    (PowerLaw(2.0, 5.0, -2.5), lambda e: 2.0 * (5.0 / e) ** 2.5),
    (PowerLaw(0.1, 5.0, 1.5), lambda e: 0.1 * (e / 5.0) ** 1.5),
    (GaussianLine(40.0, 10.37, 0.2), lambda e: 40.0 * norm.pdf(e, 10.37, 0.2)),
    (Tabulated(KNOTS, RATES), lambda e: np.interp(e, KNOTS, RATES)),
]
BREAKS = np.sort(np.concatenate([KNOTS, 10.37 + 0.2 * np.array([-20, -6, -2, 0, 2, 6, 20])]))


@pytest.mark.parametrize(("shape", "rate"), SHAPES)
def test_bins_against_quadrature(shape: BackgroundShape, rate: Callable[[float], float]) -> None:
    expected = []
    for low, high in pairwise(EDGES):
        nodes = [low, *BREAKS[(low < BREAKS) & (high > BREAKS)], high]
        expected.append(sum(quad(rate, a, b, epsabs=1e-14)[0] for a, b in pairwise(nodes)))
    np.testing.assert_allclose(shape.rate_per_kg_day(EDGES), expected, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    shape=st.sampled_from([shape for shape, _ in SHAPES]),
    cuts=st.lists(st.floats(0.15, 59.0), min_size=3, max_size=9, unique=True),
)
def test_bins_add_up(shape: BackgroundShape, cuts: list[float]) -> None:
    """However a window is cut, the total is that of one bin; thin bins do not go negative."""
    edges = np.sort(cuts)
    bins = shape.rate_per_kg_day(edges)
    whole = shape.rate_per_kg_day(edges[[0, -1]])
    assert bins.shape == (edges.size - 1,)
    assert np.all(bins >= -1e-12)
    assert bins.sum() == pytest.approx(whole[0], rel=1e-11, abs=1e-11)


def test_a_line_inside_the_window_is_counted_once() -> None:
    total = GaussianLine(40.0, 10.37, 0.2).rate_per_kg_day(EDGES).sum()
    assert total == pytest.approx(40.0, rel=1e-14)


def test_magnetic_moment_like_power_law() -> None:
    """Index -1: equal counts in bins of equal ratio."""
    bins = PowerLaw(2.0, 5.0, -1.0).rate_per_kg_day(np.array([1.0, 3.0, 9.0, 27.0]))
    np.testing.assert_allclose(bins, 10.0 * np.log(3.0), rtol=1e-14)


@pytest.mark.parametrize("low", [0.0, -0.3])
def test_power_law_needs_positive_energies(low: float) -> None:
    message = rf"a power law needs a window above 0 keV, found {low:g} keV"
    with pytest.raises(ValueError, match=message):
        PowerLaw(2.0, 5.0, -1.0).rate_per_kg_day(np.array([low, 1.0]))


@pytest.mark.parametrize("edges", [[0.05, 1.0], [1.0, 61.0]])
def test_table_must_span_the_window(edges: list[float]) -> None:
    message = rf"background table spans 0\.1 to 60 keV, the window {edges[0]:g} to {edges[1]:g} keV"
    with pytest.raises(ValueError, match=message):
        Tabulated(KNOTS, RATES).rate_per_kg_day(np.array(edges))
    Tabulated(KNOTS, RATES).rate_per_kg_day(np.array([0.1, 60.0]))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(half_life=st.floats(0.5, 1e5), start=st.floats(0.0, 500.0), days=st.floats(1e-3, 1000.0))
def test_mean_decay_factor_against_quadrature(half_life: float, start: float, days: float) -> None:
    nodes = [start, *(start + k * half_life for k in (1, 4, 10, 40) if k * half_life < days)]
    nodes.append(start + days)

    def activity(t: float) -> float:
        return 2.0 ** (-(t - start) / half_life)

    integral = sum(quad(activity, a, b, epsrel=1e-12)[0] for a, b in pairwise(nodes))
    expected = 2.0 ** (-start / half_life) * integral / days
    found = mean_decay_factor(half_life, start, days)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_activation_lines() -> None:
    """Ge-71 (11.43 d): half after one half-life; 1 / (2 ln 2) on the mean of the first."""
    assert mean_decay_factor(11.43, 11.43, 1e-6) == pytest.approx(0.5, rel=1e-6)
    assert mean_decay_factor(11.43, 0.0, 11.43) == pytest.approx(0.5 / np.log(2), rel=1e-14)
    assert mean_decay_factor(11.43, 3.0, 0.0) == 0.0
