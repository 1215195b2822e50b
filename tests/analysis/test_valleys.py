"""Fits of q and r in both valleys of their likelihood: quartics, starts, and minima found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.fits import newton_kernels
from analysis.fits.batch import (
    Toys,
    batch_minima,
    batch_statistics,
    both_minima,
    toys_at,
    valley_starts,
)
from analysis.fits.toy_fits import ToyProfiles, conditional_minima
from analysis.likelihood.likelihood import Likelihood

FORMS = ("compiled", "python")
Planted = Callable[..., Likelihood]
Array = np.ndarray[Any, np.dtype[np.float64]]


def form(kernel: Callable[..., Any], which: str) -> Callable[..., Any]:
    """The compiled kernel or its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    return kernel if which == "compiled" else getattr(kernel, "py_func", kernel)


# The quartic


@pytest.mark.parametrize("which", FORMS)
def test_minima_of_a_quartic(which: str) -> None:
    """Against the eigenvalues of numpy's roots, with one and with two minima, near and far."""
    random = np.random.default_rng(1)
    minima = form(newton_kernels.quartic_minima, which)
    numbers = []
    for _ in range(300):
        c1, c2, c3 = random.normal(size=3) * 10 ** random.uniform(-1, 1, 3)
        c4 = 10 ** random.uniform(-2, 1)
        deeper, other, number = minima(c1, c2, c3, c4)
        roots = np.roots([4 * c4, 3 * c3, 2 * c2, c1])
        real = roots.real[np.abs(roots.imag) < 1e-9 * np.abs(roots)]
        wanted = np.array([v for v in real if 12 * c4 * v**2 + 6 * c3 * v + 2 * c2 > 0])
        heights = c1 * wanted + c2 * wanted**2 + c3 * wanted**3 + c4 * wanted**4
        wanted = wanted[np.argsort(heights)]
        assert (number == 2) == (len(wanted) == 2)
        assert deeper == pytest.approx(wanted[0], rel=1e-9, abs=0)
        if number == 2:
            assert other == pytest.approx(wanted[1], rel=1e-6, abs=0)
        numbers.append(number)
    assert {1.0, 1.5, 2.0} == set(numbers)


@pytest.mark.parametrize("which", FORMS)
def test_minima_of_what_is_hardly_a_quartic(which: str) -> None:
    """A parabola, alone and with a speck of higher powers, a flat valley, and no minimum."""
    minima = form(newton_kernels.quartic_minima, which)
    assert minima(-3.0, 2.0, 0.0, 0.0)[0] == 0.75
    assert minima(-3e-9, 2.0, 1e-9, 1e-17)[0] == pytest.approx(0.75e-9, rel=1e-12, abs=0)
    assert minima(0.0, 0.0, 0.0, 2.0)[:1] == (0.0,)
    deeper, other, number = minima(0.0, -2.0, 0.0, 1.0)
    assert sorted([deeper, other]) == pytest.approx([-1, 1], rel=1e-15, abs=0)
    assert number == 2
    assert np.isnan(minima(1.0, -1.0, 0.0, 0.0)[0])


def test_a_second_minimum_that_almost_is_there() -> None:
    """Tilted until its second minimum has just gone, a quartic still tells of it, and where."""
    edge = 8 / np.sqrt(27)
    for tilt, number in ((0.99, 2.0), (1.01, 1.5), (1.9, 1.5), (3.0, 1.0)):
        _, other, found = newton_kernels.quartic_minima(100 * tilt * edge, -200.0, 0.0, 100.0)
        assert found == number
        if number == 1.5:
            assert other == pytest.approx(1.0, rel=1e-12, abs=0)


# Starts


def double_well(planted: Planted, tilt: float, size: float, counts: float = 400.0) -> Likelihood:
    """q^2 of a shape with a little of q, on two floating backgrounds, 30 bins."""
    x = np.linspace(0.0, 1.0, 30)
    square = size * np.exp(-3 * x)
    signal = {0: 5 * np.ones(30), 2: tilt * square * (1 + x), 3: square}
    return planted(signal, [counts * np.ones(30), counts * x], {}, 0.0, (0.1, np.inf))


def test_gaussian_bins_need_no_more_than_their_start(planted: Planted) -> None:
    """-2 ln L is then the quartic itself: both starts are minima, the third that at the value."""
    poisson = double_well(planted, 0.3, 20.0)
    likelihood = replace(poisson, variances=poisson.counts)
    truth = likelihood.centers.copy()
    truth[1] = 1.5
    toys = toys_at(likelihood, truth, 40, 3)
    toys = Toys(toys.counts, np.tile(likelihood.centers, (40, 1)))
    starts, numbers = valley_starts(likelihood, toys, "q", 0.7)
    assert np.sum(numbers == 2) > 10
    held = {"mu2": 0.0, "r": 0.0}
    for k, given in ((0, {}), (1, {}), (2, {"q": 0.7})):
        rows = (numbers == 2) | (k != 1)
        points = starts[k, rows]
        found = batch_minima(likelihood, toys.rows(rows), points, {**held, **given}, far=False)
        assert found.converged.all()
        np.testing.assert_allclose(points, found.points, rtol=1e-7, atol=1e-7)


