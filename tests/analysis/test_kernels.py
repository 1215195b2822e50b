"""Likelihood kernels, compiled and as Python: mpmath, plain numpy, numerical derivatives."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from analysis.likelihood import kernels
from analysis.likelihood.blocks import Block, Blocks
from analysis.likelihood.special_bins import PLAIN
from sim.folding.terms import ShapeLabel

FORMS = ("compiled", "python")
Array = np.ndarray[Any, np.dtype[np.float64]]


def form(kernel: Callable[..., Any], which: str) -> Callable[..., Any]:
    """The compiled kernel or its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    return kernel if which == "compiled" else getattr(kernel, "py_func", kernel)


def baker_cousins(count: float, expected: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """2 (lambda - n + n ln(n / lambda)) and 2 (1 - n / lambda) with 40 digits."""
    with mpmath.workdps(40):
        n, mean = mpmath.mpf(count), mpmath.mpf(expected)
        log = n * mpmath.log(n / mean) if n else mpmath.mpf(0)
        return 2 * (mean - n + log), 2 * (1 - n / mean)


def slope_of(function: Callable[[float], float], at: float, step: float) -> float:
    """Central differences, extrapolated twice (Richardson)."""
    steps = [step / 2**k for k in range(3)]
    rough = [(function(at + h) - function(at - h)) / (2 * h) for h in steps]
    better = [(4 * b - a) / 3 for a, b in pairwise(rough)]
    return (16 * better[1] - better[0]) / 15


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0.0, 0.0),
        (0.0, 3.7),
        (1.0, 1e-5),
        (1.0, 1.0),
        (3.0, 11.5),
        (2.5, 0.4),
        (133155.3, 133155.30001),
        (1e6, 1.01e6),
        (1e12, 1e12 + 3e6),
        (1e-3, 2e-3),
        (7.0, 1e5),
    ],
)
def test_poisson_term_against_mpmath(which: str, count: float, expected: float) -> None:
    term, slope = form(kernels.poisson_term, which)(count, expected)
    wanted, wanted_slope = baker_cousins(count, expected) if expected else (0, 2)
    assert term == pytest.approx(float(wanted), rel=1e-7, abs=1e-12 * count)
    assert slope == pytest.approx(float(wanted_slope), rel=1e-7, abs=1e-15)


def test_poisson_term_is_the_log_likelihood_ratio() -> None:
    """Differences are those of scipy's Poisson probabilities, and the minimum is 0 at n."""
    for count in (0, 1, 7, 250):
        logs = [poisson.logpmf(count, mean) for mean in (0.3, 5.0)]
        terms = [kernels.poisson_term(float(count), mean)[0] for mean in (0.3, 5.0)]
        assert terms[0] - terms[1] == pytest.approx(-2 * (logs[0] - logs[1]), rel=1e-12, abs=0)
        assert kernels.poisson_term(float(count), float(count))[0] == 0


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("count", [0.0, 0.2, 1.0, 40.0])
def test_slope_is_the_derivative(which: str, count: float) -> None:
    """On both sides of the wall."""
    term = form(kernels.poisson_term, which)
    floor = 1e-6 * count
    inside = [0.3 * count + 1e-3, count + 0.1, 3 * count + 2]
    points = [(at, 1e-3 * at) for at in inside]
    points += [(at, 1e-2 * (floor or 1.0)) for at in (-0.5, -3 * floor, 0.5 * floor) if at < floor]
    if count:
        points.append((10 * floor, 0.1 * floor))
    for at, step in points:
        numeric = slope_of(lambda v: term(count, v)[0], at, step)
        assert term(count, at)[1] == pytest.approx(numeric, rel=1e-6, abs=0)


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("count", [0.0, 1e-3, 1.0, 5e4])
def test_the_wall_joins_smoothly_and_rises(which: str, count: float) -> None:
    """Same value and slope on both sides of the floor; beyond it, the slope is negative soon."""
    term = form(kernels.poisson_term, which)
    floor = 1e-6 * count
    width = 1e-9 * (floor or 1.0)
    (value, slope), (above, slope_above) = term(count, floor - width), term(count, floor + width)
    assert value == pytest.approx(above, rel=1e-6, abs=1e-8)
    assert slope == pytest.approx(slope_above, rel=1e-2, abs=0)
    far = -1.0 if count == 0 else -count
    assert term(count, far)[0] > 1e5
    assert term(count, far)[1] < -1e5
    if count:
        values = [term(count, at)[0] for at in np.linspace(-count, 2 * floor, 50)]
        assert np.all(np.diff(values) < 0)


