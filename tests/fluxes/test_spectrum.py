"""PiecewiseSpectrum: construction, sums, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from fluxes.moments import FluxMoments
from fluxes.spectrum import (
    PiecewiseSpectrum,
    coefficients_on,
    from_bin_averages,
    from_function,
    from_points,
    joined,
    multiplied,
    multiplied_in_bins,
    weighted_sum,
)

EDGES = np.array([0.0, 0.1, 0.5, 2.0])


@st.composite
def spectra(draw: st.DrawFn) -> PiecewiseSpectrum:
    """A spectrum of 1 to 5 cubic cells somewhere between 0 and 10 MeV."""
    steps = draw(st.lists(st.floats(0.05, 2.0), min_size=2, max_size=6))
    coefficient = st.floats(-5.0, 5.0)
    rows = st.lists(coefficient, min_size=4, max_size=4)
    n_cells = len(steps) - 1
    coefficients = draw(st.lists(rows, min_size=n_cells, max_size=n_cells))
    return PiecewiseSpectrum(np.cumsum(steps), np.array(coefficients))


def test_bin_averages() -> None:
    spectrum = from_bin_averages(EDGES, np.array([3.0, 1.0, 0.5]))
    energy = np.array([0.0, 0.05, 0.1, 0.3, 0.5, 1.999, 2.0, 3.0])
    np.testing.assert_array_equal(spectrum.density(energy), [3, 3, 1, 1, 0.5, 0.5, 0, 0])
    assert spectrum.integral() == pytest.approx(3 * 0.1 + 1 * 0.4 + 0.5 * 1.5, rel=1e-15)


def test_points_are_joined_by_straight_lines() -> None:
    values = np.array([0.0, 2.0, 1.0, 4.0])
    spectrum = from_points(EDGES, values)
    energy = np.random.default_rng(1).uniform(0, 2, 200)
    np.testing.assert_allclose(
        spectrum.density(energy), np.interp(energy, EDGES, values), rtol=1e-13
    )
    assert spectrum.integral() == pytest.approx(
        quad(np.interp, 0, 2, (EDGES, values), points=EDGES[1:-1])[0], rel=1e-14
    )


def test_a_cubic_is_taken_over_exactly() -> None:
    def function(x: np.ndarray) -> np.ndarray:
        return 1.0 - 2.0 * x + 0.3 * x**2 - 0.04 * x**3

    spectrum = from_function(function, np.array([0.5, 1.0, 4.0]))
    energy = np.linspace(0.5, 3.999, 57)
    np.testing.assert_allclose(spectrum.density(energy), function(energy), rtol=0, atol=1e-13)
    expected = quad(function, 0.5, 4.0, epsrel=1e-13)[0]
    assert spectrum.integral() == pytest.approx(expected, rel=1e-12)


def test_a_smooth_function_converges_with_the_fourth_power_of_the_cell() -> None:
    energy = np.random.default_rng(2).uniform(1, 3, 400)
    errors = []
    for n_cells in (10, 20, 40):
        spectrum = from_function(np.exp, np.linspace(1, 3, n_cells + 1))
        errors.append(np.max(np.abs(spectrum.density(energy) / np.exp(energy) - 1)))
    assert errors[0] < 1e-6
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.25)
    assert errors[1] / errors[2] == pytest.approx(16, rel=0.25)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    parts=st.lists(st.tuples(st.floats(-3.0, 3.0), spectra()), min_size=1, max_size=4),
    energies=st.lists(st.floats(0.01, 12.0), min_size=1, max_size=8),
)
def test_weighted_sum_is_linear(
    parts: list[tuple[float, PiecewiseSpectrum]], energies: list[float]
) -> None:
    """Densities, also on the edges, the integral and the moments of a sum are sums."""
    weights = [weight for weight, _ in parts]
    members = [spectrum for _, spectrum in parts]
    total = weighted_sum(weights, members)
    energy = np.concatenate([energies, *(s.edges_mev for s in members)])

    def expected(of: list[np.ndarray]) -> np.ndarray:
        return np.sum([w * x for w, x in zip(weights, of, strict=True)], axis=0)

    size = 1e-11 * sum(abs(w) * np.abs(s.coefficients).sum() * 1e4 for w, s in parts)
    densities = [s.density(energy) for s in members]
    np.testing.assert_allclose(total.density(energy), expected(densities), rtol=0, atol=size)
    integrals = [np.array(s.integral()) for s in members]
    assert total.integral() == pytest.approx(expected(integrals), rel=0, abs=size)
    moments = [FluxMoments.of(s).above(energy) for s in members]
    np.testing.assert_allclose(
        FluxMoments.of(total).above(energy), expected(moments), rtol=0, atol=size
    )


def test_sum_of_separate_spectra_is_zero_between_them() -> None:
    low = from_bin_averages(np.array([0.0, 1.0]), np.array([2.0]))
    high = from_bin_averages(np.array([3.0, 4.0]), np.array([5.0]))
    total = weighted_sum([1.0, 10.0], [low, high])
    np.testing.assert_array_equal(total.density(np.array([0.5, 2.0, 3.5])), [2.0, 0.0, 50.0])
    assert total.integral() == pytest.approx(52.0, rel=1e-15)


def test_scaled() -> None:
    spectrum = from_points(EDGES, np.array([1.0, 2.0, 1.0, 0.0]))
    energy = np.linspace(0, 2.5, 33)
    np.testing.assert_allclose(
        spectrum.scaled(-2.5).density(energy), -2.5 * spectrum.density(energy), rtol=1e-14
    )


def test_joined_keeps_each_side() -> None:
    below = from_points(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 5.0]))
    above = from_bin_averages(np.array([2.0, 3.0]), np.array([7.0]))
    whole = joined(below, above)
    np.testing.assert_allclose(whole.density(np.array([1.5, 2.0, 2.9, 3.0])), [3.0, 7.0, 7.0, 0.0])
    assert whole.integral() == pytest.approx(below.integral() + above.integral(), rel=1e-15)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(spectrum=spectra(), cuts=st.lists(st.floats(0.0, 12.0), min_size=2, max_size=6, unique=True))
def test_product_with_a_step_function(spectrum: PiecewiseSpectrum, cuts: list[float]) -> None:
    edges = np.sort(cuts)
    factors = np.arange(1.0, edges.size)
    product = multiplied_in_bins(spectrum, edges, factors)
    energy = np.concatenate([np.linspace(0, 13, 97), edges, spectrum.edges_mev])
    bin_of = np.searchsorted(edges, energy, side="right") - 1
    inside = (bin_of >= 0) & (bin_of < factors.size)
    factor = np.where(inside, factors[np.clip(bin_of, 0, factors.size - 1)], 0.0)
    size = 1e-15 * np.max(np.abs(spectrum.coefficients)) * 13.0**3 * factors.size
    expected = factor * spectrum.density(energy)
    np.testing.assert_allclose(product.density(energy), expected, rtol=0, atol=size)


def test_coefficients_on_finer_cells() -> None:
    spectrum = from_points(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    found = coefficients_on(spectrum, np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0]))
    lines = [[0, 0], [-1, 2], [-1, 2], [5, -1], [0, 0]]
    np.testing.assert_allclose(found[:, :2], lines, atol=1e-15)
    assert not np.any(found[:, 2:])


def test_product_of_cubics_is_fitted_within_the_bound() -> None:
    """A cubic times a line in each half: quartic, so the fourth derivative is 24 c3 slope."""
    spectrum = PiecewiseSpectrum(np.array([1.0, 2.0, 4.0]), np.array([[1.0, 0, 0, 2.0]] * 2))

    def factor(energy: np.ndarray) -> np.ndarray:
        return np.interp(energy, [0, 3, 5], [1.0, 4.0, 3.0])

    for n_cells in (6, 12, 24):
        edges = np.linspace(1, 4, n_cells + 1)
        product = multiplied(spectrum, factor, edges)
        energy = np.random.default_rng(3).uniform(1, 4, 2000)
        error = np.abs(product.density(energy) - spectrum.density(energy) * factor(energy))
        bound = 24 * 2.0 * 1.0 * (1.5 / n_cells) ** 4 / 192
        assert 0.9 * bound < np.max(error) < 1.01 * bound


def test_product_with_a_smooth_factor() -> None:
    """Density and moments against the product itself; the range is that of the spectrum."""
    spectrum = from_points(EDGES, np.array([0.0, 2.0, 1.0, 4.0]))
    product = multiplied(spectrum, np.exp, np.linspace(-1, 5, 601))
    energy = np.random.default_rng(4).uniform(1e-3, 2, 300)
    expected = np.interp(energy, EDGES, [0, 2, 1, 4]) * np.exp(energy)
    np.testing.assert_allclose(product.density(energy), expected, rtol=1e-9)
    assert product.edges_mev[[0, -1]] == pytest.approx([0.0, 2.0], abs=0)
    for n in range(3):
        m_n = quad(
            lambda x, n=n: np.interp(x, EDGES, [0, 2, 1, 4]) * np.exp(x) * x**-n,
            0.05,
            2,
            points=EDGES[1:-1],
        )[0]
        assert FluxMoments.of(product).above(np.array([0.05]))[n, 0] == pytest.approx(m_n, rel=1e-8)


def test_edges_that_rounding_split_do_no_harm() -> None:
    """A cell of one ulp would turn rounding into a density of any size."""
    edges = np.array([1.0, 2.25, np.nextafter(2.25, 3), 3.0])
    spectrum = PiecewiseSpectrum(edges, np.tile([2.0, -0.5, 0.0, 0.01], (3, 1)))
    near = np.array([np.nextafter(2.25, 0), 2.5, 2.5 + 1e-13])
    product = multiplied(spectrum, np.cos, np.concatenate([np.linspace(1, 3, 101), near]))
    energy = np.concatenate([np.linspace(1, 2.999, 501), edges[:-1], near])
    expected = spectrum.density(energy) * np.cos(energy)
    np.testing.assert_allclose(product.density(energy), expected, rtol=0, atol=1e-8)


def test_density_keeps_the_shape() -> None:
    spectrum = from_bin_averages(EDGES, np.array([3.0, 1.0, 0.5]))
    assert spectrum.density(0.3).shape == (1,)
    grid = np.array([[0.05, 0.3, 1.0], [0.2, 2.5, 0.0]])
    np.testing.assert_array_equal(spectrum.density(grid), [[3.0, 1.0, 0.5], [1.0, 0.0, 3.0]])
    np.testing.assert_array_equal(spectrum.density(grid[:, ::2]), [[3.0, 0.5], [1.0, 3.0]])


@pytest.mark.parametrize(
    ("edges", "n_cells", "message"),
    [
        ([0.0, 1.0, 1.0], 2, r"edges_mev must increase strictly: fails after edges_mev\[1\]"),
        ([2.0, 1.0, 3.0], 2, r"edges_mev must increase strictly: fails after edges_mev\[0\]"),
        ([0.0, np.nan], 1, r"edges_mev must increase strictly"),
        ([1.0], 1, r"edges_mev must increase strictly"),
        ([-0.5, 1.0], 1, r"edges_mev must be >= 0: edges_mev\[0\] = -0\.5"),
        ([0.0, 1.0, 2.0], 3, r"coefficients must have shape \(2, 4\), found \(3, 4\)"),
    ],
)
def test_refused(edges: list[float], n_cells: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PiecewiseSpectrum(np.array(edges), np.zeros((n_cells, 4)))


def test_spectra_that_do_not_meet() -> None:
    below = from_bin_averages(np.array([0.0, 1.9]), np.array([1.0]))
    above = from_bin_averages(np.array([2.0, 3.0]), np.array([1.0]))
    with pytest.raises(ValueError, match=r"the spectra do not meet: 1\.9 and 2 MeV"):
        joined(below, above)
