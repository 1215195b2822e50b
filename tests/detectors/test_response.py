"""The response matrix against quadrature of the Gaussian, and what it must conserve."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from detectors.efficiency import Efficiency, EfficiencyCurve, TabulatedEfficiency
from detectors.resolution import PhononResolution, Resolution
from detectors.response import check_edges, highest_true_energy_kev, response_matrix

RESOLUTION = Resolution(noise_sigma_kev=0.05, fano_factor=0.11, pair_energy_kev=2.96e-3)
FLAT = Efficiency(plateau=0.9)
EDGES = np.array([0.2, 0.3, 0.45, 0.5, 1.0, 2.5])
TABLE = TabulatedEfficiency(np.array([0.2, 0.3, 0.4, 0.6]), np.array([0.0, 0.3, 0.7, 0.85]))
TRUE = np.array([0.02, 0.15, 0.3, 0.47, 0.9, 2.4, 3.0])


def by_quadrature(
    edges: np.ndarray, energy: float, threshold: float, efficiency: EfficiencyCurve
) -> list[float]:
    """Integral of Gaussian times efficiency over each bin above the threshold."""
    sigma = np.sqrt(0.05**2 + 0.11 * 2.96e-3 * energy)
    on_true = efficiency.acts_on == "true"

    def integrand(x: float) -> float:
        pdf = np.exp(-(((x - energy) / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
        return float(pdf * efficiency.at(energy if on_true else x)[0])

    kinks = [energy + k * sigma for k in (-8, -3, 0, 3, 8)]
    if isinstance(efficiency, TabulatedEfficiency):
        kinks += list(efficiency.energy_kev)
    elif isinstance(efficiency, Efficiency):
        width = efficiency.width_kev or 0.0
        kinks += [efficiency.half_kev + k * width for k in (-3, 0, 3)]
    out = []
    for low, high in pairwise(np.maximum(edges, threshold)):
        nodes = [low, *sorted(k for k in kinks if low + 1e-9 < k < high - 1e-9), high]
        out.append(sum(quad(integrand, a, b, epsabs=1e-14)[0] for a, b in pairwise(nodes)))
    return out


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.37])
@pytest.mark.parametrize(
    "efficiency", [FLAT, Efficiency(0.9, half_kev=0.3, width_kev=0.08, acts_on="true")]
)
def test_against_quadrature(threshold: float, efficiency: Efficiency) -> None:
    found = response_matrix(TRUE, EDGES, RESOLUTION, efficiency, threshold, 0.0)
    expected = np.array([by_quadrature(EDGES, e, threshold, efficiency) for e in TRUE]).T
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("threshold", [0.0, 0.23])
def test_efficiency_on_reconstructed_energy(threshold: float) -> None:
    """In bins as wide as the turn-on, whatever the width of the Gaussian."""
    edges = np.arange(0.1, 1.3, 0.05)
    efficiency = Efficiency(0.9, half_kev=0.3, width_kev=0.05)
    found = response_matrix(TRUE, edges, RESOLUTION, efficiency, threshold, 0.0)
    expected = np.array([by_quadrature(edges, e, threshold, efficiency) for e in TRUE]).T
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-10)
    wrong = response_matrix(TRUE, edges, RESOLUTION, FLAT, threshold, 0.0)
    assert np.max(np.abs(wrong - expected)) > 0.1


@pytest.mark.parametrize("threshold", [0.0, 0.23])
def test_tabulated_efficiency(threshold: float) -> None:
    """In bins as wide as the distance of two points: straight lines are exact."""
    edges = np.arange(0.1, 1.3, 0.1)
    found = response_matrix(TRUE, edges, RESOLUTION, TABLE, threshold, 0.0)
    expected = np.array([by_quadrature(edges, e, threshold, TABLE) for e in TRUE]).T
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert expected.max() > 0.3


def test_tabulated_efficiency_on_true_energy() -> None:
    """The table's value times the matrix without it: 0 below the first point."""
    table = TabulatedEfficiency(TABLE.energy_kev, TABLE.efficiency, acts_on="true")
    found = response_matrix(TRUE, EDGES, RESOLUTION, table, 0.0, 0.0)
    without = response_matrix(TRUE, EDGES, RESOLUTION, Efficiency(), 0.0, 0.0)
    values = [0.0, 0.0, 0.3, 0.7 + 0.07 / 0.2 * 0.15, 0.85, 0.85, 0.85]
    np.testing.assert_allclose(found, without * values, rtol=1e-12)