# Minima


def local_minima_of(heights: Array) -> Array:
    """Places in the last axis where a scan is lower than at both neighbours."""
    inner = (heights[1:-1] < heights[:-2]) & (heights[1:-1] < heights[2:])
    return np.flatnonzero(inner) + 1


@pytest.mark.parametrize("tilt", [0.0, 0.02, 0.4])
@pytest.mark.parametrize("counts", [20.0, 400.0, 1e5])
def test_every_valley_of_a_scan_is_found(planted: Planted, tilt: float, counts: float) -> None:
    """Shallow wells on both sides of a low barrier, as deep as the profile is there."""
    likelihood = double_well(planted, tilt, 0.3 * np.sqrt(counts), counts)
    truth = likelihood.centers.copy()
    truth[1] = 0.8
    toys = toys_at(likelihood, truth, 60, 5)
    found = ToyProfiles.of(likelihood, toys, "q").local_minima()
    scan = np.linspace(-4, 4, 321)
    many = Toys(np.repeat(toys.counts, 321, axis=0), np.repeat(toys.centers, 321, axis=0))
    profile, _ = conditional_minima(likelihood, many, "q", np.tile(scan, 60))
    n_double = 0
    for heights, values, places in zip(
        profile.reshape(60, 321), *(x.T for x in found), strict=True
    ):
        minima = local_minima_of(heights)
        n_double += len(minima) == 2
        for k in minima:
            nearest = np.argmin(np.abs(places - scan[k]))
            assert abs(places[nearest] - scan[k]) < 0.025
            assert heights[k] - 1e-3 < values[nearest] <= heights[k] + 1e-9
    assert n_double > 10


def test_the_deeper_of_two_nearly_equal_valleys_is_taken(planted: Planted) -> None:
    """10^5 counts a bin: wells that differ in depth by hundredths, on a barrier hardly higher."""
    likelihood = double_well(planted, 0.02, 95.0, 1e5)
    truth = likelihood.centers.copy()
    truth[1] = 0.9
    toys = toys_at(likelihood, truth, 1000, 7)
    found = batch_statistics(likelihood, toys, "q", 0.9)
    assert found.converged.all()
    for sign in (-1.0, 1.0):
        start = toys.centers.copy()
        start[:, 1] = sign * np.maximum(np.abs(found.best_fit), 0.2)
        held = {"mu2": 0.0, "r": 0.0}
        other = batch_minima(likelihood, toys, start, held)
        assert np.all(found.best_value <= other.values + 1e-9)


def test_a_fit_that_ends_above_its_start_is_made_again(planted: Planted) -> None:
    """Signal far above the background: undamped steps run off to 16 sigma of the flux."""
    signal = {
        0: [4085.807, 4082.321, 530.679],
        2: [-4268.048, -4329.458, -800.059],
        3: [1145.652, 1180.904, 320.22],
    }
    background = [[2.009, 2.009, 2.009], [0.554, 3.5, 2.456]]
    likelihood = planted(signal, background, {}, 0.03, (0.0, 0.1))
    toys = Toys(np.array([[448.0, 523.0, 523.0]]), likelihood.centers[None])
    deeper, _, _ = both_minima(likelihood, toys, "q")
    assert deeper.converged.all()
    assert deeper.values[0] == pytest.approx(5.4803, abs=1e-3)
    assert deeper.points[0, 1] == pytest.approx(2.4147, abs=1e-3)


def test_a_parameter_without_square_has_one_valley(planted: Planted) -> None:
    """Then the fit is that from any start, and the other minimum is none."""
    likelihood = planted({2: np.linspace(5.0, 9.0, 12)}, 100 * np.ones(12), {"q": 1.0})
    toys = toys_at(likelihood, likelihood.centers, 20, 2)
    deeper, other, _ = both_minima(likelihood, toys, "q")
    wanted = batch_minima(likelihood, toys, toys.centers, {"mu2": 0.0, "r": 0.0})
    assert deeper.converged.all()
    assert not other.converged.any()
    assert np.isinf(other.values).all()
    np.testing.assert_allclose(deeper.values, wanted.values, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(deeper.points, wanted.points, rtol=1e-6, atol=1e-6)
