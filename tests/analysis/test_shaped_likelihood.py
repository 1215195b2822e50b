"""Fits with floating shapes against scipy's least squares on a model written down again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from model_arrays import samples_at, signal_of
from scipy.optimize import approx_fprime, least_squares
from scipy.special import ndtr

from analysis.fits.minimum import minimise, treated_likelihood
from analysis.likelihood.floating_shapes import ShapedLikelihood
from analysis.limits.limit import limit
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

Array = np.ndarray[Any, np.dtype[np.float64]]
STATISTICS_ONLY = ["systematics.flux_norm=0", "systematics.resolution=0", "systematics.quenching=0"]


@pytest.fixture(scope="module")
def dresden() -> Model:
    return build_model(load_experiment("dresden-ii", STATISTICS_ONLY))


class DirectFit:
    """Constant, exponential and three lines, all eight numbers and a signal strength free."""

    def __init__(self, model: Model) -> None:
        assert model.observed is not None
        assert model.observed.errors is not None
        self.edges, self.signal = model.edges_kev, signal_of(model)[0, 0]
        self.counts, self.errors = model.observed.counts[0], model.observed.errors[0]
        self.kg_days = 2.924 * 96.4

    def expected(self, p: Array, strength: float) -> Array:
        flat, height, scale, area, center, sigma, ratio = p
        smooth = flat * self.edges - height * scale * np.exp(-(self.edges - 0.2) / scale)
        lines = ndtr((self.edges - center) / sigma)
        lines = lines + 0.008 * ndtr((self.edges - 1.142) / sigma)
        lines = lines + ratio * ndtr((self.edges - 0.158) / 0.0685)
        return np.asarray(self.kg_days * np.diff(smooth + area * lines) + strength * self.signal)

    def residuals(self, p: Array, strength: float) -> Array:
        rest = (self.expected(p, strength) - self.counts) / self.errors
        return np.append(rest, (p[6] / 0.16 - 1) / 0.03)

    def chi2(self, strength: float) -> float:
        start = np.array([550.0, 2000.0, 0.25, 490.0, 1.297, 0.0714, 0.16])
        found = least_squares(
            self.residuals, start, args=(strength,), x_scale=start, ftol=1e-13, xtol=1e-13
        )
        return float(2 * found.cost)


def test_the_minimum_is_that_of_a_direct_fit(dresden: Model) -> None:
    direct = DirectFit(dresden)
    likelihood = treated_likelihood(dresden, dresden.data())
    assert isinstance(likelihood, ShapedLikelihood)
    held = likelihood.with_fixed(likelihood.others())
    assert held.descend(held.centers)[1]
    assert minimise(likelihood, likelihood.others()).value == pytest.approx(
        direct.chi2(1.0), abs=1e-3
    )


@pytest.mark.parametrize("strength", [-1.0, 0.0, 2.5])
def test_the_profile_of_the_strength_is_that_of_a_direct_fit(
    dresden: Model, strength: float
) -> None:
    """Also far from the nominal shapes: without a signal the exponential takes its place."""
    likelihood = treated_likelihood(dresden, dresden.data())
    direct = DirectFit(dresden)
    experiment = dresden.experiment.replaced("analysis", channels=["electron"])
    electrons = signal_of(build_model(experiment))[0, 0]
    direct.signal = electrons + strength * (signal_of(dresden)[0, 0] - electrons)
    found = minimise(likelihood, likelihood.others() | {"cevns": strength - 1}).value
    assert found == pytest.approx(direct.chi2(1.0), abs=1e-3)


def test_derivatives_are_those_of_the_value(dresden: Model) -> None:
    likelihood = treated_likelihood(dresden, dresden.data())
    x = minimise(likelihood, likelihood.others()).x + 0.05
    wanted = approx_fprime(x, likelihood.value, 1e-6)
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(likelihood.gradient(x), wanted, rtol=2e-3, atol=1e-4 * scale)
    columns = likelihood.jacobian(x)
    for j in range(x.size):
        step = 1e-5 * np.eye(x.size)[j]
        slope = (likelihood.expected(x + step) - likelihood.expected(x - step)) / 2e-5
        np.testing.assert_allclose(
            columns[:, j], slope, rtol=1e-3, atol=1e-5 * max(np.abs(slope).max(), 1e-9)
        )


def test_fixed_shapes_stay(dresden: Model) -> None:
    likelihood = treated_likelihood(dresden, dresden.data())
    name = "shape:epithermal.scale_kev"
    held = minimise(likelihood, {**likelihood.others(), name: 3.0})
    assert held.x[likelihood.index(name)] == 3.0
    assert held.value > minimise(likelihood, likelihood.others()).value + 0.1


def test_an_expansion_is_not_enough(dresden: Model) -> None:
    """Where the exact likelihood goes far from the nominal shape, the expansion is wrong."""
    likelihood = treated_likelihood(dresden, dresden.data())
    assert isinstance(likelihood, ShapedLikelihood)
    x = likelihood.centers.copy()
    x[likelihood.index("shape:epithermal.scale_kev")] = 6.0
    expanded = likelihood.expansion()
    assert abs(expanded.value(x) - likelihood.value(x)) > 1.0


def test_limits_use_the_exact_profile(dresden: Model) -> None:
    found = limit(dresden, dresden.data(), "mu_nu", method="delta-chi2")
    assert found.found
    assert found.upper is not None
    likelihood = treated_likelihood(dresden, dresden.data())
    free = minimise(likelihood, likelihood.others("mu2"))
    best = min(minimise(likelihood, likelihood.others()).value, free.value)
    at_limit = minimise(
        likelihood, {**likelihood.others(), "mu2": (found.upper / 1e-11) ** 2}
    ).value
    rise = at_limit - (best if found.best_fit else minimise(likelihood, likelihood.others()).value)
    assert rise == pytest.approx(2.7055, abs=2e-3)


def test_the_components_of_a_fit_add_up_to_its_expectation(dresden: Model) -> None:
    """Also where the shapes have moved far: their exact templates, not the expansion."""
    likelihood = treated_likelihood(dresden, dresden.data())
    values = dict.fromkeys(likelihood.names, 0.0)
    values |= {"shape:epithermal.scale_kev": 4.0, "shape:l1.sigma_kev": -2.0}
    values |= {"norm:flat": 0.9, "norm:epithermal": 1.2, "norm:l1": 1.1}
    samples = samples_at(dresden, values)[:, 0]
    norms = np.array([0.9, 1.2, 1.1])
    total = samples[0] + norms @ samples[7:]
    x = np.array([values[name] for name in likelihood.names])
    np.testing.assert_allclose(total, likelihood.expected(x), rtol=1e-12, atol=0)
