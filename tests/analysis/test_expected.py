"""Expected limits: bands of toys one by one, and beside the asymptotic ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import blind

from analysis.fits.intervals import two_sided_intervals
from analysis.fits.minimum import FitError
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits, generated_toys
from analysis.limits.constructions.construction import EmptyIntervalError
from analysis.limits.constructions.registry import construction, constructions
from analysis.limits.expected import (
    SIGMAS,
    expected_limits,
    expected_limits_of_toys,
    expected_mu_nu_limits,
    toy_limits,
)
from analysis.limits.limit import limit
from analysis.limits.question import asked
from analysis.limits.toy_limits import hulls, outer_crossing, upper_limits
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import ToySource

N_TOYS = 8
UPPER_LIMITS = [known.name for known in constructions() if known.band_of_toys]


def profiles_of(model: Model, parameter: str, truth: NeutrinoParameters) -> ToyProfiles:
    fits = ToyFits(model, truth, parameter, "off-joint")
    source = ToySource.of(model.asimov(truth).flat)
    drawn = generated_toys(source, len(fits.constrained), 3, range(N_TOYS), 0)
    return ToyProfiles.of(*fits.prepared(*drawn), fits.name)


def single(profiles: ToyProfiles, row: int) -> Any:
    toys = profiles.toys
    return replace(profiles.likelihood, counts=toys.counts[row], centers=toys.centers[row])


@pytest.mark.parametrize("method", UPPER_LIMITS)
def test_many_upper_limits_are_those_of_single_toys(coarse: Model, method: str) -> None:
    profiles = profiles_of(coarse, "mu_nu", NeutrinoParameters())
    question = asked(coarse.experiment, "mu_nu", 0.90, method)
    found = upper_limits(question, profiles)
    n_empty = 0
    for row in range(N_TOYS):
        try:
            likelihood = single(profiles, row)
            single_one = construction(method).intervals(likelihood, question.parameter, 0.90)
            wanted = single_one.intervals[0][1]
        except EmptyIntervalError:
            wanted, n_empty = np.nan, n_empty + 1
        assert found[row] == pytest.approx(wanted, rel=2e-5, abs=0, nan_ok=True)
    assert n_empty == (2 if method == "clsb" else 0)


@pytest.mark.parametrize(
    ("parameter", "truth"),
    [
        ("q_nu", NeutrinoParameters()),
        ("q_nu", NeutrinoParameters(q_nu=4e-12)),
        ("r2_nu", NeutrinoParameters()),
        ("r2_nu", NeutrinoParameters(r2_nu=1.5e-30)),
    ],
)
def test_many_hulls_are_those_of_single_toys(
    coarse: Model, parameter: str, truth: NeutrinoParameters
) -> None:
    profiles = profiles_of(coarse, parameter, truth)
    width = float(np.median(profiles.error))
    found = hulls(profiles, 2.7055)
    for row in range(N_TOYS):
        intervals = two_sided_intervals(single(profiles, row), profiles.name, 2.7055).intervals
        wanted = (intervals[0][0], intervals[-1][1])
        assert found[row] == pytest.approx(wanted, rel=1e-4, abs=1e-4 * width)


def test_crossings() -> None:
    """Steps outwards as far as it takes, for each on its own; NaN where there is none."""
    scale = np.array([0.01, 1.0, 1e4, 1.0])
    height = np.array([1.0, 1.0, 1.0, np.inf])

    def excess(values: Any) -> Any:
        return np.where(np.isfinite(height), (values / scale) ** 3 - 8, -1.0)

    found = outer_crossing(excess, np.zeros(4), np.ones(4))
    np.testing.assert_allclose(found[:3], 2 * scale[:3], rtol=1e-5)
    assert np.isnan(found[3])
    down = outer_crossing(lambda v: -v - 7.0, np.zeros(2), -np.ones(2))
    np.testing.assert_allclose(down, -7, rtol=1e-6)


@pytest.mark.parametrize("method", UPPER_LIMITS)
def test_moment_bands_agree(coarse: Model, method: str) -> None:
    """400 toys beside the asymptotic band, in mu^2 within 3.5 errors of the quantiles."""
    asimov = expected_limits(coarse, "mu_nu", method=method)
    toys = expected_limits_of_toys(coarse, "mu_nu", 400, 2, method=method)
    sigma = (limit(coarse, coarse.asimov(), "mu_nu").upper or 0) ** 2 / 1.28155
    for one, other, error in zip(asimov, toys, (0.48, 0.27, 0.22, 0.27, 0.48), strict=True):
        assert one.n_sigma == other.n_sigma
        assert one.lower in (0.0, None)
        assert other.lower == 0
        assert (other.upper or 0) ** 2 == pytest.approx((one.upper or 0) ** 2, abs=error * sigma)
    assert (asimov[0].upper is None) == (method == "clsb")


def test_unified_band_has_lower_ends(coarse: Model) -> None:
    band = expected_limits(coarse, "mu_nu", method="feldman-cousins")
    assert [e.lower for e in band[:4]] == [0, 0, 0, 0]
    assert band[4].lower is not None
    assert 0 < band[4].lower < (band[0].upper or 0) * 1.5
    assert expected_mu_nu_limits(coarse, method="feldman-cousins")[0] == band[2].upper


@pytest.mark.parametrize("parameter", ["r2_nu", "sin2_theta_w", "q_nu"])
def test_two_sided_bands_agree(coarse: Model, parameter: str) -> None:
    asimov = expected_limits(coarse, parameter)
    toys = expected_limits_of_toys(coarse, parameter, 300, 2)
    median = limit(coarse, coarse.asimov(), parameter)
    assert (asimov[2].lower, asimov[2].upper) == pytest.approx((median.lower, median.upper))
    width = (asimov[2].upper or 0) - (asimov[2].lower or 0)
    for one, other in zip(asimov[1:4], toys[1:4], strict=True):
        assert other.lower == pytest.approx(one.lower, abs=0.06 * width)
        assert other.upper == pytest.approx(one.upper, abs=0.06 * width)
    assert [e.n_sigma for e in asimov] == list(SIGMAS)
    assert sorted(e.upper or 0 for e in asimov) == [e.upper for e in asimov]


def test_strength_of_coherent_scattering() -> None:
    few = build_model(load_experiment("docs/studies/few-counts.toml", ["detector.mass_kg=1"]))
    band = expected_limits(few, "cevns")
    assert (band[2].lower or 0) < 1 < (band[2].upper or 0)
    lower, upper = ([getattr(e, end) for e in band] for end in ("lower", "upper"))
    np.testing.assert_allclose(np.diff(lower), np.diff(upper), rtol=0.15)
    drawn = expected_limits_of_toys(few, "cevns", 400, 3)
    spread = (band[3].upper or 0) - (band[1].upper or 0)
    assert drawn[2].upper == pytest.approx(band[2].upper, abs=0.15 * spread)
    assert (drawn[3].upper or 0) - (drawn[1].upper or 0) == pytest.approx(spread, rel=0.2)


def test_toys_are_numbered(coarse: Model) -> None:
    question = asked(coarse.experiment, "mu_nu", treatment="off-fixed")
    whole = toy_limits(question, coarse, range(6), 5)
    part = toy_limits(question, coarse, range(4, 6), 5)
    np.testing.assert_allclose(part, whole[4:], rtol=1e-6)


def test_refusals(coarse: Model) -> None:
    with pytest.raises(ValueError, match="bands of mu_nu with feldman-cousins"):
        expected_limits_of_toys(coarse, "mu_nu", 20, method="feldman-cousins")
    for ask in (expected_limits, lambda *a, **k: expected_limits_of_toys(a[0], a[1], 20, **k)):
        with pytest.raises(ValueError, match="method 'cls' for q_nu"):
            ask(coarse, "q_nu", method="cls")
    sightless = blind(coarse)
    for parameter in ("q_nu", "mu_nu"):
        with pytest.raises(FitError):
            expected_limits(sightless, parameter)