def test_wide_bins_are_cut_by_the_turn_on() -> None:
    """One bin of 2 keV over a turn-on of 0.05 keV: as good as the sum of narrow bins."""
    efficiency = Efficiency(0.9, half_kev=0.3, width_kev=0.05)
    wide = response_matrix(TRUE, np.array([0.1, 2.1]), RESOLUTION, efficiency, 0.0, 0.0)
    narrow = response_matrix(TRUE, np.linspace(0.1, 2.1, 81), RESOLUTION, efficiency, 0.0, 0.0)
    np.testing.assert_allclose(wide[0], narrow.sum(axis=0), rtol=1e-6, atol=1e-10)


def test_phonon_detector() -> None:
    """The Gaussian of whatever width the model says."""
    phonons = PhononResolution(0.02, 0.05, 1e-3)
    found = response_matrix(TRUE, EDGES, phonons, FLAT, 0.0, 0.0)
    sigma = np.sqrt(0.02**2 + (0.05 * TRUE) ** 2 + 1e-3 * TRUE)
    expected = 0.9 * np.diff(norm.cdf(EDGES[:, None], TRUE, sigma), axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("score", [-12, -9, -6, 0, 6, 9, 12, 20])
def test_far_tails_keep_their_digits(score: float) -> None:
    """Both tails to a relative 1e-10: the mu^2 and q^2 spectra leak through them."""
    sigma = RESOLUTION.sigma_kev(5.0)[0]
    edges = 5.0 + sigma * np.array([score, score + 0.5])
    with mpmath.workdps(120):
        low, high = ((mpmath.mpf(e) - 5) / mpmath.mpf(sigma) for e in edges)
        expected = float(mpmath.ncdf(high) - mpmath.ncdf(low))
    found = response_matrix(np.array([5.0]), edges, RESOLUTION, Efficiency(), 0.0, 0.0)
    assert found[0, 0] == pytest.approx(expected, rel=1e-10, abs=0)


resolutions = st.builds(
    Resolution,
    noise_sigma_kev=st.floats(0.01, 0.5),
    fano_factor=st.floats(0.0, 0.2),
    pair_energy_kev=st.floats(2e-3, 5e-3),
)
energies = st.floats(0.0, 20.0)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    energy=energies,
    resolution=resolutions,
    plateau=st.floats(0.1, 1.0),
    half=st.floats(0.0, 3.0),
    width=st.floats(0.05, 1.0),
    cuts=st.lists(st.integers(-90, 90), max_size=6),
)
def test_bins_that_catch_everything_sum_to_the_efficiency(
    energy: float,
    resolution: Resolution,
    plateau: float,
    half: float,
    width: float,
    cuts: list[int],
) -> None:
    """Flat and true: exactly the efficiency.  Reconstructed: the turn-on smeared once more."""
    sigma = resolution.sigma_kev(energy)[0]
    true = np.array([energy])

    def total(edges: np.ndarray, efficiency: Efficiency) -> float:
        return response_matrix(true, edges, resolution, efficiency, -99.0, 0.0).sum()

    wide = energy + sigma * np.unique([-100, *cuts, 100]) / 10
    assert total(wide, Efficiency(plateau)) == pytest.approx(plateau, rel=1e-13)
    on_true = Efficiency(plateau, half, width, acts_on="true")
    assert total(wide, on_true) == pytest.approx(on_true.at(energy)[0], rel=1e-12, abs=1e-300)
    fine = energy + sigma * np.linspace(-10, 10, 401)
    smeared = plateau * norm.cdf((energy - half) / np.hypot(sigma, width))
    on_reconstructed = Efficiency(plateau, half, width, acts_on="reconstructed")
    assert total(fine, on_reconstructed) == pytest.approx(smeared, rel=1e-5, abs=1e-8)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(threshold=st.floats(0.0, 3.0), minimum=st.floats(0.0, 3.0), resolution=resolutions)
