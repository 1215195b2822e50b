"""Local parameters eliminated group by group: the same steps as with one dense matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from many_spectra import many_spectra

from analysis.fits import newton_kernels
from analysis.fits.batch import Toys, batch_minima, batch_statistics, toys_at
from analysis.fits.minimum import minimise
from analysis.likelihood import single_kernels
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.reduction import Reduction

Array = np.ndarray[Any, np.dtype[np.float64]]
FORMS = ("compiled", "python")


def form(kernel: Callable[..., Any], which: str) -> Callable[..., Any]:
    """The compiled kernel or its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    return kernel if which == "compiled" else getattr(kernel, "py_func", kernel)


@pytest.fixture(scope="module")
def likelihood() -> Likelihood:
    """Sixteen spectra, an excess of its own in each, energy scales that are correlated."""
    return many_spectra(8, 12, 0.5)


def reduced(likelihood: Likelihood, *free: str, eliminate: bool, bent: bool = False) -> Reduction:
    """With some signal parameters free."""
    held = likelihood.with_fixed(likelihood.others(*free))
    at_zero = held.fixed & (held.centers == 0)
    last = held.index(free[0])
    return held.reduced(~held.fixed, at_zero, last, bent=bent, eliminate=eliminate)


def test_excesses_are_local(likelihood: Likelihood) -> None:
    """One row of each spectrum, all others in common: signal, flux, scales, flat backgrounds."""
    reduction = reduced(likelihood, "mu2", eliminate=True)
    n_rows, n_local, _, n_entries = reduction.arrow[2]
    assert (reduction.n_groups, n_rows, n_local) == (16, 22, 16)
    assert n_entries == 16 * (1 + 4) + 6 * 7 // 2
    assert reduced(likelihood, "mu2", eliminate=False).n_groups == 0
    shapes = reduction.bins[0]
    assert shapes.size == 2 * 12 * 16, "the spectra of a detector share 12 of 21 shapes"


def test_a_few_parameters_are_not_worth_it() -> None:
    assert reduced(many_spectra(2, 12), "mu2", eliminate=True).n_groups == 0


@pytest.mark.parametrize("which", FORMS)
def test_single_steps_are_those_of_a_dense_matrix(which: str, likelihood: Likelihood) -> None:
    toys = toys_at(likelihood, likelihood.centers, 1, 3)
    prior = (likelihood.inverse_sigmas, likelihood.correlations.couplings)
    found = []
    for eliminate in (True, False):
        points = toys.centers.copy()
        points[:, likelihood.index("q")] = 0.5
        reduction = reduced(likelihood, "mu2", "q", "cevns", eliminate=eliminate)
        out = np.zeros((2, 1))
        form(single_kernels.minimise_each, which)(
            points,
            toys.counts.T.copy(),
            toys.centers,
            *prior,
            reduction.arrays(),
            reduction.room,
            out,
        )
        assert out[1].all()
        found.append((out[0], points))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("name", ["mu2", "q"])
def test_lanes_are_those_of_a_dense_matrix(which: str, name: str, likelihood: Likelihood) -> None:
    """Plain steps, and those in the valleys of a charge, which couples to all groups."""
    truth = likelihood.centers.copy()
    truth[likelihood.index(name)] = 1.0
    toys = toys_at(likelihood, truth, 3, 5)
    origin, bent = toys.centers.copy(), name == "q"
    origin[:, likelihood.index(name)] = 0.0
    prior = (likelihood.inverse_sigmas, likelihood.correlations.couplings)
    counts, place = toys.counts.T.copy(), likelihood.index(name) if bent else -1
    found = []
    for eliminate in (True, False):
        problem = reduced(likelihood, name, eliminate=eliminate, bent=bent).arrays()
        points, sides = origin.copy(), np.zeros(3)
        if bent:
            starts, numbers = form(newton_kernels.valley_starts, which)(
                origin, counts, 0.3, *prior, place, 8, problem
            )
            points = starts[0].copy()
            sides = np.where(numbers > 1, np.sign(starts[0] - starts[1])[:, place], 0.0)
        settings = (sides, *prior, place, not bent, 8, 25)
        values, converged = form(newton_kernels.minimise_toys, which)(
            points, counts, toys.centers, *settings, problem
        )
        columns = (
            form(newton_kernels.information_columns, which)(
                points, likelihood.index(name), *prior, 8, problem
            )
            if not bent
            else points
        )
        assert converged.all()
        found.append((values, points, columns))
    for eliminated, dense in zip(*found, strict=True):
        np.testing.assert_allclose(eliminated, dense, rtol=1e-10, atol=1e-10)


