"""Deviations: covariance, components and what they leave out, on made-up spectra."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxes.moments import FluxMoments
from fluxes.spectrum import PiecewiseSpectrum, from_bin_averages, from_points
from fluxes.uncertainty.deviations import (
    FluxUncertainty,
    bin_contents,
    flux_bins_mev,
    range_deviations,
)

EDGES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
CENTRAL = from_bin_averages(EDGES, np.array([4.0, 3.0, 2.0, 1.0, 0.1]))


def made_up(n_deviations: int, seed: int) -> FluxUncertainty:
    """Random steps of very different sizes, with both signs."""
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-4, -1, n_deviations)
    steps = rng.normal(size=(n_deviations, 5)) * sizes[:, None]
    spectra = {f"{i}": from_bin_averages(EDGES, step) for i, step in enumerate(steps)}
    return FluxUncertainty(CENTRAL, spectra)


def covariance_of(spectra: tuple[PiecewiseSpectrum, ...], edges: np.ndarray) -> np.ndarray:
    contents = [[s.density((a + b) / 2)[0] * (b - a) for a, b in pairs(edges)] for s in spectra]
    return sum(np.outer(c, c) for c in np.array(contents))


def pairs(edges: np.ndarray) -> list[tuple[float, float]]:
    return list(pairwise(edges))


def test_covariance_is_the_sum_of_outer_products() -> None:
    uncertainty = made_up(7, 1)
    expected = covariance_of(tuple(uncertainty.deviations.values()), EDGES)
    np.testing.assert_allclose(uncertainty.covariance(EDGES), expected, rtol=1e-10, atol=1e-18)


@pytest.mark.parametrize("n_deviations", [1, 3, 12])
def test_all_components_rebuild_the_covariance(n_deviations: int) -> None:
    uncertainty = made_up(n_deviations, 2)
    components = uncertainty.components(0.0)
    assert len(components) == n_deviations
    np.testing.assert_allclose(
        covariance_of(components, EDGES), uncertainty.covariance(EDGES), rtol=1e-9, atol=1e-18
    )
    assert all(component.integral() >= 0 for component in components)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(seed=st.integers(0, 10_000), omitted=st.floats(1e-4, 0.3))
def test_what_the_components_leave_out(seed: int, omitted: float) -> None:
    """Of no moment above any edge more than the share, and one component fewer would do so."""
    uncertainty = made_up(8, seed)
    components = uncertainty.components(omitted)
    energies = EDGES[1:-1]

    def variances(spectra: list[PiecewiseSpectrum]) -> np.ndarray:
        folds = [FluxMoments.of(s).above(energies) for s in spectra]
        return np.sum(np.square(folds), axis=0)

    whole = variances(list(uncertainty.deviations.values()))
    assert np.all(1 - variances(list(components)) / whole <= omitted + 1e-9)
    fewer = uncertainty.components(min(0.99, 3 * omitted + 0.2))
    assert len(fewer) <= len(components) <= 8


def test_components_are_as_few_as_possible() -> None:
    """Two proportional deviations are one; a small one is left out when it may be."""
    base = from_points(np.array([0.0, 8.0]), np.array([0.02, 0.01]))
    small = from_bin_averages(np.array([0.0, 8.0]), np.array([1e-4]))
    shifts = {"a": base, "b": base.scaled(-2.0), "c": small}
    uncertainty = FluxUncertainty(CENTRAL, shifts)
    assert len(uncertainty.components(0.01, EDGES)) == 1
    assert len(uncertainty.components(1e-7, EDGES)) == 2
    (main,) = uncertainty.components(0.01, EDGES)
    ratio = main.density(np.array([1.0, 6.0])) / base.density(np.array([1.0, 6.0]))
    np.testing.assert_allclose(ratio, np.sqrt(5), rtol=1e-3)


def test_ranges_are_independent_and_correlated_inside() -> None:
    shifts = range_deviations("part", CENTRAL, np.array([0.5, 2.0, 8.0]), np.array([0.1, 0.2]))
    assert list(shifts) == ["part 0.5 to 2 MeV", "part 2 to 8 MeV"]
    covariance = FluxUncertainty(CENTRAL, shifts).covariance(EDGES)
    relative = covariance / np.outer(contents := bin_contents(CENTRAL, EDGES), contents)
    expected = np.zeros((5, 5))
    expected[1:3, 1:3], expected[3:, 3:] = 0.01, 0.04
    np.testing.assert_allclose(relative, expected, rtol=1e-12, atol=1e-17)


def test_mapped() -> None:
    uncertainty = made_up(3, 5)
    doubled = uncertainty.mapped(lambda s: s.scaled(2.0))
    assert doubled.central.integral() == pytest.approx(2 * CENTRAL.integral(), rel=1e-14)
    np.testing.assert_allclose(
        doubled.covariance(EDGES), 4 * uncertainty.covariance(EDGES), rtol=1e-12
    )


def test_bins() -> None:
    edges = flux_bins_mev(from_bin_averages(np.array([0.0, 10.0]), np.array([1.0])))
    np.testing.assert_allclose(edges[:10], [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.125])
    np.testing.assert_allclose(edges[-3:], [7.625, 7.875, 10])
    short = flux_bins_mev(from_bin_averages(np.array([0.0, 1.5]), np.array([1.0])))
    np.testing.assert_allclose(short, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5])
    contents = bin_contents(CENTRAL, np.array([0.0, 0.75, 3.0]))
    np.testing.assert_allclose(contents, [2 + 0.75, 0.75 + 2 + 1], rtol=1e-12)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_refused(share: float) -> None:
    with pytest.raises(
        ValueError, match=rf"omitted_variance must lie in \[0, 1\), found {share:g}"
    ):
        made_up(2, 1).components(share)
