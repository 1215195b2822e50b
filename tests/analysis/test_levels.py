"""Levels of many toys at once against the constructions one by one, and against closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import likelihood_of, without_morphs
from scipy.special import ndtr, ndtri

from analysis.fits.batch import Toys
from analysis.fits.intervals import two_sided_intervals
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.construction import EmptyIntervalError
from analysis.limits.constructions.registry import construction
from analysis.limits.question import Question
from analysis.limits.toy_limits import levels_of
from analysis.statistics.asymptotics import critical_statistic, statistic_survival
from analysis.statistics.tested import Calibration
from sim.cross_sections.parameters import NeutrinoParameters
from sim.cross_sections.signal import SignalParameter
from sim.model import Model
from sim.pseudo import toy_array

METHODS = ("qtilde", "delta-chi2", "cls", "clsb", "bayes-flat")
Array = np.ndarray[Any, np.dtype[np.float64]]
MOMENT = SignalParameter("mu_nu", "mu2", "mu", "mu_B", 1e-11, power=0.5, bounded=True)
CHARGE = SignalParameter("q_nu", "q", "q", "e", 1e-12)


def truth_levels(
    method: str,
    profiles: ToyProfiles,
    values: Array,
    calibration: Calibration | None = None,
    parameter: SignalParameter = MOMENT,
) -> Array:
    question = Question(parameter, 0.90, construction(method), "off-joint")
    return levels_of(question, profiles, values, calibration=calibration)


def upper_limit(method: str, likelihood: Likelihood, cl: float) -> float:
    return construction(method).intervals(likelihood, MOMENT, cl).intervals[0][1]


@pytest.fixture(scope="module")
def profiles(coarse: Model) -> ToyProfiles:
    """Toys of a truth near the bound: some best fits at it, some far inside."""
    truth = NeutrinoParameters(mu_nu=3e-11)
    fits = ToyFits(coarse, truth, "mu_nu", "off-joint")
    counts = toy_array(coarse, 12, 17, truth)
    return ToyProfiles.of(*fits.prepared(counts, np.zeros((12, len(fits.constrained)))), "mu2")


def single(profiles: ToyProfiles, row: int) -> Likelihood:
    toys = profiles.toys
    return replace(profiles.likelihood, counts=toys.counts[row], centers=toys.centers[row])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cl", [0.90, 0.95])
def test_level_at_the_limit_is_the_confidence_level(
    profiles: ToyProfiles, method: str, cl: float
) -> None:
    limits, rows = [], []
    for row in range(len(profiles.best_fit)):
        try:
            limits.append(upper_limit(method, single(profiles, row), cl))
            rows.append(row)
        except EmptyIntervalError:
            assert method == "clsb"
            level = truth_levels(method, profiles, np.zeros(12))
            assert level[row] > cl
    chosen = np.isin(np.arange(12), rows)
    levels = truth_levels(method, profiles.rows(chosen), np.array(limits))
    np.testing.assert_allclose(levels, cl, rtol=0, atol=3e-5)
    assert np.any(profiles.best_fit[chosen] == 0)
    assert np.any(profiles.best_fit[chosen] > 0)


@pytest.mark.parametrize("method", METHODS)
def test_levels_grow_with_the_value(profiles: ToyProfiles, method: str) -> None:
    rows = [truth_levels(method, profiles, np.full(12, v)) for v in (0.0, 2.0, 8.0, 30.0, 90.0)]
    assert np.all(np.diff(rows, axis=0) >= -1e-9)
    assert np.all(np.array(rows) >= 0)
    assert np.all(rows[-1] > 0.99)


def test_two_sided_level(coarse: Model) -> None:
    """Both ends of the interval of q have the level of the interval."""
    likelihood = joint_likelihood(coarse, coarse.asimov(NeutrinoParameters(q_nu=3e-12)))
    found = two_sided_intervals(likelihood, "q", float(ndtri(0.95) ** 2))
    ends = np.array(found.intervals).ravel()
    many = Toys(
        np.tile(likelihood.counts, (ends.size, 1)), np.tile(likelihood.centers, (ends.size, 1))
    )
    levels = truth_levels(
        "delta-chi2", ToyProfiles.of(likelihood, many, "q"), ends, parameter=CHARGE
    )
    np.testing.assert_allclose(levels, 0.90, rtol=0, atol=1e-4)


def gaussian_bin(x: Array) -> ToyProfiles:
    """Data sets of a bin so full that it is Gaussian: mu^2 with a standard error of 1."""
    templates = np.zeros((1, 8))
    templates[0, 1], templates[0, 7] = 1e4, 1e8
    likelihood = likelihood_of(
        names=("mu2", "q", "r", "norm:b"),
        arrays=without_morphs(templates),
        counts=np.array([1e8]),
        variances=np.zeros(1),
        centers=np.array([0.0, 0.0, 0.0, 1.0]),
        inverse_sigmas=np.zeros(4),
        fixed=np.array([False, False, False, True]),
    )
    toys = Toys(1e8 + 1e4 * x[:, None], np.tile(likelihood.centers, (x.size, 1)))
    return ToyProfiles.of(likelihood, toys, "mu2")


@pytest.mark.parametrize("m", [0.0, 0.5, 1.0, 3.0])
def test_closed_forms_of_a_gaussian(m: float) -> None:
    x = np.array([-2.0, -1.0, -0.1, 0.3, 0.9, 2.0])
    q = np.where(x >= 0, (m - x) ** 2, m * m - 2 * m * x)
    one_sided = np.where(x >= m, 0.0, q)
    rank = ndtr(x - m)
    below = x < m
    wanted = {
        "qtilde": np.where(one_sided > 0, ndtr(np.sqrt(one_sided)), 0.0),
        "delta-chi2": 2 * ndtr(np.sqrt(one_sided)) - 1,
        "clsb": np.where(below, 1 - rank, 0.5),
        "cls": np.where(below, 1 - rank / ndtr(x), 0.0),
        "bayes-flat": 1 - rank / ndtr(x),
    }
    for method, levels in wanted.items():
        found = truth_levels(method, gaussian_bin(x), np.full(x.size, m))
        if method == "cls":
            found, levels = found[below], levels[below]
        np.testing.assert_allclose(found, levels, rtol=0, atol=2e-3, err_msg=method)


def test_flat_prior_far_from_the_truth() -> None:
    """Estimates 3 sigma above and below the value: the quadrature sees the whole posterior."""
    x, m = np.array([7.0, 5.0, 9.0, 2.0, -2.0]), np.array([4.0, 6.0, 6.5, 5.0, 1.0])
    found = truth_levels("bayes-flat", gaussian_bin(x), m)
    np.testing.assert_allclose(found, 1 - ndtr(x - m) / ndtr(x), rtol=0, atol=2e-4)


def test_calibrated_levels_are_ranks() -> None:
    """Feldman-Cousins at a truth of 1 sigma: the level is the share of toys with a smaller one."""
    x = np.array([-1.5, 0.0, 0.9, 1.2, 2.5, 1.0])
    found = truth_levels(
        "feldman-cousins", gaussian_bin(x), np.ones(6), calibration=Calibration(4999, 3, 0)
    )
    assert found[-1] == 1 / 5000  # the best fit is the truth: no toy has a smaller statistic
    q = np.where(x >= 0, (1 - x) ** 2, 1 - 2 * x)
    np.testing.assert_allclose(found, 1 - statistic_survival(q, 1.0), rtol=0, atol=0.02)


def test_calibration_does_not_depend_on_the_batch(profiles: ToyProfiles) -> None:
    whole = truth_levels(
        "feldman-cousins", profiles, np.full(12, 9.0), calibration=Calibration(99, 3, 7)
    )
    last = np.arange(12) >= 8
    part = truth_levels(
        "feldman-cousins",
        profiles.rows(last),
        np.full(4, 9.0),
        calibration=Calibration(99, 3, 7, first_index=8),
    )
    np.testing.assert_array_equal(part, whole[last])
    assert np.unique(whole).size > 4


def test_refusals(profiles: ToyProfiles) -> None:
    with pytest.raises(ValueError, match="needs calibration"):
        truth_levels("feldman-cousins", profiles, np.zeros(12))
    with pytest.raises(ValueError, match="'wilks': allowed are qtilde, delta-chi2, cls"):
        construction("wilks")
    assert not construction("cls").applies_to(CHARGE)


def test_asymptotic_coverage_by_gaussian_toys() -> None:
    """A million estimates at each truth: the limits cover as often as predicted."""
    random = np.random.default_rng(3)
    grid = np.linspace(-6, 9, 1501)
    for method in (*METHODS, "feldman-cousins"):
        limits = np.array([upper_end(method, x) for x in grid[::10]])
        for m in (0.3, 1.0, 2.0, 4.0):
            x = random.normal(m, 1, 1_000_000)
            covered = np.mean(np.interp(x, grid[::10], limits) >= m)
            if method == "feldman-cousins":
                lower_end = m + critical_statistic(m, 0.9) ** 0.5
                covered -= np.mean(x > lower_end)
            assert covered == pytest.approx(
                construction(method).predicted_coverage(0.9, m), abs=2e-3
            ), method


def upper_end(method: str, x: float) -> float:
    found = construction(method).interval_of_estimate(0.9, x)
    return 0.0 if found is None else found[1]


def test_published_unified_intervals() -> None:
    """Feldman & Cousins 1998, Table X (90 %): a Gaussian with a boundary."""
    published = {
        -3.0: (0.00, 0.26),
        -2.0: (0.00, 0.40),
        -1.0: (0.00, 0.81),
        0.0: (0.00, 1.64),
        1.0: (0.00, 2.64),
        2.0: (0.58, 3.64),
        3.0: (1.37, 4.64),
    }
    for x, interval in published.items():
        found = construction("feldman-cousins").interval_of_estimate(0.9, x)
        assert found == pytest.approx(interval, abs=0.02)


def test_empty_intervals_of_clsb() -> None:
    assert construction("clsb").interval_of_estimate(0.9, -1.3) is None
    assert construction("qtilde").predicted_coverage(0.9, 0.0) == 1