@settings(max_examples=200, deadline=None)
@given(st.just(0.0) | st.floats(1e-200, 1e9), st.floats(1e-9, 1e9))
def test_poisson_term_is_never_negative(count: float, expected: float) -> None:
    term, slope = kernels.poisson_term(count, expected)
    assert term >= 0
    if expected > 1e-6 * count:
        assert np.sign(slope) in (0, np.sign(expected - count))


NO_COUPLINGS = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


class Problem(NamedTuple):
    """A random point, and the arrays of a random likelihood: 12 bins, 2 morphs, 3 norms.

    For the kernels they are two blocks of five and seven bins.
    """

    x: Array
    templates: Array
    linear: Array
    quadratic: Array
    counts: Array
    variances: Array
    centers: Array
    inverse_sigmas: Array

    @property
    def at(self) -> Array:
        return np.append(self.x, 1.0)

    @property
    def blocks(self) -> tuple[Array, ...]:
        """Every monomial and norm, and its morphs, as a shape of each block."""
        n_morphs, n_samples = len(self.linear), self.templates.shape[1]
        one = self.x.size
        products = [(), (0,), (1,), (1, 1), (2,), (2, 2), (1, 2)]
        products += [(3 + n_morphs + k,) for k in range(n_samples - 7)]
        rows, factors = [], []
        for s, product in enumerate(products):
            columns = [(self.templates[:, s], ())]
            for j in range(n_morphs):
                columns.append((self.linear[j, :, s], (3 + j,)))
                columns.append((self.quadratic[j, :, s], (3 + j, 3 + j)))
            for column, etas in columns:
                rows.append(column)
                factors.append([*product, *etas, *[one] * (6 - len(product) - len(etas))])
        n, shapes = len(rows), np.array(rows)
        layout = np.array([[0, 0, n, 0, 5, 0, n, 0, 0], [5 * n, n, n, 5, 7, n, n, 0, 1]])
        flat = np.concatenate([shapes[:, :5].ravel(), shapes[:, 5:].ravel()])
        return flat, layout, np.arange(2 * n), np.ones(2 * n), np.array(factors * 2)

    @property
    def arrays(self) -> tuple[Any, ...]:
        return (self.blocks, *self[4:6], PLAIN.arrays, *self[6:], NO_COUPLINGS)


def problem(seed: int, zeros: bool = False, gaussian: bool = False, n_morphs: int = 2) -> Problem:
    random = np.random.default_rng(seed)
    n_bins, n_norms = 12, 3
    templates = random.normal(size=(n_bins, 7 + n_norms))
    templates[:, [0, 1, 3, 5]] = np.abs(templates[:, [0, 1, 3, 5]]) + 0.3
    templates[:, 7:] = random.uniform(0.5, 5.0, (n_bins, n_norms))
    linear, quadratic = (
        scale * random.normal(size=(n_morphs, n_bins, 7 + n_norms)) for scale in (0.1, 0.02)
    )
    counts = random.poisson(12.0, n_bins).astype(np.float64)
    if zeros:
        counts[::3] = 0
    n_parameters = 3 + n_morphs + n_norms
    variances = np.where(gaussian & (np.arange(n_bins) % 2 == 0), 7.0, 0.0)
    centers = random.normal(size=n_parameters)
    inverse_sigmas = np.where(random.uniform(size=n_parameters) < 0.5, 0.0, 1.7)
    nominal = np.array([0.8, 0.5, -0.4, *[0.3, -0.6][:n_morphs], 1.0, 0.7, 1.3])
    x = nominal + 0.2 * random.normal(size=n_parameters)
    return Problem(x, templates, linear, quadratic, counts, variances, centers, inverse_sigmas)


