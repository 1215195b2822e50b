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
from analysis.fits.minimum import minimise, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import standard_error
from analysis.limits.constructions.construction import EmptyIntervalError
from analysis.limits.constructions.registry import construction, constructions
from analysis.statistics.acceptance import AcceptanceTest, NotEnoughToysError
from analysis.statistics.feldman_cousins import counting_interval, feldman_cousins
from analysis.statistics.tails import background_only
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.signal import SignalParameter
from sim.experiment import load_experiment
from sim.model_assembly import build_model

SIGNAL, BACKGROUND, SIGMA = 40.0, 1e6, 1e3
MOMENT = SignalParameter("mu_nu", "mu2", "mu", "mu_B", 1e-11, power=0.5, bounded=True)


def upper_limit(method: str, likelihood: Likelihood, cl: float) -> float:
    return construction(method).intervals(likelihood, MOMENT, cl).intervals[0][1]


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
        upper = upper_limit(method, one_bin(z), 0.9) / 25
        expected = z + rise**0.5 if z >= 0 else z + (z * z + rise) ** 0.5
        assert upper == pytest.approx(expected, rel=6e-3)


@pytest.mark.parametrize("z", [-1.0, 0.0, 1.0])
def test_cls_of_a_gaussian(z: float) -> None:
    """CLs limit of a bounded Gaussian: z - Phi^-1(alpha Phi(z)), as Bayes with a flat prior."""
    from scipy.special import ndtr

    expected = z - ndtri(0.1 * ndtr(z))
    for method in ("cls", "bayes-flat"):
        upper = upper_limit(method, one_bin(z), 0.9) / 25
        assert upper == pytest.approx(expected, rel=8e-3)


def test_clsb_can_be_empty() -> None:
    assert upper_limit("clsb", one_bin(0.0), 0.9) / 25 == pytest.approx(ndtri(0.9), rel=5e-3)
    with pytest.raises(EmptyIntervalError, match="every mu"):
        upper_limit("clsb", one_bin(-2.0), 0.9)


def test_order_of_the_constructions() -> None:
    limits = {
        known.name: upper_limit(known.name, one_bin(-0.5), 0.9)
        for known in constructions()
        if known.name != "feldman-cousins"
    }
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
    assert upper_limit("cls", observed, 0.95) == pytest.approx(1.01157, abs=1e-3)
    median = background_only(observed)
    assert upper_limit("cls", median, 0.95) == pytest.approx(1.0623, abs=2e-3)


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
    intervals = feldman_cousins(likelihood, MOMENT, 0.95, ToyBudget(8_000)).intervals
    assert intervals[0][0] == 0
    assert intervals[-1][1] / standard_error(likelihood, "mu2") == pytest.approx(1.96, abs=0.1)


def test_toys_that_fail_count_as_not_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value is then accepted, and the interval is too long rather than too short."""

    def failing(*words: Any) -> BatchStatistics:
        found = batch_statistics(*words)
        return replace(found, converged=np.zeros_like(found.converged))

    likelihood = one_bin(0.0)
    best = minimise(likelihood, {"q": 0.0, "r": 0.0})
    plain = AcceptanceTest(likelihood, "mu2", best, 0.9, 1, 4_000).at(100.0)
    assert (plain.accepted, plain.n_failed) == (False, 0)
    monkeypatch.setattr("analysis.statistics.acceptance.batch_statistics", failing)
    found = AcceptanceTest(likelihood, "mu2", best, 0.9, 1, 4_000).at(100.0)
    assert found.accepted
    assert found.n_failed > 0


def test_a_level_beyond_the_toys_is_refused() -> None:
    with pytest.raises(NotEnoughToysError, match="1e\\+09 toys a value are needed"):
        feldman_cousins(one_bin(0.0), MOMENT, 1 - 1e-7, ToyBudget())