def test_minuit_agrees(likelihood: Likelihood) -> None:
    """MIGRAD of all parameters from the nominal point, without the steps."""
    toys = toys_at(likelihood, likelihood.centers, 2, 9)
    found = batch_minima(likelihood, toys, toys.centers, likelihood.others("cevns"))
    for k in range(2):
        own = replace(likelihood, counts=toys.counts[k], centers=toys.centers[k])
        alone = minimise(own, own.others("cevns"), newton_start=False)
        assert alone.value == pytest.approx(found.values[k], abs=2e-5)
        np.testing.assert_allclose(alone.x, found.points[k], rtol=0, atol=5e-3)


@pytest.mark.parametrize("name", ["mu2", "q", "cevns"])
def test_a_toy_does_not_see_the_others(name: str, likelihood: Likelihood) -> None:
    """The same bits alone, and in lanes of other numbers."""
    toys = toys_at(likelihood, likelihood.centers, 70, 4)
    together = batch_statistics(likelihood, toys, name, 0.1)
    assert together.converged.all()
    for k in (0, 33, 69):
        one = Toys(toys.counts[[k]], toys.centers[[k]])
        alone = batch_statistics(likelihood, one, name, 0.1)
        for field in ("best_fit", "error", "best_value", "statistic"):
            assert getattr(alone, field)[0] == getattr(together, field)[k]


def test_correlated_measurements_fluctuate_together(likelihood: Likelihood) -> None:
    toys = toys_at(likelihood, likelihood.centers, 4000, 2)
    first, second = (toys.centers[:, likelihood.index(f"energy_scale[{d}]")] for d in "ab")
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.5, abs=0.04)
    assert second.std() == pytest.approx(1, abs=0.04)


def test_holding_one_of_two_correlated(likelihood: Likelihood) -> None:
    """The other is then known as the conditional Gaussian: mean rho v, width sqrt(1 - rho^2)."""
    held = likelihood.with_fixed({"energy_scale[a]": 1.2})
    place = held.index("energy_scale[b]")
    assert held.centers[place] == pytest.approx(0.6)
    assert held.inverse_sigmas[place] == pytest.approx(0.75**-0.5)
    assert held.correlations.sets == ()
    x = held.centers.copy()
    x[place] = -0.4
    together = likelihood.value(x) - 1.2**2  # -2 ln of the prior of the first alone
    assert held.value(x) == pytest.approx(together, rel=1e-12)


def test_minuit_over_the_common_parameters(
    likelihood: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the local ones at their minimum for each: the same minimum and errors as of all."""
    own = likelihood.with_counts(toys_at(likelihood, likelihood.centers, 1, 9).counts[0])
    whole = minimise(own, own.others("cevns"))
    monkeypatch.setattr("analysis.fits.minimum._MOST_LOCAL", 5)
    found = minimise(own, own.others("cevns"))
    assert found.value == pytest.approx(whole.value, abs=1e-6)
    np.testing.assert_allclose(found.x, whole.x, rtol=0, atol=1e-3)
    np.testing.assert_allclose(found.errors, whole.errors, rtol=3e-3)


def test_curvature_is_that_of_the_gradient(likelihood: Likelihood) -> None:
    held = likelihood.with_fixed(likelihood.others("mu2", "q") | {"norm:excess[a,0]": 1.1})
    free = np.flatnonzero(~held.fixed)
    x = held.centers.copy()
    x[free] += 0.02 * np.arange(free.size)
    steps = 1e-5 * np.eye(x.size)[free]
    wanted = np.array([held.gradient(x + step) - held.gradient(x - step) for step in steps])
    wanted = wanted[:, free] / 4e-5
    found = held.curvature(x)
    scale = np.sqrt(np.outer(np.diag(found), np.diag(found)))
    np.testing.assert_allclose(found / scale, wanted / scale, rtol=0, atol=1e-6)