def blocks_of(given: Problem) -> Blocks:
    """The blocks of a problem, as a likelihood has them."""
    shapes, layout, _, weights, factors = given.blocks
    made = []
    for start, _, n_shapes, _, n_bins, first, n_terms, *_ in layout.tolist():
        own, terms = shapes[start : start + n_shapes * n_bins], slice(first, first + n_terms)
        labels = (ShapeLabel("a sample"),) * n_shapes
        block = Block(
            "detector",
            "",
            own.reshape(n_shapes, n_bins),
            labels,
            np.arange(n_shapes),
            weights[terms],
            factors[terms],
        )
        made.append(block)
    return Blocks.of(made)


class Reference:
    """The same likelihood in whole-array numpy."""

    def __init__(self, given: Problem) -> None:
        self.given = given
        self.first_norm = 3 + len(given.linear)

    def expected(self, x: Array) -> Array:
        mu2, q, r = x[:3]
        total = np.zeros(self.given.counts.size)
        weights = [1, mu2, q, q**2, r, r**2, q * r, *x[self.first_norm :]]
        for s, weight in enumerate(weights):
            sample = self.given.templates[:, s].copy()
            for j, eta in enumerate(x[3 : self.first_norm]):
                sample += eta * self.given.linear[j, :, s] + eta**2 * self.given.quadratic[j, :, s]
            total += weight * sample
        return total

    def value(self, x: Array) -> float:
        mean, n, variances = self.expected(x), self.given.counts, self.given.variances
        gaussian = variances > 0
        total = np.sum(((mean - n) ** 2)[gaussian] / variances[gaussian])
        filled, empty = ~gaussian & (n > 0), ~gaussian & (n == 0)
        total += 2 * np.sum(mean[empty])
        total += 2 * np.sum((mean - n + n * np.log(np.where(filled, n, 1) / mean))[filled])
        pulls = (x - self.given.centers) * self.given.inverse_sigmas
        return float(total + np.sum(pulls**2))


KINDS = [(seed, seed % 2 == 1, seed % 3 == 0) for seed in range(6)]


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(("seed", "zeros", "gaussian"), KINDS)
def test_likelihood_against_plain_numpy(which: str, seed: int, zeros: bool, gaussian: bool) -> None:
    given = problem(seed, zeros, gaussian)
    reference = Reference(given)
    assert np.all(reference.expected(given.x) > 0)
    expected = form(kernels.expected_counts, which)(given.at, given.blocks)
    np.testing.assert_allclose(expected, reference.expected(given.x), rtol=1e-13)
    value = form(kernels.minus_two_log_likelihood, which)(given.at, *given.arrays)
    assert value == pytest.approx(reference.value(given.x), rel=1e-12, abs=0)


def test_without_morphs() -> None:
    given = problem(4, n_morphs=0)
    value = kernels.minus_two_log_likelihood(given.at, *given.arrays)
    assert value == pytest.approx(Reference(given).value(given.x), rel=1e-12, abs=0)


