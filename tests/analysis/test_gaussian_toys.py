"""Toys in the Gaussian limit against fitted spectra, published tables and brute force."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.fits.minimum import minimise, treated_likelihood
from analysis.limits.gaussian_toys import (
    GaussianExperiment,
    has_closed_form,
    interval_near_zero,
)
from analysis.limits.limit import answer
from analysis.limits.question import asked
from sim.cross_sections.parameters import MU_SCALE, Q_SCALE
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys

TREATMENTS = ("off-joint", "off-fixed")


EXPERIMENT = load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"])


@pytest.fixture(scope="module")
def model() -> Model:
    return build_model(EXPERIMENT)


def gaussian(model: Model, parameter: str, treatment: str) -> GaussianExperiment:
    return GaussianExperiment.of(model, model.signal_table.parameter(parameter), treatment)


def test_which_limits_have_a_closed_form() -> None:
    known = {
        (parameter, method): has_closed_form(asked(EXPERIMENT, parameter, method=method))
        for parameter, method in (
            ("mu_nu", "feldman-cousins"),
            ("mu_nu", "cls"),
            ("mu_nu", "clsb"),
            ("q_nu", "delta-chi2"),
            ("q_nu", "feldman-cousins"),
        )
    }
    assert list(known.values()) == [True, True, False, True, False]


def test_no_limit_without_a_closed_form(model: Model) -> None:
    for parameter, method in (("mu_nu", "clsb"), ("q_nu", "feldman-cousins")):
        question = asked(EXPERIMENT, parameter, method=method)
        with pytest.raises(ValueError, match=f"method '{method}' has no"):
            gaussian(model, parameter, "off-joint").reaches(question, 10, 1)


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_the_information_is_that_of_the_likelihood(model: Model, treatment: str) -> None:
    found = gaussian(model, "mu_nu", treatment)
    likelihood = treated_likelihood(model, model.asimov(), treatment)
    error = minimise(likelihood, likelihood.others("mu2")).errors[0]
    assert found.information[0, 0] ** -0.5 == pytest.approx(error, rel=2e-3, abs=0)


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(("parameter", "method"), [("mu_nu", "qtilde"), ("q_nu", "delta-chi2")])
def test_bands_are_those_of_fitted_toys(
    model: Model, treatment: str, parameter: str, method: str
) -> None:
    """Median and 68 % band of 300 fitted spectra, within three of their own errors."""
    n_toys = 300
    question = asked(EXPERIMENT, parameter, 0.90, method, treatment)
    found = [answer(question, model, spectra) for spectra in toys(model, n_toys, 5)]
    fitted = [max(abs(e) for e in interval_near_zero(one.intervals)) for one in found]
    reaches = gaussian(model, parameter, treatment).reaches(question, 4000, 1)
    scale = (MU_SCALE if parameter == "mu_nu" else Q_SCALE) * 0.05
    for share in (0.16, 0.5, 0.84):
        wanted = np.quantile(reaches, share)
        around = np.quantile(reaches, np.clip(share + np.array([-1, 1]) * 0.03, 0, 1))
        slack = 3 * (around[1] - around[0]) / 2 + scale
        assert np.quantile(fitted, share) == pytest.approx(wanted, abs=slack, rel=0)


def test_the_scatter_of_the_fixed_background_exceeds_its_error(model: Model) -> None:
    """OFF is four times shorter: what it does not know is not in the error of the fit."""
    fixed = gaussian(model, "mu_nu", "off-fixed")
    joint = gaussian(model, "mu_nu", "off-joint")
    scatter = fixed.score_covariance[0, 0] ** 0.5 / fixed.information[0, 0]
    assert scatter > 2 * fixed.information[0, 0] ** -0.5
    np.testing.assert_array_equal(joint.score_covariance, joint.information)


def test_interval_near_zero() -> None:
    assert interval_near_zero([(-5.0, -3.0), (-1.0, 2.0)]) == (-1.0, 2.0)
    assert interval_near_zero([(-5.0, -3.0), (1.0, 2.0)]) == (1.0, 2.0)
    assert interval_near_zero([(-5.0, 2.0)]) == (-5.0, 2.0)
