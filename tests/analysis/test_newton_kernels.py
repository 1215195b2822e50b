"""Newton kernels: logarithm, reduction, derivatives, minima and roots, against other routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
from dense_likelihoods import dense_arrays, likelihood_of, with_arrays, without_morphs
from scipy.optimize import minimize

from analysis.fits import newton_kernels
from analysis.fits.batch import Toys, batch_minima, batch_statistics
from analysis.fits.intervals import bounded_upper_limit
from analysis.likelihood import arrow, single_kernels, structure
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.special_bins import PLAIN
from analysis.limits.asimov import asimov_upper_limits
from analysis.limits.constructions.registry import construction
from sim.experiment import load_experiment
from sim.model_assembly import build_model

FORMS = ("compiled", "python")
NONE = np.zeros(0, dtype=np.int64)
FREE_PRIOR = (NONE, NONE, np.zeros(0))
Array = np.ndarray[Any, np.dtype[np.float64]]
Planter = Callable[..., Likelihood]
COARSE = ["analysis.bin_width_kev=5.8"]


def form(kernel: Callable[..., Any], which: str) -> Callable[..., Any]:
    """The compiled kernel or its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    return kernel if which == "compiled" else getattr(kernel, "py_func", kernel)


# The logarithm


@pytest.mark.parametrize("which", FORMS)
def test_the_logarithm_is_good_to_the_last_digits(which: str) -> None:
    """ln(b / a) from its parts, from ratios near 1 to 1e+-12, to 6e-16 of itself."""
    random = np.random.default_rng(1)
    parts = form(newton_kernels.log_ratio_parts, which)
    spreads = np.repeat([1e-6, 1e-3, 0.05, 0.3, 0.6, 3.0, 9.0], 60)
    for spread in spreads:
        a = float(np.exp(random.uniform(-7, 14)))
        b = a * float(np.exp(random.normal() * spread))
        t, p, e = parts(a, b)
        with mpmath.workdps(40):
            wanted = mpmath.log(mpmath.mpf(b) / mpmath.mpf(a))
            found = 2 * mpmath.mpf(float(t)) + 2 * mpmath.mpf(float(t)) ** 3 * mpmath.mpf(float(p))
            found += int(e) * mpmath.log(2)
            assert abs(found - wanted) <= 6e-16 * abs(wanted)
        assert abs(t) < 0.21


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("mean", [0.02, 0.4, 1.0, 3.7, 499.0, 501.0, 1e5])
def test_terms_of_bins_are_those_of_the_likelihood(which: str, mean: float) -> None:
    """Eight bins in two lanes: empty, few, many counts, and a Gaussian one."""
    counts = np.array([0.0, 1.0, 2.0, 7.0, 500.0, 1e4, 1e-3, 5.0])[:, None] * np.ones(2)
    inverse_variances = np.array([0.0] * 7 + [0.25])
    total, margin = np.zeros(2), np.full(2, np.inf)
    expected = np.full((8, 2), mean)
    bins = (np.zeros(0), np.zeros((0, 14)), inverse_variances, PLAIN.arrays)
    centers = np.ones((1, 2))
    form(newton_kernels.add_bin_terms, which)(counts, 0, expected, bins, centers, total, margin)
    with mpmath.workdps(40):
        logs = [n * mpmath.log(n / mpmath.mpf(mean)) if n else 0 for n in counts[:7, 0].tolist()]
        wanted = float(2 * (7 * mpmath.mpf(mean) - sum(counts[:7, 0].tolist()) + sum(logs)))
    assert total == pytest.approx(wanted + (mean - 5.0) ** 2 / 4, rel=1e-13, abs=0)
    assert margin == pytest.approx(mean - 1e-2, rel=1e-12, abs=0)


# The reduction


