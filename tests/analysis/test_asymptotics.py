"""Limits of a Gaussian estimate with a boundary, against published tables and quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from analysis.limits.constructions.registry import construction


def interval_of_estimate(method: str, cl: float, x: float) -> tuple[float, float] | None:
    return construction(method).interval_of_estimate(cl, x)


def predicted_coverage(method: str, cl: float, truth: float) -> float:
    return construction(method).predicted_coverage(cl, truth)


def upper_limits(method: str, cl: float, x: np.ndarray) -> np.ndarray:
    return construction(method).upper_limits_of_estimates(cl, x)


X = np.array([-6.0, -1.5, -0.2, 0.0, 0.7, 2.0, 5.0])


def test_unified_limits_are_those_of_the_published_table() -> None:
    """Feldman & Cousins, Table X, 90 %: upper ends for a measured x."""
    x = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    table = [0.26, 0.40, 0.81, 1.64, 2.64, 3.64, 4.64]
    np.testing.assert_allclose(upper_limits("feldman-cousins", 0.90, x), table, atol=0.006)


def test_limits_from_the_best_physical_point() -> None:
    for measured, upper in zip(X, upper_limits("qtilde", 0.90, X), strict=True):
        best = max(measured, 0.0)
        assert (upper - measured) ** 2 - (best - measured) ** 2 == pytest.approx(1.6424, abs=1e-4)


def test_limits_of_a_flat_prior_by_integration() -> None:
    grid = np.linspace(0, 12, 200_001)
    for measured, upper in zip(X, upper_limits("bayes-flat", 0.90, X), strict=True):
        density = np.exp(-((grid - measured) ** 2) / 2)
        assert density[grid < upper].sum() / density.sum() == pytest.approx(0.90, abs=2e-4)


@pytest.mark.parametrize("cl", [0.6, 0.9, 0.99999])
@pytest.mark.parametrize("method", ["qtilde", "delta-chi2", "cls", "bayes-flat", "feldman-cousins"])
def test_limits_of_many_estimates_are_those_of_each(method: str, cl: float) -> None:
    each = [interval_of_estimate(method, cl, float(x)) for x in X]
    upper = [interval[1] for interval in each if interval is not None]
    unified = method == "feldman-cousins"
    wanted = np.maximum(upper, 0.05 if unified else 0.0)
    tolerance = 2e-3 if unified else 1e-12
    np.testing.assert_allclose(upper_limits(method, cl, X), wanted, rtol=0, atol=tolerance)


def test_limits_that_may_be_empty_are_refused() -> None:
    with pytest.raises(ValueError, match="method 'clsb' has no upper limit of every estimate"):
        upper_limits("clsb", 0.90, X)


@pytest.mark.parametrize("cl", [0.51, 0.9, 0.99999, 1 - 1e-12])
def test_far_from_the_bound_every_construction_keeps_its_promise(cl: float) -> None:
    """At 300 standard errors CLs covers as a one-sided limit does; it did not end there once."""
    assert predicted_coverage("cls", cl, 300.0) == pytest.approx(cl, abs=1e-12)
    assert predicted_coverage("qtilde", cl, 300.0) == pytest.approx(cl, abs=1e-12)


@pytest.mark.parametrize("m", [1e-3, 0.5, 3.0, 12.0])
def test_coverage_of_cls_by_its_limits(m: float) -> None:
    """The share of estimates whose limit lies above the truth, by integration."""
    x = np.linspace(m - 39, m + 9, 480_001)
    density = np.exp(-((x - m) ** 2) / 2) / np.sqrt(2 * np.pi)
    covered = 1 - ndtr(x - m) / np.maximum(ndtr(x), 1e-300) <= 0.9
    share = np.sum(density * covered) * (x[1] - x[0])
    assert share == pytest.approx(predicted_coverage("cls", 0.9, m), abs=1e-4)
