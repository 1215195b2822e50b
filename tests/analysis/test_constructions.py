"""Upper limits: closed forms, and the published numbers of a two-bin example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import likelihood_of, without_morphs
from scipy.special import ndtri

from analysis.fits.batch import BatchStatistics, batch_statistics
from analysis.fits.minimum import FitError, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import standard_error
from analysis.limits.constructions import UPPER_LIMITS, EmptyIntervalError, background_only
from analysis.limits.feldman_cousins import counting_interval, critical_value, feldman_cousins
from sim.experiment import load_experiment
from sim.model import build_model

SIGNAL, BACKGROUND, SIGMA = 40.0, 1e6, 1e3


def one_bin(excess_in_sigma: float) -> Likelihood:
    """A bin so full that it is Gaussian: mu^2 = (n - b) / s, sigma = sqrt(b) / s = 25."""
    return two_bins(np.array([SIGNAL]), np.array([BACKGROUND + excess_in_sigma * SIGMA]))


def two_bins(signal: np.ndarray, counts: np.ndarray, background: float = BACKGROUND) -> Likelihood:
    templates = np.zeros((signal.size, 8))
    templates[:, 1], templates[:, 7] = signal, background
    return likelihood_of(
        names=("mu2", "q", "r", "norm:b"),
        arrays=without_morphs(templates),
        counts=counts,
        variances=np.zeros(signal.size),
        centers=np.array([0.0, 0.0, 0.0, 1.0]),
        inverse_sigmas=np.zeros(4),
        fixed=np.array([False, False, False, True]),
    )


@pytest.mark.parametrize("z", [-1.5, -0.5, 0.0, 0.7, 2.0])
def test_gaussian_closed_forms(z: float) -> None:
    """theta_hat = 25 z: q~ and Delta chi^2 from the best physical point."""
    for method, rise in (("qtilde", ndtri(0.9) ** 2), ("delta-chi2", ndtri(0.95) ** 2)):
        upper = UPPER_LIMITS[method](one_bin(z), 0.9)[1] / 25
        expected = z + rise**0.5 if z >= 0 else z + (z * z + rise) ** 0.5
        assert upper == pytest.approx(expected, rel=6e-3)


@pytest.mark.parametrize("z", [-1.0, 0.0, 1.0])
def test_cls_of_a_gaussian(z: float) -> None:
    """CLs limit of a bounded Gaussian: z - Phi^-1(alpha Phi(z)), as Bayes with a flat prior."""
    from scipy.special import ndtr

    expected = z - ndtri(0.1 * ndtr(z))
    for method in ("cls", "bayes-flat"):
        upper = UPPER_LIMITS[method](one_bin(z), 0.9)[1] / 25
        assert upper == pytest.approx(expected, rel=8e-3)


def test_clsb_can_be_empty() -> None:
    assert UPPER_LIMITS["clsb"](one_bin(0.0), 0.9)[1] / 25 == pytest.approx(ndtri(0.9), rel=5e-3)
    with pytest.raises(EmptyIntervalError, match="every mu"):
        UPPER_LIMITS["clsb"](one_bin(-2.0), 0.9)


def test_order_of_the_constructions() -> None:
    limits = {name: build(one_bin(-0.5), 0.9)[1] for name, build in UPPER_LIMITS.items()}
    assert limits["clsb"] < limits["qtilde"] < limits["cls"]
    assert limits["qtilde"] < limits["delta-chi2"]


@pytest.fixture
def pyhf_example() -> Callable[[np.ndarray], Likelihood]:
    """pyhf's example: signal 12, 11; background 50 +- 3, 52 +- 7, with Poisson constraints.

    The constraint of a norm k is an OFF bin of tau = (b / sigma)^2 counts that expects tau k.
    """

    def build(observed: np.ndarray) -> Likelihood:
        nominal, error = np.array([50.0, 52.0]), np.array([3.0, 7.0])
        tau = (nominal / error) ** 2
        templates = np.zeros((4, 9))
        templates[:2, 1] = 12.0, 11.0
        templates[[0, 1], [7, 8]] = nominal
        templates[[2, 3], [7, 8]] = tau
        return likelihood_of(
            names=("mu2", "q", "r", "norm:a", "norm:b"),
            arrays=without_morphs(templates),
            counts=np.concatenate([observed, tau]),
            variances=np.zeros(4),
            centers=np.array([0.0, 0.0, 0.0, 1.0, 1.0]),
            inverse_sigmas=np.zeros(5),
            fixed=np.zeros(5, dtype=bool),
        )

    return build


def test_cls_agrees_with_pyhf(pyhf_example: Callable[[np.ndarray], Likelihood]) -> None:
    """pyhf 0.7.6 on its own example: observed CLs limit 1.01157, expected median 1.0623 (95 %)."""
    observed = pyhf_example(np.array([51.0, 48.0]))
    assert UPPER_LIMITS["cls"](observed, 0.95)[1] == pytest.approx(1.01157, abs=1e-3)
    median = background_only(observed)
    assert UPPER_LIMITS["cls"](median, 0.95)[1] == pytest.approx(1.0623, abs=2e-3)


@pytest.mark.parametrize(
    ("n", "background", "monotonic", "expected"),
    [
        (0, 0.0, True, (0.0, 2.44)),
        (5, 3.0, True, (0.0, 6.99)),
        (8, 3.0, True, (1.51, 10.99)),
        (0, 3.0, True, (0.0, 1.08)),
        (0, 3.0, False, (0.0, 0.95)),
    ],
)
def test_feldman_cousins_table(
    n: int, background: float, monotonic: bool, expected: tuple[float, float]
) -> None:
    """Feldman & Cousins 1998, Tables II-V, 90 %."""
    found = counting_interval(n, background, 0.9, monotonic=monotonic)
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.02)


def test_the_tested_values_reach_beyond_the_profiled_error() -> None:
    """Free backgrounds widen the error, and the limit of Asimov data at 95 % is 1.96 of it."""
    model = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"]))
    likelihood = treated_likelihood(model, model.asimov(), "off-joint")
    _, intervals = feldman_cousins(likelihood, "mu2", 0.95, n_toys=2000)
    assert intervals[0][0] == 0
    assert intervals[-1][1] / standard_error(likelihood) == pytest.approx(1.96, abs=0.1)


def test_no_critical_value_without_fitted_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*words: Any) -> BatchStatistics:
        found = batch_statistics(*words)
        return replace(found, converged=np.zeros_like(found.converged))

    monkeypatch.setattr("analysis.limits.feldman_cousins.batch_statistics", failing)
    with pytest.raises(FitError, match="none of 20 toys made at mu2 = 3 could be fitted"):
        critical_value(one_bin(0.0), "mu2", 3.0, 0.9, 20, 1, 0)