def expected_by_terms(reduction: Any, x: Array, n_bins: int) -> Array:
    """sum_k g_k(x) W[k] in plain Python."""
    shape_of, weights, factors, _ = reduction.terms
    extended = np.append(x, 1.0)
    total = np.zeros(n_bins)
    for shape, weight, places in zip(shape_of, weights, factors, strict=True):
        total += weight * np.prod(extended[places]) * shapes_of(reduction)[shape, :n_bins]
    return total


def shapes_of(reduction: Any) -> Array:
    """Shapes (K, n) of a reduction of one block."""
    shapes, layout = reduction.bins[:2]
    assert len(layout) == 1
    return np.asarray(shapes.reshape(layout[0, 2], layout[0, 8]))


@pytest.mark.parametrize("n_morphs", [0, 1, 2])
def test_the_terms_give_the_same_expectation(n_morphs: int, random_likelihood: Planter) -> None:
    likelihood = random_likelihood(3, n_morphs)
    free = np.ones(likelihood.centers.size, dtype=np.bool_)
    reduction = likelihood.reduced(free, ~free)
    assert shapes_of(reduction).shape == (10 * (1 + 2 * n_morphs), 16)
    assert not shapes_of(reduction)[:, 12:].any()
    for seed in range(5):
        x = likelihood.centers + np.random.default_rng(seed).normal(size=free.size)
        found = expected_by_terms(reduction, x, 12)
        np.testing.assert_allclose(found, likelihood.expected(x), rtol=1e-12)


def test_what_is_held_at_zero_is_left_out(random_likelihood: Planter) -> None:
    """q = r = 0, an empty norm, and a parameter that shall come last."""
    whole = random_likelihood(4, 1)
    arrays = dense_arrays(whole)
    arrays.templates[:, 8] = arrays.linear[0, :, 8] = arrays.quadratic[0, :, 8] = 0.0
    arrays.linear[0, :, 7:] = arrays.quadratic[0] = 0.0
    likelihood = with_arrays(whole, arrays)
    free = np.array([True, False, False, True, True, True, True])
    at_zero = np.array([False, True, True, False, False, False, False])
    reduction = likelihood.reduced(free, at_zero, last=0)
    assert len(shapes_of(reduction)) == 6
    assert reduction.place.tolist() == [3, -1, -1, 0, 1, -1, 2, -1]
    x = np.where(at_zero, 0.0, likelihood.centers)
    np.testing.assert_allclose(expected_by_terms(reduction, x, 12), likelihood.expected(x), 1e-12)
    settled = reduction.settled(x[None] + 1.0, x[None], likelihood.inverse_sigmas)[0]
    assert settled[5] == x[5]
    assert settled[0] == x[0] + 1


@pytest.mark.parametrize("which", FORMS)
def test_cholesky_in_lanes(which: str) -> None:
    """Three systems at once, the middle one not positive definite."""
    random = np.random.default_rng(2)
    roots = random.normal(size=(3, 6, 6))
    matrices = roots @ roots.transpose(0, 2, 1) + np.eye(6)
    matrices[1] -= 20 * np.eye(6)
    right = random.normal(size=(3, 6))
    a, b = np.tril_indices(6)
    low, solution = np.ascontiguousarray(matrices[:, a, b].T), right.T.copy()
    definite = np.empty(3)
    dense_rows = (np.zeros((0, 6), dtype=np.int64), NONE, np.array([6, 0, 0, 21]))
    form(newton_kernels.eliminate, which)(low, dense_rows, 0, definite)
    form(newton_kernels.solve_down, which)(low, dense_rows, 0, solution)
    form(newton_kernels.solve_up, which)(low, dense_rows, 0, solution)
    assert definite.tolist() == [1.0, 0.0, 1.0]
    for k in (0, 2):
        np.testing.assert_allclose(
            solution[:, k], np.linalg.solve(matrices[k], right[k]), rtol=1e-10
        )


# Minima