def test_threshold_and_lowest_ionization(
    threshold: float, minimum: float, resolution: Resolution
) -> None:
    """The bin with the threshold starts there, bins below are empty, bins above do not notice.

    True energies below the lowest ionization produce nothing, the others do not notice.
    """
    found = response_matrix(TRUE, EDGES, resolution, FLAT, threshold, minimum)
    uncut = response_matrix(TRUE, EDGES, resolution, FLAT, 0.0, 0.0)
    kept = minimum <= TRUE
    assert np.all(found[:, ~kept] == 0)
    for b, (low, high) in enumerate(pairwise(EDGES)):
        if threshold >= high:
            assert np.all(found[b] == 0)
        elif threshold <= low:
            np.testing.assert_array_equal(found[b, kept], uncut[b, kept])
        else:
            part = response_matrix(TRUE, np.array([threshold, high]), resolution, FLAT, 0.0, 0.0)
            np.testing.assert_array_equal(found[b, kept], part[0, kept])


def test_cuts_include_their_own_value() -> None:
    """E = min_ionization_kev counts; a threshold on an edge cuts nothing above it."""
    true = np.array([np.nextafter(0.3, 0), 0.3])
    found = response_matrix(true, EDGES, RESOLUTION, FLAT, 0.3, 0.3)
    assert np.all(found[:, 0] == 0)
    assert found[0, 1] == 0
    assert np.all(found[1:4, 1] > 0)


@pytest.mark.parametrize("efficiency", [FLAT, Efficiency(0.9, 0.3, 0.08, acts_on="true")])
def test_merged_bins_are_sums(efficiency: Efficiency) -> None:
    fine = response_matrix(TRUE, EDGES, RESOLUTION, efficiency, 0.25, 0.1)
    coarse = response_matrix(TRUE, EDGES[[0, 2, 5]], RESOLUTION, efficiency, 0.25, 0.1)
    merged = np.add.reduceat(fine, [0, 2], axis=0)
    np.testing.assert_allclose(coarse, merged, rtol=1e-12, atol=1e-16)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(resolution=resolutions, top=st.floats(0.3, 60.0))
def test_nothing_from_above_the_highest_true_energy(resolution: Resolution, top: float) -> None:
    """Less than 1e-15 of what lies there is reconstructed below the last edge."""
    highest = highest_true_energy_kev(np.array([0.1, top]), resolution)
    true = highest * np.array([1.0, 1.1, 2.0])
    found = response_matrix(true, np.array([-99.0, top]), resolution, Efficiency(), -99.0, 0.0)
    assert np.all(found < 1e-15)
    assert highest < top + 15 * resolution.sigma_kev(top)[0]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (
            [2.8, 2.9, 2.9, 3.0],
            r"edges_kev must increase strictly: edges_kev\[2\] = 2\.9 after 2\.9",
        ),
        ([2.8, 2.7], r"edges_kev must increase strictly: edges_kev\[1\] = 2\.7 after 2\.8"),
        ([2.8], r"edges_kev: at least two bin edges expected, found 1"),
        ([2.8, np.nan], r"edges_kev must be finite"),
        ([2.8, np.inf], r"edges_kev must be finite"),
    ],
)
def test_refused_edges(edges: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_edges(np.array(edges))
    with pytest.raises(ValueError, match=message):
        response_matrix(TRUE, np.array(edges), RESOLUTION, FLAT, 0.0, 0.0)


def test_good_edges_pass() -> None:
    check_edges(EDGES)


def test_a_truncated_resolution_is_normalised_above_zero() -> None:
    """Every true energy is reconstructed at positive energy with certainty; others are larger."""
    energy = np.array([0.003, 0.07, 0.5])
    edges = np.linspace(0.0, 3.0, 301)
    resolution = Resolution(0.0685, 0.105, 2.96e-3)
    plain, cut = (
        response_matrix(energy, edges, resolution, Efficiency(), 0.0, 0.001, truncated=truncated)
        for truncated in (False, True)
    )
    np.testing.assert_allclose(cut.sum(axis=0), 1.0, rtol=1e-9)
    left = norm.cdf(energy / resolution.sigma_kev(energy))
    np.testing.assert_allclose(cut, plain / left, rtol=1e-12, atol=0)
