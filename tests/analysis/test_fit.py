"""Fits: planted truths are found again, in physical units, with errors and at the bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from model_arrays import monomials_at, signal_of, with_arrays

from analysis.fits.fit import FitResult, FittedParameter, fit
from analysis.fits.minimum import FitError, minimise
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra

Planted = Callable[..., Likelihood]
SM_RADIUS = -8.2751e-33


def entry(result: FitResult, name: str) -> FittedParameter:
    return next(p for p in (*result.parameters, *result.nuisances) if p.name == name)


@pytest.fixture(scope="module")
def strong() -> Model:
    """The preset with 100 times its mass: errors far below the planted values."""
    overrides = ["analysis.bin_width_kev=1.8", "detector.mass_kg=150.0"]
    return build_model(load_experiment("gemma-2012", overrides))


@pytest.mark.parametrize(
    "truth",
    [
        {"mu_nu": 5e-11},
        {"q_nu": 4e-12},
        {"q_nu": -4e-12},
        {"r2_nu": 6e-31},
        {"r2_nu": -3e-31},
    ],
)
def test_planted_truth(strong: Model, truth: dict[str, Any]) -> None:
    (name, value), *_ = truth.items()
    spectra = strong.asimov(NeutrinoParameters(**truth))
    result = fit(strong, spectra, (name,))
    assert entry(result, name).value == pytest.approx(value, rel=2e-3, abs=0)
    others = {"mu_nu": 0.0, "q_nu": 0.0, "r2_nu": SM_RADIUS}
    del others[name]
    for other, standard in others.items():
        assert entry(result, other).value == pytest.approx(standard, rel=1e-4, abs=0)
        assert entry(result, other).error is None
    assert result.minus_two_log_likelihood == pytest.approx(0, abs=1e-3)
    assert entry(result, "flux_norm").value == pytest.approx(0, abs=0.1)
    for norm in ("norm:flat", "norm:inverse-energy"):
        assert entry(result, norm).value == pytest.approx(1, abs=2e-3)
    assert result.status == "ok"
    assert not result.at_bound


def test_all_three_at_once(strong: Model) -> None:
    truth = NeutrinoParameters(mu_nu=8e-11, q_nu=3e-12, r2_nu=9e-31)
    result = fit(strong, strong.asimov(truth), ("r2_nu", "mu_nu", "q_nu"))
    assert result.minus_two_log_likelihood == pytest.approx(0, abs=1e-3)
    sizes = {"mu_nu": 8e-11, "q_nu": 3e-12, "r2_nu": 9e-31}
    for name, value in sizes.items():
        assert entry(result, name).value == pytest.approx(value, rel=0.02, abs=0)
    assert result.n_free == 8


def test_units_and_errors(strong: Model) -> None:
    """mu^2 carries the error of mu; q and r2 those of the scaled parameters."""
    truth = NeutrinoParameters(mu_nu=5e-11, q_nu=3e-12, r2_nu=6e-31)
    spectra = strong.asimov(truth)
    result = fit(strong, spectra, ("mu_nu", "q_nu", "r2_nu"))
    likelihood = joint_likelihood(strong, spectra)
    others = likelihood.others("mu2", "q", "r")
    x = np.array(
        [*monomials_at(truth, strong.couplings)[[1, 2, 4]], *others.values(), 0, 1, 1, 1, 1]
    )
    free = [place for place, name in enumerate(likelihood.names) if name not in others]
    covariance = np.linalg.inv(likelihood.fisher(x)[np.ix_(free, free)])
    errors = np.sqrt(np.diag(covariance)[:3])
    units = [("mu_nu_squared", 1e-22, "mu_B^2"), ("q_nu", 1e-12, "e"), ("r2_nu", 1e-32, "cm^2")]
    for (name, scale, unit), error in zip(units, errors, strict=True):
        found = entry(result, name)
        assert found.unit == unit
        assert found.error == pytest.approx(scale * error, rel=0.1, abs=0)
    assert entry(result, "mu_nu").unit == "mu_B"
    assert entry(result, "mu_nu").error is None
    assert entry(result, "mu_nu_squared").value == pytest.approx(25e-22, rel=2e-2, abs=0)
    assert entry(result, "norm:flat").unit == "relative"
    assert result.nuisances[0].name == "flux_norm"
    assert result.nuisances[0].unit == "sigma"
    assert len(result.nuisances) == 5


def test_degrees_of_freedom_and_treatment(coarse: Model) -> None:
    spectra = next(toys(coarse, 1, 1, NeutrinoParameters(mu_nu=9e-11)))
    joint = fit(coarse, spectra)
    fixed = fit(coarse, spectra, treatment="off-fixed")
    assert (joint.treatment, joint.n_bins, joint.n_free) == ("off-joint", 58, 6)
    assert (fixed.treatment, fixed.n_bins, fixed.n_free) == ("off-fixed", 29, 2)
    assert entry(fixed, "norm:flat").error is None
    assert entry(fixed, "flux_norm").error == pytest.approx(1, rel=0.01, abs=0)
    assert entry(joint, "norm:flat").error is not None


def test_value_is_that_of_the_reference(coarse: Model, plain: Any) -> None:
    spectra = next(toys(coarse, 1, 1, NeutrinoParameters(mu_nu=9e-11)))
    result = fit(coarse, spectra)
    mu2 = entry(result, "mu_nu_squared").value / 1e-22
    wanted = plain(joint_likelihood(coarse, spectra)).profile({"mu2": mu2})
    assert result.minus_two_log_likelihood == pytest.approx(wanted, rel=1e-6, abs=0)


def test_goodness_of_fit_is_like_chi_square(coarse: Model) -> None:
    """Mean over toys: bins less free parameters (58 - 6), within 4 standard errors."""
    truth = NeutrinoParameters(mu_nu=1e-10)
    values = [fit(coarse, t).minus_two_log_likelihood for t in toys(coarse, 40, 2, truth)]
    assert abs(np.mean(values) - 52) < 4 * np.sqrt(2 * 52 / 40)


def test_bound(coarse: Model) -> None:
    """Fewer events than the background in the first bins: mu^2 = 0, held there."""
    counts = coarse.asimov().counts.copy()
    counts[0, :4] *= 0.95
    spectra = Spectra.on_and_off(coarse.edges_kev, counts, "observed")
    likelihood = joint_likelihood(coarse, spectra)
    unbounded = minimise(likelihood, likelihood.others("mu2"))
    assert unbounded.x[0] < -unbounded.errors[0]
    result = fit(coarse, spectra)
    assert result.at_bound
    assert entry(result, "mu_nu").value == 0
    assert entry(result, "mu_nu_squared").error is None
    assert result.n_free == 5
    bounded = minimise(likelihood, likelihood.others())
    assert result.minus_two_log_likelihood == pytest.approx(bounded.value, rel=1e-9, abs=0)
    assert result.minus_two_log_likelihood > unbounded.value + 1


def test_better_of_two_basins(coarse: Model) -> None:
    """Free q: the fit finds the deeper minimum wherever the truth lies."""
    for q_nu in (-4e-12, 4e-12):
        for spectra in toys(coarse, 4, 6, NeutrinoParameters(q_nu=q_nu)):
            result = fit(coarse, spectra, ("q_nu",))
            likelihood = joint_likelihood(coarse, spectra)
            values = []
            for start in (-4.0, 4.0):
                x = likelihood.centers.copy()
                x[1] = start
                values.append(minimise(likelihood, likelihood.others("q"), x).value)
            assert result.minus_two_log_likelihood == pytest.approx(min(values), abs=1e-4)


def test_bound_in_one_basin_and_inside_in_the_other(coarse: Model) -> None:
    """mu^2 < 0 at one minimum in q, mu^2 > 0 at the other, which is then the physical best.

    The linear term of q falls like mu^2, so the two minima in q differ in mu^2.
    """
    spectra = list(toys(coarse, 3, 3, NeutrinoParameters()))[2]
    likelihood = joint_likelihood(coarse, spectra)
    heights = []
    for q in np.linspace(-5, 5, 51):
        there = minimise(likelihood, likelihood.others("mu2") | {"q": q})
        if there.x[0] < 0:
            there = minimise(likelihood, likelihood.others() | {"q": q})
        heights.append(there.value)
    result = fit(coarse, spectra, ("mu_nu", "q_nu"))
    assert result.minus_two_log_likelihood < min(heights) + 1e-3


def test_refusals(coarse: Model) -> None:
    with pytest.raises(ValueError, match=r"'mu'.*mu_nu, q_nu, r2_nu"):
        fit(coarse, coarse.asimov(), ("mu",))
    blind = with_arrays(coarse, signal=signal_of(coarse) * np.eye(7)[0][:, None, None], morphs=())
    with pytest.raises(FitError, match="q_nu"):
        fit(blind, blind.asimov(), ("q_nu",))
    broken = Spectra.on_and_off(coarse.edges_kev, np.full((2, 29), np.nan), "observed")
    with pytest.raises(FitError):
        fit(coarse, broken)


def test_covariance_is_the_inverse_curvature(coarse: Model, plain: Any) -> None:
    """Second derivatives of the plain likelihood by differences, all that is free at once."""
    spectra = next(toys(coarse, 1, 3, NeutrinoParameters(mu_nu=9e-11)))
    result = fit(coarse, spectra, ("mu_nu", "q_nu"))
    assert result.covariance is not None
    likelihood = joint_likelihood(coarse, spectra)
    own = plain(likelihood)
    values = {p.name: p.value for p in (*result.parameters, *result.nuisances)}
    x = np.array([values.get(name, 0.0) for name in likelihood.names])
    x[likelihood.index("mu2")] = values["mu_nu_squared"] / 1e-22
    x[likelihood.index("q")] = values["q_nu"] / 1e-12
    scales = {"mu_nu_squared": ("mu2", 1e-22), "q_nu": ("q", 1e-12)}
    names = [scales.get(name, (name, 1.0)) for name in result.covariance.names]
    places = [likelihood.index(name) for name, _ in names]
    scale = np.array([size for _, size in names])
    covariance = np.array(result.covariance.matrix) / np.outer(scale, scale)
    step = 0.05 * np.sqrt(np.diag(covariance))
    hessian = np.zeros((len(places), len(places)))
    for a, b in np.ndindex(hessian.shape):
        for sign_a, sign_b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            there = x.copy()
            there[places[a]] += sign_a * step[a]
            there[places[b]] += sign_b * step[b]
            hessian[a, b] += sign_a * sign_b * own.value(there) / (8 * step[a] * step[b])
    sigmas, correlation = np.sqrt(np.diag(covariance)), np.array(result.covariance.correlation)
    product = hessian * np.outer(sigmas, sigmas) @ correlation
    assert product == pytest.approx(np.eye(len(places)), abs=0.02)
    errors = [p.error for p in result.nuisances if p.name in result.covariance.names]
    assert errors == pytest.approx(sigmas[-len(errors) :], rel=1e-6)
    assert np.diag(correlation) == pytest.approx(np.ones(len(places)))
    assert np.all(np.abs(correlation) <= 1 + 1e-12)


def test_poor_fits_and_second_minima_are_said(coarse: Model) -> None:
    spectra = coarse.asimov()
    counts = spectra.counts.copy()
    counts[0, 15] *= 1.5
    found = fit(coarse, Spectra.on_and_off(coarse.edges_kev, counts, "observed"))
    assert found.status == "poor-fit"
    assert found.warnings[0].startswith("poor-fit: -2 ln L = ")
    assert found.content()["goodness"]["p_value"] < 1e-3
    assert fit(coarse, spectra).status == "ok"
    degenerate = fit(coarse, spectra, ("q_nu", "r2_nu"))
    assert degenerate.warnings[0].startswith("two-minima: as good a fit is at")
    assert degenerate.other_minima[0].rise < 0.01