@pytest.mark.parametrize("which", FORMS)
def test_gaussian_bins(which: str) -> None:
    term = form(kernels.bin_term, which)
    assert term(5.0, 8.0, 4.0, 0.0, 1.0) == pytest.approx((9 / 4, 6 / 4))
    assert term(-1.0, -3.0, 4.0, 0.0, 1.0) == pytest.approx((1.0, -1.0))
    assert term(5.0, 8.0, 0.0, 0.0, 1.0) == pytest.approx(kernels.poisson_term(5.0, 8.0))


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(("seed", "zeros", "gaussian"), [*KINDS, (6, False, True), (7, True, True)])
def test_gradient_against_differences(which: str, seed: int, zeros: bool, gaussian: bool) -> None:
    """Every component, at points where the expectation is positive; so the Jacobian of bins."""
    given = problem(seed, zeros, gaussian)
    found = form(kernels.gradient, which)(given.at, *given.arrays)
    by_bin = blocks_of(given).jacobian(given.x)
    reference = Reference(given)
    for j in range(given.x.size):

        def moved(at: float, j: int = j) -> Array:
            there = given.x.copy()
            there[j] = at
            return there

        numeric = slope_of(lambda v: reference.value(moved(v)), given.x[j], 1e-2)
        assert found[j] == pytest.approx(numeric, rel=1e-7, abs=1e-7)
        for i in (0, 7):

            def mean(at: float, i: int = i) -> float:
                return float(reference.expected(moved(at))[i])

            assert by_bin[i, j] == pytest.approx(
                slope_of(mean, given.x[j], 0.1), rel=1e-9, abs=1e-9
            )


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("zeros", [False, True])
def test_gradient_behind_the_wall(which: str, zeros: bool) -> None:
    """With negative expectations, where the terms are parabolas: differences are exact."""
    given = problem(3, zeros)
    given.x[5:] = -2.0
    expected = kernels.expected_counts(given.at, given.blocks)
    assert np.sum(expected < 0) >= 6
    value = form(kernels.minus_two_log_likelihood, which)
    found = form(kernels.gradient, which)(given.at, *given.arrays)
    for j in range(given.x.size):
        step = np.zeros_like(given.at)
        step[j] = 1e-5
        numeric = value(given.at + step, *given.arrays) - value(given.at - step, *given.arrays)
        assert found[j] == pytest.approx(numeric / 2e-5, rel=1e-5, abs=1e-5 * np.abs(found).max())


def test_information_is_that_of_the_jacobian() -> None:
    given = problem(5)
    weights = 1 / Reference(given).expected(given.x)
    by_bin = blocks_of(given).jacobian(given.x)
    found = blocks_of(given).information(given.x, weights)
    np.testing.assert_allclose(found, (by_bin.T * weights) @ by_bin, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("which", FORMS)
def test_gradients_of_several_data_sets(which: str) -> None:
    given = problem(2, zeros=True)
    points = given.x + 0.05 * np.arange(3)[:, None]
    counts = given.counts + np.arange(3)[:, None]
    centers = given.centers - 0.1 * np.arange(3)[:, None]
    rest = (given.variances, given.inverse_sigmas, NO_COUPLINGS)
    found = form(kernels.gradients, which)(
        points, given.blocks, counts, rest[0], PLAIN.arrays, centers, *rest[1:]
    )
    for k in range(3):
        own = (given.blocks, counts[k], rest[0], PLAIN.arrays, centers[k], *rest[1:])
        wanted = kernels.gradient(np.append(points[k], 1.0), *own)
        np.testing.assert_allclose(found[k], wanted, rtol=1e-13)


@pytest.mark.parametrize("which", FORMS)
def test_coupled_constraints(which: str) -> None:
    """d' C^-1 d of a random covariance, and its derivative."""
    given = problem(1)
    random = np.random.default_rng(8)
    root = random.normal(size=(3, 3))
    precision, places = np.linalg.inv(root @ root.T + np.eye(3)), np.array([3, 4, 6])
    diagonal = given.inverse_sigmas.copy()
    diagonal[places] = 0.7
    excess = precision - 0.49 * np.eye(3)
    a, b = np.tril_indices(3)
    couplings = (places[a], places[b], excess[a, b])
    arrays = (*given.arrays[:5], diagonal, couplings)
    apart = given._replace(inverse_sigmas=np.where(np.isin(np.arange(8), places), 0.0, diagonal))
    deviation = (given.x - given.centers)[places]
    wanted = Reference(apart).value(given.x) + deviation @ precision @ deviation
    value = form(kernels.minus_two_log_likelihood, which)
    assert value(given.at, *arrays) == pytest.approx(wanted, rel=1e-12, abs=0)
    slope = kernels.gradient(given.at, *apart.arrays)
    slope[places] += 2 * precision @ deviation
    np.testing.assert_allclose(
        form(kernels.gradient, which)(given.at, *arrays), slope, rtol=1e-11, atol=1e-11
    )