@pytest.mark.parametrize("kernel", ["minimise_toys", "minimise_each"])
@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(("seed", "gaussian"), [(1, False), (2, True), (5, False)])
def test_minima_against_scipy(
    kernel: str, which: str, seed: int, gaussian: bool, random_likelihood: Planter
) -> None:
    """A point where the gradient vanishes, as deep as scipy's; held parameters do not move."""
    likelihood = random_likelihood(seed, gaussian=gaussian)
    random = np.random.default_rng(seed)
    free = np.array([True, False, False, True, True, True, True, True])
    counts = random.poisson(likelihood.expected(likelihood.centers), (3, 12)).astype(np.float64)
    centers = likelihood.centers + 0.1 * random.normal(size=(3, 8))
    points = np.tile(likelihood.centers, (3, 1))
    reduction = likelihood.reduced(free, np.zeros(8, dtype=np.bool_))
    toys, prior = (counts.T.copy(), centers), (likelihood.inverse_sigmas, FREE_PRIOR)
    if kernel == "minimise_toys":
        minimise_toys = form(newton_kernels.minimise_toys, which)
        settings = (np.zeros(3), *prior, -1, True, 8, 25)
        values, converged = minimise_toys(points, *toys, *settings, reduction.arrays())
    else:
        out = np.empty((2, 3))
        minimise_each = form(single_kernels.minimise_each, which)
        minimise_each(points, *toys, *prior, reduction.arrays(), reduction.room, out)
        values, converged = out[0], out[1] > 0
    assert converged.all()
    np.testing.assert_array_equal(points[:, ~free], np.tile(likelihood.centers[~free], (3, 1)))
    for k in range(3):
        own = replace(likelihood, counts=counts[k], centers=centers[k])
        pulled = own.value(points[k])
        assert values[k] == pytest.approx(pulled, rel=1e-12, abs=0)
        assert np.abs(own.gradient(points[k])[free]).max() < 1e-4

        def along(part: Array, own: Likelihood = own) -> float:
            there = own.centers.copy()
            there[~free], there[free] = likelihood.centers[~free], part
            return own.value(there)

        found = minimize(along, likelihood.centers[free], method="BFGS", options={"gtol": 1e-7})
        assert pulled < found.fun + 1e-8


