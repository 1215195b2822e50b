"""The minimiser against scipy's, and the two treatments of the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from model_arrays import backgrounds_of, expected_background, expected_signal
from scipy.optimize import minimize

from analysis.fits.minimum import FitError, minimise, treated_likelihood
from analysis.likelihood.assembly import joint_likelihood, selected_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra

Planted = Callable[..., Likelihood]
Array = np.ndarray[Any, np.dtype[np.float64]]


def coarse_model(*overrides: str) -> Model:
    return build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8", *overrides]))


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("free", ["mu2", "q"])
@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_against_scipy(coarse: Model, plain: Any, index: int, free: str, method: str) -> None:
    """Toys at mu_nu = 6e-11, q_nu = 2e-12, from the same start: same place, same value."""
    truth = NeutrinoParameters(mu_nu=6e-11, q_nu=2e-12)
    spectra = list(toys(coarse, index + 1, 11, truth))[index]
    likelihood = joint_likelihood(coarse, spectra)
    held = likelihood.others(free)
    start = likelihood.centers.copy()
    start[:2] = 10.0, 1.0
    found = minimise(likelihood, held, start)
    moving = np.array([name not in held for name in likelihood.names])
    reference = plain(likelihood)
    x = found.x.copy()
    assert reference.value(x) == pytest.approx(found.value, rel=1e-9, abs=0)
    sizes = np.where(found.errors > 0, found.errors, 1.0)

    def scaled(u: Array) -> float:
        there = start.copy()
        there[[likelihood.names.index(name) for name in held]] = list(held.values())
        there[moving] += u * sizes[moving]
        return min(float(reference.value(there)), 1e9)

    options: dict[str, Any] = {"maxiter": 2000}
    options |= {"ftol": 1e-12} if method == "SLSQP" else {"gtol": 1e-7, "xtol": 1e-10}
    result = minimize(scaled, np.zeros(moving.sum()), method=method, options=options)
    assert found.value == pytest.approx(result.fun, abs=2e-4)
    distance = (start[moving] + result.x * sizes[moving] - found.x[moving]) / sizes[moving]
    assert np.abs(distance).max() < 1e-2


def test_errors_are_those_of_the_curvature(coarse: Model) -> None:
    """1 sigma is where -2 ln L, minimised over the rest, has risen by 1."""
    likelihood = joint_likelihood(coarse, next(toys(coarse, 1, 5)))
    best = minimise(likelihood, likelihood.others("mu2"))
    for sign in (-1, 1):
        mu2 = best.x[0] + sign * best.errors[0]
        there = minimise(likelihood, likelihood.others() | {"mu2": mu2})
        assert there.value - best.value == pytest.approx(1, rel=0.02, abs=0)
    assert best.errors[[1, 2]].tolist() == [0, 0]


def test_all_held_is_an_evaluation(planted: Planted) -> None:
    likelihood = planted({1: [1.0, 2.0]}, [4.0, 5.0], {"mu2": 2.0})
    held = {"mu2": 1.0, "q": 0.0, "r": 0.0, "norm:0": 1.0}
    found = minimise(likelihood, held)
    wanted = 2 * (5 - 6 + 6 * np.log(6 / 5) + 7 - 9 + 9 * np.log(9 / 7))
    assert found.value == pytest.approx(wanted, rel=1e-12, abs=0)
    assert not found.errors.any()
    assert found.x.tolist() == [1, 0, 0, 1]


def test_start_does_not_change(planted: Planted) -> None:
    likelihood = planted({1: [1.0, 2.0, 1.0]}, [40.0, 50.0, 60.0], {"mu2": 2.0})
    start = likelihood.centers.copy()
    start[0] = 1.0
    minimise(likelihood, likelihood.others("mu2"), start)
    assert start.tolist() == [1, 0, 0, 1]


def test_flux_constraint_pulls(planted: Planted) -> None:
    """Data 1 % above the signal, no background: flux to the weighted mean of data and 1.

    -2 ln L ~ (flux - 1.01)^2 I + (flux - 1)^2 / sigma^2 with I = 1e6 / 1.01.
    """
    held = {"mu2": 0.0, "q": 0.0, "r": 0.0}
    excess = {"flux_norm": 0.01 / 2e-3}
    likelihood = planted({0: [1e6]}, [1.0], excess, flux_sigma=2e-3, norm_sigmas=(0.0,))
    found = minimise(likelihood, held)
    information, prior = 1e6 / 1.01, 1 / 2e-3**2
    wanted = 0.01 * information / (information + prior)
    assert 2e-3 * found.x[3] == pytest.approx(wanted, rel=5e-3, abs=0)
    assert 2e-3 * found.errors[3] == pytest.approx((information + prior) ** -0.5, rel=2e-2, abs=0)
    tight = planted({0: [1e6]}, [1.0], {"flux_norm": 1e3}, flux_sigma=1e-5, norm_sigmas=(0.0,))
    assert 1e-5 * minimise(tight, held).x[3] == pytest.approx(0.01 * 1e-4, rel=0.05, abs=0)


def test_fit_failure_is_said(planted: Planted) -> None:
    """NaN data cannot be fitted."""
    likelihood = planted({1: [1.0, 2.0]}, [4.0, 5.0])
    broken = replace(likelihood, counts=np.array([np.nan, 5.0]))
    with pytest.raises(FitError, match="did not converge"):
        minimise(broken, broken.others("mu2"))


def test_default_treatment_is_the_configured_one(coarse: Model) -> None:
    assert treated_likelihood(coarse, coarse.asimov()).counts.size == 58
    model = coarse_model("analysis.background=off-fixed")
    assert treated_likelihood(model, model.asimov()).counts.size == 29
    assert treated_likelihood(model, model.asimov(), "off-joint").counts.size == 58


def test_unknown_treatment(coarse: Model) -> None:
    with pytest.raises(ConfigurationError, match=r"'off'.*off-joint, off-fixed"):
        treated_likelihood(coarse, coarse.asimov(), "off")


def test_off_fixed_needs_an_off_period() -> None:
    model = coarse_model("exposure.off_days=0")
    with pytest.raises(ConfigurationError, match="off_days"):
        treated_likelihood(model, model.asimov(), "off-fixed")


@pytest.mark.parametrize("scaling", ["reactor", "free"])
def test_off_fixed_needs_components_that_off_sees(scaling: str) -> None:
    model = coarse_model(f"background.2.scaling={scaling}")
    with pytest.raises(ConfigurationError, match="ge71-k"):
        treated_likelihood(model, model.asimov(), "off-fixed")


def test_off_fixed_holds_the_background_of_the_off_spectrum(coarse: Model) -> None:
    """Only flux (and the signal parameters) stay free; norms are those of the OFF fit."""
    spectra = next(toys(coarse, 1, 3))
    fixed = treated_likelihood(coarse, spectra, "off-fixed")
    assert np.flatnonzero(fixed.fixed).tolist() == [fixed.names.index(n) for n in fixed.names[-4:]]
    np.testing.assert_array_equal(fixed.counts, spectra.counts[0])
    off = selected_likelihood(coarse, spectra, [1])
    shapes = np.array([b.counts[1] for b in backgrounds_of(coarse)]).T

    def minus_two_log(norms: Array) -> float:
        mean = shapes @ norms
        if np.any(mean <= 0):
            return 1e9
        return float(2 * np.sum(mean - off.counts * np.log(mean)))

    wanted = minimize(minus_two_log, np.ones(4), method="BFGS", options={"gtol": 1e-6})
    np.testing.assert_allclose(fixed.centers[-4:], wanted.x, atol=2e-3)
    assert np.abs(fixed.centers[-4:] - 1).max() > 5e-3


def test_off_fixed_follows_the_off_data_and_not_their_statistics(coarse: Model) -> None:
    """Half the OFF counts halve the ON background; a longer OFF period changes nothing."""
    asimov = coarse.asimov()
    halved = Spectra.on_and_off(coarse.edges_kev, asimov.counts * [[1.0], [0.5]], "observed")
    np.testing.assert_allclose(
        treated_likelihood(coarse, halved, "off-fixed").centers[-4:], 0.5, rtol=1e-3
    )
    long = coarse_model("exposure.off_days=18700")
    fixed = treated_likelihood(long, long.asimov(), "off-fixed")
    short = treated_likelihood(coarse, asimov, "off-fixed")
    np.testing.assert_allclose(fixed.centers, short.centers, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        fixed.blocks.blocks[0].shapes, short.blocks.blocks[0].shapes, rtol=1e-12
    )


def test_off_fixed_subtracts_the_residual_signal_of_off_periods() -> None:
    """With a residual flux the OFF spectrum holds some Standard Model events."""
    model = coarse_model("exposure.off_residual_flux=0.5", "background.0.rate_per_kev_kg_day=0.05")
    assert expected_signal(model)[1].sum() > 0.015 * expected_background(model)[1].sum()
    fixed = treated_likelihood(model, model.asimov(), "off-fixed")
    np.testing.assert_allclose(fixed.centers[-4:], 1, atol=1e-3)


def test_joint_fit_uses_the_off_statistics(coarse: Model) -> None:
    """The error of mu^2 falls with the OFF exposure towards the one of a known background."""

    def error(model: Model, treatment: str) -> float:
        likelihood = treated_likelihood(model, model.asimov(), treatment)
        return float(minimise(likelihood, likelihood.others("mu2")).errors[0])

    short, known = error(coarse, "off-joint"), error(coarse, "off-fixed")
    long = error(coarse_model("exposure.off_days=1e6"), "off-joint")
    assert short > 1.9 * known
    assert long == pytest.approx(known, rel=0.02, abs=0)
