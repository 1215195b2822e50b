"""The likelihood of a model: what it holds, Fisher information, constraints, held parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import dense_arrays
from model_arrays import backgrounds_of, expected_signal, monomials_at, signal_of

from analysis.fits.minimum import minimise
from analysis.likelihood.assembly import joint_likelihood, selected_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

Planted = Callable[..., Likelihood]
Array = np.ndarray[Any, np.dtype[np.float64]]


def model_of(*overrides: str) -> Model:
    return build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8", *overrides]))


def test_parameters_and_constraints(coarse: Model) -> None:
    likelihood = joint_likelihood(coarse, coarse.asimov())
    norms = ("norm:flat", "norm:inverse-energy", "norm:ge71-k", "norm:pb210")
    signal = coarse.signal_table.fitted_names
    assert {"mu2", "q", "r", "sin2", "cevns"} <= set(signal)
    assert likelihood.names == (*signal, "flux_norm", *norms)
    assert likelihood.kinds == (*("signal",) * len(signal), "morph", *("norm",) * 4)
    assert not likelihood.centers[: len(signal)].any()
    assert not likelihood.inverse_sigmas[: len(signal)].any()
    assert likelihood.centers[-5:].tolist() == [0, 1, 1, 1, 1]
    assert likelihood.inverse_sigmas[-5:].tolist() == [1, 0, 0, 0, 0]
    assert not likelihood.fixed.any()


def test_known_and_fixed_norms() -> None:
    model = model_of("background.0.norm=0.05", "background.1.norm=0", "systematics.flux_norm=0")
    likelihood = joint_likelihood(model, model.asimov())
    assert likelihood.names[-4] == "norm:flat"
    assert likelihood.inverse_sigmas[-4:] == pytest.approx([20.0, 0, 0, 0])
    assert np.flatnonzero(likelihood.fixed).tolist() == [len(likelihood.names) - 3]


def test_expectation_is_that_of_the_model(coarse: Model) -> None:
    """ON and OFF bins at a point of parameter space, flux and norms included."""
    truth = NeutrinoParameters(mu_nu=2e-11, q_nu=-7e-13, r2_nu=3e-32)
    mu2, q, r = monomials_at(truth, coarse.couplings)[[1, 2, 4]]
    likelihood = joint_likelihood(coarse, coarse.asimov())
    others = np.zeros(len(likelihood.signal) - 3)
    x = np.array([mu2, q, r, *others, 7 / 3, 0.9, 1.2, 0.5, 1.5])  # flux + 7 %
    wanted = 1.07 * expected_signal(coarse, truth)
    for norm, template in zip(x[-4:], backgrounds_of(coarse), strict=True):
        wanted = wanted + norm * template.counts
    np.testing.assert_allclose(likelihood.expected(x).reshape(2, -1), wanted, rtol=1e-12)
    assert likelihood.expected(x)[:29].sum() > 3.5 * likelihood.expected(x)[29:].sum()


@pytest.mark.parametrize(("period", "row"), [("on", 0), ("off", 1)])
def test_one_period(coarse: Model, period: str, row: int) -> None:
    spectra = coarse.asimov(NeutrinoParameters(mu_nu=1e-10))
    likelihood = selected_likelihood(coarse, spectra, [row])
    np.testing.assert_array_equal(likelihood.counts, spectra.counts[row])
    signal = dense_arrays(likelihood).templates[:, :7].T
    np.testing.assert_allclose(signal, signal_of(coarse)[:, row], rtol=1e-15)
    assert np.any(signal != 0) == (period == "on")


def test_asimov_data_are_fitted_without_rest(coarse: Model) -> None:
    likelihood = joint_likelihood(coarse, coarse.asimov())
    assert likelihood.value(likelihood.centers) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(likelihood.gradient(likelihood.centers), 0, atol=1e-8)


def test_flux_constraint_counts_as_a_pull(coarse: Model) -> None:
    """-2 ln L rises by eta^2 beside what the bins say, eta in units of 3 %."""
    likelihood = joint_likelihood(coarse, coarse.asimov())
    free = replace(likelihood, inverse_sigmas=np.zeros(len(likelihood.names)))
    x = likelihood.centers.copy()
    x[-5] = 2.0
    assert likelihood.value(x) - free.value(x) == pytest.approx(4, rel=1e-9, abs=0)
    difference = likelihood.gradient(x) - free.gradient(x)
    assert difference[-5] == pytest.approx(4, rel=1e-9, abs=0)
    assert np.count_nonzero(difference) == 1


def test_empty_bins_without_expectation_are_left_out(coarse: Model) -> None:
    """A bin below the threshold holds nothing; counts in it are an error."""
    model = model_of("detector.threshold_kev=4.7")
    spectra = model.asimov()
    assert np.all(spectra.counts[:, 0] == 0)
    assert joint_likelihood(model, spectra).counts.size == 56
    spectra.counts[1, 0] = 3
    with pytest.raises(ValueError, match=r"2\.8 to 4\.6 keV"):
        joint_likelihood(model, spectra)


def test_background_that_no_bin_holds_is_fixed() -> None:
    model = model_of("background.3.center_kev=1000")
    likelihood = joint_likelihood(model, model.asimov())
    assert np.flatnonzero(likelihood.fixed).tolist() == [len(likelihood.names) - 1]


def test_with_fixed(coarse: Model) -> None:
    likelihood = joint_likelihood(coarse, coarse.asimov())
    held = likelihood.with_fixed({"q": 0.4, "flux_norm": 1.1})
    flux = likelihood.index("flux_norm")
    assert held.centers[[1, flux]].tolist() == [0.4, 1.1]
    assert np.flatnonzero(held.fixed).tolist() == [1, flux]
    assert held.inverse_sigmas[flux] == 0
    assert held.value(held.centers) == pytest.approx(
        replace(likelihood, inverse_sigmas=np.zeros(held.centers.size)).value(held.centers),
        rel=1e-12,
        abs=0,
    )
    again = held.with_fixed({"q": -0.2, "mu2": 0.0})
    assert again.centers[[1, flux]].tolist() == [-0.2, 1.1]
    assert np.flatnonzero(again.fixed).tolist() == [0, 1, flux]
    assert not likelihood.fixed.any()
    assert likelihood.centers[1] == 0


def test_a_held_constrained_norm_costs_nothing() -> None:
    model = model_of("background.0.norm=0.01")
    likelihood = joint_likelihood(model, model.asimov())
    held = likelihood.with_fixed({"norm:flat": 1.2})
    assert held.inverse_sigmas[-4] == 0
    x = held.centers
    assert likelihood.value(x) - held.value(x) == pytest.approx(400, rel=1e-9, abs=0)


def test_fisher_is_the_expected_curvature(coarse: Model) -> None:
    """Half the Hessian of -2 ln L at a point for the data expected there, by differences."""
    base = joint_likelihood(coarse, coarse.asimov())
    others = 0.1 * np.arange(len(base.signal) - 3)
    point = np.array([1.3, -0.7, 4.0, *others, 1.7, 0.9, 1.2, 0.8, 1.1])
    at_point = replace(base, counts=base.expected(point), centers=point)
    hessian = np.empty((point.size, point.size))
    for j in range(point.size):
        step = np.zeros(point.size)
        step[j] = 1e-5
        hessian[j] = (at_point.gradient(point + step) - at_point.gradient(point - step)) / 2e-5
    found = at_point.fisher(point)
    scale = np.sqrt(np.outer(np.diag(found), np.diag(found)))
    seen = scale > 0
    assert not hessian[~seen].any()
    scale[~seen] = 1.0
    np.testing.assert_allclose(found / scale, 0.5 * hessian / scale, atol=3e-6)
    np.testing.assert_allclose(found, found.T, rtol=1e-13)
    assert found[-5, -5] > 1


def test_fisher_gives_the_error_of_a_fit(coarse: Model) -> None:
    likelihood = joint_likelihood(coarse, coarse.asimov())
    n_signal = len(likelihood.signal)
    free = [0, *range(n_signal, n_signal + 5)]
    covariance = np.linalg.inv(likelihood.fisher(likelihood.centers)[np.ix_(free, free)])
    fitted = minimise(likelihood, likelihood.others("mu2"))
    np.testing.assert_allclose(fitted.errors[free], np.sqrt(np.diag(covariance)), rtol=2e-2)


@pytest.mark.parametrize(
    ("column", "sensitive"),
    [
        (0, []),
        (1, ["mu2"]),
        (2, ["q"]),
        (3, ["q"]),
        (4, ["r"]),
        (5, ["r"]),
        (6, []),
    ],
)
def test_sensitivity(planted: Planted, column: int, sensitive: list[str]) -> None:
    """q r alone changes nothing while the other one is at the Standard Model."""
    likelihood = planted({column: [0.0, 0.2]}, [5.0, 5.0])
    assert [n for n in ("mu2", "q", "r") if likelihood.is_sensitive_to(n)] == sensitive


def test_off_spectra_see_no_signal_without_residual_flux(coarse: Model) -> None:
    off = selected_likelihood(coarse, coarse.asimov(), [1])
    assert not any(off.is_sensitive_to(name) for name in coarse.signal_table.fitted_names)
    model = model_of("exposure.off_residual_flux=0.01")
    off = selected_likelihood(model, model.asimov(), [1])
    assert all(off.is_sensitive_to(name) for name in ("mu2", "q", "r"))
    np.testing.assert_allclose(
        dense_arrays(off).templates[:, :7] * (755.6 / 187.0) / 0.01,
        dense_arrays(selected_likelihood(coarse, coarse.asimov(), [0])).templates[:, :7],
        rtol=1e-12,
    )
