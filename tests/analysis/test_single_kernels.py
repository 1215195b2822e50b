"""Rise kernels: sums, derivatives, the interpolated path and its roots, against other routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import fsum
from typing import Any

import mpmath
import numpy as np
import pytest
from dense_likelihoods import dense_arrays, with_arrays

from analysis.fits.intervals import bounded_upper_limit
from analysis.likelihood import single_kernels
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.reduction import Reduction

FORMS = ("compiled", "python")
RISES = np.array([0.1, 1.6424, 4.0, 9.0])
NONE = np.zeros(0, dtype=np.int64)
FREE_PRIOR = (NONE, NONE, np.zeros(0))
Array = np.ndarray[Any, np.dtype[np.float64]]


def symmetric(entries: Array) -> Array:
    """The whole matrix of its lower half."""
    n = int((2 * entries.size) ** 0.5)
    out = np.zeros((n, n))
    out[np.tril_indices(n)] = entries
    return np.asarray(out + np.tril(out, -1).T)


def form(kernel: Callable[..., Any], which: str) -> Callable[..., Any]:
    """The compiled kernel or its Python source (the same thing under NUMBA_DISABLE_JIT)."""
    return kernel if which == "compiled" else getattr(kernel, "py_func", kernel)


def arrays(likelihood: Likelihood) -> tuple[Array, Array, Reduction]:
    """Truth, inverse sigmas and reduction with mu^2 last, q and r at 0."""
    free, truth = ~likelihood.fixed, likelihood.centers.copy()
    free[:3], truth[:3] = (True, False, False), 0.0
    reduction = likelihood.reduced(free, ~free & (truth == 0), last=0)
    return truth, likelihood.inverse_sigmas, reduction


def roots_of(
    which: str, truth: Array, inverse_sigmas: Array, rises: Array, reduction: Reduction
) -> Array:
    """Where the profile of the data expected at truth has risen by rises."""
    roots = np.empty(rises.size)
    form(single_kernels.asimov_roots, which)(
        truth, inverse_sigmas, FREE_PRIOR, rises, reduction.arrays(), reduction.room, roots
    )
    return roots


@pytest.fixture
def morphed(planted: Any) -> Likelihood:
    """Eleven bins, two free norms, and a nuisance of the signal that changes backgrounds too."""
    x = np.linspace(0, 1, 11)
    likelihood = planted(
        {0: 3 * np.ones(11), 1: 20 / (0.2 + x)}, [30 * np.ones(11), 40 / (0.5 + x)], {}, 0.03
    )
    arrays = dense_arrays(likelihood)
    arrays.linear[0, :, 7] += 2.0 * x
    arrays.quadratic[0, :, 8] += 0.3 * x**2
    changed: Likelihood = with_arrays(likelihood, arrays)
    return changed


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("n", [8, 56, 64, 72, 136])
def test_dot(which: str, n: int) -> None:
    a, b = np.random.default_rng(n).normal(size=(2, n))
    found = form(single_kernels.dot, which)(a, b, np.empty(32))
    assert found == pytest.approx(fsum((a * b).tolist()), rel=0, abs=1e-14 * n)


@pytest.mark.parametrize("which", FORMS)
def test_terms_of_bins(which: str) -> None:
    """Term, half its slope and curvature of Poisson bins near and far, an empty and a Gaussian."""
    counts = np.array([5.0, 500.0, 1e5, 7.0, 7.0, 3.0, 0.0, 4.0])
    change = np.array([1e-7, 3.0, -4.2e4, 2.7, 900.0, -2.999, 1.5, -9.0])
    inverse_variances = np.array([0.0] * 7 + [0.25])
    out = np.empty((3, 8))
    behind = form(single_kernels.bin_terms, which)(counts, change, inverse_variances, *out)
    assert behind == 0
    for i in range(7):
        with mpmath.workdps(60):
            n = mpmath.mpf(counts[i])
            mean = n + mpmath.mpf(change[i])
            wanted = 2 * (mean - n + (n * mpmath.log(n / mean) if n else 0))
            assert out[0, i] == pytest.approx(float(wanted), rel=1e-12, abs=0)
            assert out[1, i] == pytest.approx(float(1 - n / mean), rel=1e-8, abs=0)
            assert out[2, i] == pytest.approx(float(n / mean**2), rel=1e-12, abs=0)
    assert out[:, 7].tolist() == [81 / 4, -9 / 4, 1 / 4]
    change[5] = -2.999999
    assert form(single_kernels.bin_terms, which)(counts, change, inverse_variances, *out) == 1


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("gaussian", [False, True])
def test_model_is_the_likelihood(which: str, gaussian: bool, morphed: Likelihood) -> None:
    """Value, gradient and curvature at a point are those of the plain likelihood's kernels."""
    if gaussian:
        morphed = replace(morphed, variances=np.full(11, 50.0))
    truth, inverse_sigmas, reduction = arrays(morphed)
    data = replace(morphed, counts=morphed.expected(truth), centers=truth)
    x = truth + np.array([0.4, 0, 0, -0.7, 0.05, 0.1])
    shapes, layout = reduction.bins[:2]
    g, n_free = np.empty(layout[0, 2]), 4
    form(single_kernels.polynomials, which)(np.append(truth, 1), reduction.terms, g)
    slope, entries, scale = np.empty(n_free), np.empty(10), np.empty(n_free)
    counts = g @ shapes.reshape(g.size, -1)
    fixed = (
        (counts, np.zeros(counts.size), g),
        (truth, inverse_sigmas, FREE_PRIOR),
        reduction.arrays(),
        reduction.room,
        slope,
        entries,
        scale,
    )
    model_at = form(single_kernels.quadratic_model, which)
    far = np.append(truth, 1)
    far[4:6] = -1.0
    value, behind = model_at(far, *fixed)
    assert behind == (0 if gaussian else 11)
    assert value == pytest.approx(data.value(far[:-1]), rel=1e-9, abs=0)
    value, behind = model_at(np.append(x, 1), *fixed)
    assert behind == 0
    free = [3, 4, 5, 0]
    assert reduction.place[free].tolist() == [0, 1, 2, 3]
    assert value == pytest.approx(data.value(x), rel=1e-11, abs=0)
    assert 2 * slope == pytest.approx(data.gradient(x)[free], rel=1e-9, abs=1e-9)
    step = 1e-5 * np.eye(x.size)[free]
    hessian = np.array([data.gradient(x + s) - data.gradient(x - s) for s in step])[:, free] / 2e-5
    found = symmetric(entries)
    assert 2 * found == pytest.approx(hessian, rel=1e-6, abs=1e-6 * np.abs(hessian).max())


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize(("seed", "gaussian"), [(1, False), (2, True)])
def test_the_quadratic_model_is_the_taylor_expansion(
    which: str, seed: int, gaussian: bool, random_likelihood: Callable[..., Likelihood]
) -> None:
    """Value, gradient and the whole Hessian for any data, morphs and millicharge included."""
    likelihood = random_likelihood(seed, gaussian=gaussian)
    n_par = likelihood.centers.size
    free = np.array([True, True, True, True, False, True, True, True])
    reduction = likelihood.reduced(free, np.zeros(n_par, dtype=np.bool_))
    x = likelihood.centers + 0.1 * np.random.default_rng(9).normal(size=n_par)
    counts = np.zeros(16)
    counts[:12] = likelihood.counts
    n_free, n_shapes = int(free.sum()), int(reduction.bins[1][0, 2])
    slope, scale = np.empty(n_free), np.empty(n_free)
    entries = np.empty(n_free * (n_free + 1) // 2)
    value, behind = form(single_kernels.quadratic_model, which)(
        np.append(x, 1.0),
        (counts, -counts, np.zeros(n_shapes)),
        (likelihood.centers, likelihood.inverse_sigmas, FREE_PRIOR),
        reduction.arrays(),
        reduction.room,
        slope,
        entries,
        scale,
    )
    assert behind == 0
    assert value == pytest.approx(likelihood.value(x), rel=1e-12, abs=0)
    np.testing.assert_allclose(2 * slope, likelihood.gradient(x)[free], rtol=1e-10)
    hessian = np.empty((n_par, n_par))
    for j in range(n_par):
        step = np.zeros(n_par)
        step[j] = 1e-5
        difference = likelihood.gradient(x + step) - likelihood.gradient(x - step)
        hessian[j] = difference / 2e-5
    wanted = hessian[np.ix_(free, free)]
    np.testing.assert_allclose(2 * symmetric(entries), wanted, rtol=2e-6, atol=2e-6)
    assert np.all(scale > 0)


@pytest.mark.parametrize("which", FORMS)
def test_interpolation_is_exact_for_polynomials(which: str) -> None:
    nodes = np.array([0.0, 0.7, 1.6])
    curves = [np.polynomial.Polynomial(c) for c in ([1, -2, 0, 3, 0.5, 0.2], [0, 1, 1, 0, 0, -1])]
    values, tangents = (
        np.array([[c(f) for c in some] for f in nodes])
        for some in (curves, [c.deriv() for c in curves])
    )
    out = np.empty(2)
    form(single_kernels.interpolated, which)(nodes, values, tangents, 2.3, out)
    assert out == pytest.approx([c(2.3) for c in curves], rel=1e-12)
    form(single_kernels.interpolated, which)(nodes[:1], values[:1], tangents[:1], 0.1, out)
    assert out == pytest.approx(values[0] + 0.1 * tangents[0], rel=1e-12)


@pytest.mark.parametrize("which", FORMS)
@pytest.mark.parametrize("size", [1.0, 1e-2])
@pytest.mark.parametrize("gaussian", [False, True])
def test_roots_are_where_the_profile_has_risen(
    which: str, size: float, gaussian: bool, morphed: Likelihood
) -> None:
    """Many and few counts (of which mu^2 makes many times more), against the minimiser."""
    scaled = type(dense_arrays(morphed))(*(size * array for array in dense_arrays(morphed)))
    variances = np.full(11, 60.0 * size * gaussian)
    likelihood = replace(with_arrays(morphed, scaled), variances=variances)
    truth, inverse_sigmas, reduction = arrays(likelihood)
    data = replace(likelihood, counts=likelihood.expected(truth), centers=truth)
    roots = roots_of(which, truth, inverse_sigmas, RISES, reduction)
    wanted = [bounded_upper_limit(data, "mu2", float(rise))[1] for rise in RISES]
    assert roots == pytest.approx(wanted, rel=1e-6, abs=0)
    fewer = roots_of("compiled", truth, inverse_sigmas, RISES[1:], reduction)
    assert roots[1:] == pytest.approx(fewer, rel=1e-10, abs=0)


@pytest.mark.parametrize("which", FORMS)
def test_no_root_where_there_is_none(which: str, planted: Any) -> None:
    """A signal that a nuisance can hide rises only so far; a truth may not expect less than 0."""
    hidden = planted({1: [10.0, 2.0]}, [100.0, 100.0], flux_sigma=1.0, norm_sigmas=(0.0,))
    truth, inverse_sigmas, reduction = arrays(hidden)
    roots = roots_of(which, truth, inverse_sigmas, np.array([0.01, 1.6424, 9.0]), reduction)
    assert np.isfinite(roots).tolist() == [True, False, False]
    plain = planted({1: [10.0, 2.0]}, [[100.0, 100.0], [1.0, 2.0]], norm_sigmas=(0.1, 0.1))
    truth, inverse_sigmas, reduction = arrays(plain)
    assert np.all(roots_of(which, truth, inverse_sigmas, RISES, reduction) > 0)
    truth[4] = -200.0
    assert np.all(np.isnan(roots_of(which, truth, inverse_sigmas, RISES, reduction)))


@pytest.mark.parametrize("which", FORMS)
def test_a_free_norm_of_an_empty_background_changes_nothing(which: str, planted: Any) -> None:
    """As for a line below a threshold that cuts its bins away."""
    without = planted({1: [10.0, 2.0]}, [100.0, 90.0])
    truth, inverse_sigmas, reduction = arrays(without)
    wanted = roots_of(which, truth, inverse_sigmas, RISES, reduction)
    with_empty = planted({1: [10.0, 2.0]}, [[100.0, 90.0], [0.0, 0.0]])
    truth, inverse_sigmas, reduction = arrays(with_empty)
    found = roots_of(which, truth, inverse_sigmas, RISES, reduction)
    assert found == pytest.approx(wanted, rel=1e-12, abs=0)