@pytest.mark.parametrize("which", FORMS)
def test_steps_in_valleys_against_damped_ones(which: str, random_likelihood: Planter) -> None:
    """q free among its morphs and norms, Gaussian bins too: both minima are those nearby."""
    likelihood = random_likelihood(2, gaussian=True)
    free = np.array([False, True, False, True, True, True, True, True])
    random = np.random.default_rng(4)
    truth = likelihood.centers.copy()
    truth[1] = 3.0
    counts = random.poisson(likelihood.expected(truth), (5, 12)).astype(np.float64)
    origin = np.tile(np.where(free, likelihood.centers, 0.0), (5, 1))
    origin[:, 1] = 0.0
    reduction = likelihood.reduced(free, ~free, last=1, bent=True)
    plain = likelihood.reduced(free, ~free)
    sigmas = np.where(np.arange(8) == 1, 0.0, likelihood.inverse_sigmas)
    toys, prior, arrays = (counts.T.copy(), origin), (sigmas, FREE_PRIOR), reduction.arrays()
    starts, numbers = form(newton_kernels.valley_starts, which)(
        origin, counts.T.copy(), 0.3, *prior, 1, 8, arrays
    )
    assert np.sum(numbers == 2) > 1
    np.testing.assert_array_equal(starts[2, :, 1], 0.3)
    sides = np.where(numbers == 2, np.sign(starts[0, :, 1] - starts[1, :, 1]), 0.0)
    for k, side in ((0, sides), (1, -sides)):
        rows = (numbers == 2) | (k == 0)
        points, damped = starts[k].copy(), starts[k].copy()
        values, converged = form(newton_kernels.minimise_toys, which)(
            points, *toys, side, *prior, 1, False, 8, 25, arrays
        )
        wanted, _ = plain.descend(damped, *toys, *prior)
        assert converged[rows].all()
        np.testing.assert_allclose(values[rows], wanted[rows], rtol=1e-10)
        np.testing.assert_allclose(points[rows], damped[rows], rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def gemma_toys() -> tuple[Likelihood, Toys]:
    """200 toys of the preset in coarse bins, with a nuisance of the energy scale."""
    model = build_model(load_experiment("gemma-2012", [*COARSE, "systematics.energy_scale=0.01"]))
    likelihood = joint_likelihood(model, model.asimov())
    random = np.random.default_rng(7)
    counts = random.poisson(likelihood.counts, (200, likelihood.counts.size)).astype(np.float64)
    centers = np.tile(likelihood.centers, (200, 1))
    constrained = likelihood.inverse_sigmas > 0
    centers[:, constrained] += random.normal(size=(200, int(constrained.sum())))
    return likelihood, Toys(counts, centers)


@pytest.mark.parametrize("name", ["mu2", "q", "r"])
def test_a_toy_does_not_see_the_others(name: str, gemma_toys: tuple[Likelihood, Toys]) -> None:
    """The same bits alone, in another order and in a crowd."""
    likelihood, toys = gemma_toys
    together = batch_statistics(likelihood, toys, name, 0.5)
    order = np.random.default_rng(1).permutation(200)
    shuffled = batch_statistics(
        likelihood, Toys(toys.counts[order], toys.centers[order]), name, 0.5
    )
    assert together.converged.all()
    for field in ("best_fit", "error", "best_value", "statistic"):
        whole = getattr(together, field)
        np.testing.assert_array_equal(getattr(shuffled, field), whole[order])
    for k in (0, 117, 199):
        one = Toys(toys.counts[[k]], toys.centers[[k]])
        assert batch_statistics(likelihood, one, name, 0.5).statistic[0] == together.statistic[k]


def test_given_up_toys_are_minimised_one_by_one(gemma_toys: tuple[Likelihood, Toys]) -> None:
    """Starts behind the wall: the lanes give up at once, and the result is the same."""
    likelihood, toys = gemma_toys
    some = Toys(toys.counts[:20], toys.centers[:20])
    held = likelihood.others("mu2")
    good = batch_minima(likelihood, some, some.centers, held)
    bad_start = some.centers.copy()
    bad_start[:, likelihood.index("norm:ge71-k")] = -10.0
    found = batch_minima(likelihood, some, bad_start, held)
    assert found.converged.all()
    np.testing.assert_allclose(found.values, good.values, rtol=0, atol=1e-8)


@pytest.mark.parametrize("which", FORMS)
def test_covariances(which: str, random_likelihood: Planter) -> None:
    """A column of the inverse of the information that the likelihood states."""
    likelihood = random_likelihood(3, gaussian=True)
    free = np.array([True, True, False, *[True] * 5])
    reduction = likelihood.reduced(free, np.zeros(8, dtype=np.bool_))
    found = form(newton_kernels.information_columns, which)(
        likelihood.centers[None], 1, likelihood.inverse_sigmas, FREE_PRIOR, 8, reduction.arrays()
    )
    covariance = np.linalg.inv(likelihood.fisher(likelihood.centers)[np.ix_(free, free)])
    np.testing.assert_allclose(found[0, free], covariance[1], rtol=1e-9)
    assert found[0, 2] == 0


def test_an_empty_bin_that_expects_nothing() -> None:
    """A bin of signal only without counts, started at signal 0: the others still count."""
    templates = np.zeros((3, 8))
    templates[:, 1], templates[1:, 7] = [0.1, 1.0, 2.0], 5.0
    likelihood = likelihood_of(
        names=("mu2", "q", "r", "norm:x"),
        arrays=without_morphs(templates),
        counts=np.array([0.0, 4.0, 9.0]),
        variances=np.zeros(3),
        centers=np.array([0.0, 0.0, 0.0, 1.0]),
        inverse_sigmas=np.zeros(4),
        fixed=np.array([False, True, True, False]),
    )
    x, converged = likelihood.descend(likelihood.centers)
    assert converged
    assert x[0] > 1
    toys = Toys(likelihood.counts[None], likelihood.centers[None])
    found = batch_minima(likelihood, toys, toys.centers, {})
    assert found.converged.all()
    np.testing.assert_allclose(found.points[0], x, rtol=1e-5)


# Roots


@pytest.mark.parametrize("method", ["qtilde", "delta-chi2"])
def test_asimov_limits_are_those_of_the_profile(method: str) -> None:
    """Various exposures and backgrounds, against the profile's crossing found by bisection."""
    changes = [
        [],
        ["exposure.on_days=20", "exposure.off_days=0"],
        ["background.0.rate_per_kev_kg_day=0.01", "detector.threshold_kev=11"],
        ["systematics.flux_norm=0.2", "systematics.energy_scale=0.02"],
    ]
    likelihoods = []
    for change in changes:
        model = build_model(load_experiment("gemma-2012", [*COARSE, *change]))
        likelihoods.append(joint_likelihood(model, model.asimov()))
    found = asimov_upper_limits(likelihoods, "mu2", 0.90, method)
    rise = construction(method).rise(0.90)
    wanted = [bounded_upper_limit(likelihood, "mu2", rise)[1] for likelihood in likelihoods]
    np.testing.assert_allclose(found, wanted, rtol=1e-7)


def test_a_line_below_the_threshold_changes_nothing() -> None:
    """A free norm with an empty template: the limit, the fits and the errors of the others."""
    model = build_model(load_experiment("gemma-2012", COARSE))
    likelihood = joint_likelihood(model, model.asimov())
    arrays = dense_arrays(likelihood)
    line = likelihood.index("norm:ge71-k")
    arrays.templates[:, arrays.templates.shape[1] - (len(likelihood.names) - line)] = 0.0
    empty = with_arrays(likelihood, arrays)
    empty = empty.with_counts(empty.expected(empty.centers))
    fixed = empty.with_fixed({"norm:ge71-k": 1.0})
    np.testing.assert_allclose(
        asimov_upper_limits([empty], "mu2", 0.9),
        asimov_upper_limits([fixed], "mu2", 0.9),
        rtol=1e-12,
    )
    toys = Toys(np.round(1.01 * empty.counts)[None], empty.centers[None])
    found, wanted = (batch_statistics(given, toys, "mu2", 1.0) for given in (empty, fixed))
    assert found.converged.all()
    assert found.statistic == pytest.approx(wanted.statistic, rel=1e-9, abs=1e-9)
    assert found.error == pytest.approx(wanted.error, rel=1e-9, abs=0)


def test_asimov_limit_without_sensitivity() -> None:
    model = build_model(load_experiment("gemma-2012", COARSE))
    likelihood = joint_likelihood(model, model.asimov())
    arrays = dense_arrays(likelihood)
    arrays.templates[:, 1] = arrays.linear[:, :, 1] = 0.0
    blind = with_arrays(likelihood, arrays)
    assert np.isnan(asimov_upper_limits([blind], "mu2", 0.90)).tolist() == [True]
    with pytest.raises(ValueError, match="no fixed rise"):
        asimov_upper_limits([likelihood], "mu2", 0.90, "cls")


def test_layouts_agree() -> None:
    """Kernels import no constants, so that each file states the layout that it reads."""

    def stated(*modules: Any) -> dict[str, int]:
        names = {name: value for module in modules for name, value in vars(module).items()}
        return {n: v for n, v in names.items() if n.isupper() and n[0] != "_" and type(v) is int}

    made = stated(arrow, structure)
    for module in (newton_kernels, single_kernels):
        read = stated(module)
        assert len(read) > 15
        assert {name: made.get(name) for name in read} == read
