"""Intervals with planted minima against a scan of the profile by brute force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.fits.intervals import (
    best_bounded,
    bounded_upper_limit,
    local_minima,
    two_sided_intervals,
)
from analysis.fits.joint_minima import start_values
from analysis.fits.minimum import FitError, minimise
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.pseudo import toys

Planted = Callable[..., Likelihood]
Array = np.ndarray[Any, np.dtype[np.float64]]

COLUMNS = {"q": (2, 3), "r": (4, 5)}
N_BINS = 12
RISE = 2.7055


def double(
    planted: Planted,
    name: str,
    truth: float,
    spread: float,
    exposure: float,
    mirror: float = 6.0,
) -> Likelihood:
    """Signal s (v^2 - mirror v) + SM in 12 bins, on a floating background, flux known to 2 %.

    At spread 0 truth and mirror - truth are the same spectrum; spread moves the mirror point from
    bin to bin, which raises the far minimum.  Neither looks like the smooth background.
    """
    bins = np.arange(N_BINS)
    x = np.linspace(-1, 1, N_BINS)
    size = exposure * (1 + 0.6 * np.cos(np.pi * bins))
    linear, square = COLUMNS[name]
    standard = size * mirror**2  # the rate stays positive
    signal = {0: standard, linear: -size * mirror * (1 + spread * np.sin(2 * bins)), square: size}
    background = [exposure * 30 * np.ones(N_BINS), exposure * 10 * (1 + 0.8 * x)]
    return planted(signal, background, {name: truth}, 0.02)


CASES = {
    # name: (spread, exposure, accepted intervals, minima)
    "two separated": (0.0, 12.0, 2, 2),
    "two separated, unequal": (0.05, 12.0, 2, 2),
    "only one accepted": (0.05, 50.0, 1, 2),
    "merged": (0.05, 3.0, 1, 2),
    "one minimum": (0.2, 6.0, 1, 1),
}


@pytest.mark.parametrize("mirror", [6.0, -6.0])
@pytest.mark.parametrize("truth_is_near", [True, False])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["q", "r"])
def test_planted_minima(
    planted: Planted, plain: Any, name: str, case: str, truth_is_near: bool, mirror: float
) -> None:
    """Both signs of the truth, the truth on either side of the barrier."""
    spread, exposure, n_intervals, n_minima = CASES[case]
    truth = 0.2 * mirror if truth_is_near else 0.8 * mirror
    likelihood = double(planted, name, truth, spread, exposure, mirror)
    found = two_sided_intervals(likelihood, name, RISE)
    wanted = plain(likelihood).accepted(name, RISE, np.linspace(-12, 12, 97))
    assert len(wanted) == n_intervals
    assert len(found.intervals) == n_intervals
    np.testing.assert_allclose(found.intervals, wanted, atol=2e-4)
    assert found.best_fit == pytest.approx(truth, abs=2e-3) or (
        spread == 0 and found.best_fit == pytest.approx(mirror - truth, abs=2e-3)
    )
    assert len(found.minima) == n_minima
    assert list(found.minima) == sorted(found.minima)
    flat = [edge for interval in found.intervals for edge in interval]
    assert flat == sorted(flat)
    assert found.best.value == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("name", ["q", "r"])
def test_fluctuated_data(planted: Planted, plain: Any, name: str) -> None:
    """Poisson counts, a level for 68 % and for 95 %: every edge as by brute force."""
    random = np.random.default_rng(8)
    seen = set()
    for spread, exposure in [(0.02, 1.0), (0.05, 6.0), (0.1, 3.0), (0.0, 12.0)]:
        for rise in (1.0, 3.8415):
            likelihood = double(planted, name, 1.0, spread, exposure)
            counts = random.poisson(likelihood.counts).astype(np.float64)
            likelihood = replace(likelihood, counts=counts)
            found = two_sided_intervals(likelihood, name, rise)
            wanted = plain(likelihood).accepted(name, rise, np.linspace(-12, 18, 101))
            assert len(found.intervals) == len(wanted)
            np.testing.assert_allclose(found.intervals, wanted, atol=5e-4)
            seen.add(len(wanted))
    assert seen == {1, 2}


@pytest.mark.parametrize(("parameter", "name"), [("q_nu", "q"), ("r2_nu", "r")])
@pytest.mark.parametrize("sign", [-1, 1])
def test_experiment_against_brute_force(
    coarse: Model, plain: Any, parameter: str, name: str, sign: int
) -> None:
    """The preset at a planted truth of either sign, one toy each."""
    planted: dict[str, Any] = {parameter: sign * {"q_nu": 3e-12, "r2_nu": 8e-31}[parameter]}
    truth = NeutrinoParameters(**planted)
    spectra = next(toys(coarse, 1, 20 + sign, truth))
    likelihood = joint_likelihood(coarse, spectra)
    found = two_sided_intervals(likelihood, name, RISE)
    reach = {"q": 8.0, "r": 250.0}[name]
    wanted = plain(likelihood).accepted(name, RISE, np.linspace(-reach, reach, 161))
    assert len(found.intervals) == len(wanted)
    np.testing.assert_allclose(found.intervals, wanted, atol=2e-4 * reach)


def test_minima_of_a_pure_square(planted: Planted) -> None:
    """No interference: +v and -v fit alike; at truth 0 the two are one."""
    bins = np.array([4.0, 2.0, 1.0])
    likelihood = planted({3: bins}, 20 * np.ones(3), {"q": 3.0}, norm_sigmas=(0.0,))
    places = [minimum.x[1] for minimum in local_minima(likelihood, "q")]
    assert places == pytest.approx([-3, 3], abs=1e-3)
    found = two_sided_intervals(likelihood, "q", 1.0)
    (a, b), (c, d) = found.intervals
    assert (a, b) == pytest.approx((-d, -c), rel=1e-4, abs=0)
    assert b < 0 < c
    null = two_sided_intervals(planted({3: bins}, 20 * np.ones(3), norm_sigmas=(0.0,)), "q", 1.0)
    assert len(null.intervals) == 1
    assert null.intervals[0][0] == pytest.approx(-null.intervals[0][1], rel=1e-4, abs=0)
    # rise ~ v^4 sum(s^2 / b) / (1 + ...): within the curvature of the logarithm
    assert null.intervals[0][1] == pytest.approx((20 / 21) ** 0.25, rel=0.05, abs=0)


def test_minimum_where_the_terms_cancel(planted: Planted, plain: Any) -> None:
    """At v = -linear / (2 square) the information is rounding noise, and the interval is found."""
    square = np.array([0.45])
    likelihood = planted({2: -0.58 * square, 3: square, 0: [1.0]}, [30.0], norm_sigmas=(0.0,))
    likelihood = replace(likelihood, counts=np.array([25.0]))
    found = two_sided_intervals(likelihood, "q", 1.0)
    assert found.best_fit == pytest.approx(0.29, abs=1e-3)
    wanted = plain(likelihood).accepted("q", 1.0, np.linspace(-12, 12, 97))
    np.testing.assert_allclose(found.intervals, wanted, rtol=1e-5)


def test_starts_cover_both_sides(planted: Planted) -> None:
    """The mirror point of each bin is among the starts, in the right sign."""
    likelihood = planted({4: [-8.0, -10.0], 5: [1.0, 1.0], 0: [40.0, 40.0]}, [50.0, 50.0])
    starts = start_values(likelihood, "r")
    assert np.any(np.isclose(starts, 8))
    assert np.any(np.isclose(starts, 10))
    assert np.any(starts == 0)
    assert starts.min() < 0
    assert np.all(np.isfinite(starts))


def test_linear_parameter_has_one_minimum(planted: Planted, plain: Any) -> None:
    """A bin without the square, among others: the far minimum is gone, intervals as scanned."""
    x = np.linspace(-1, 1, N_BINS)
    signal = {0: 400 * np.ones(N_BINS), 2: -40 * (1 + x), 3: 1e-6 + 3 * (1 + x) ** 2}
    likelihood = planted(signal, 100 * np.ones(N_BINS), {"q": -1.0}, 0.02)
    found = two_sided_intervals(likelihood, "q", RISE)
    wanted = plain(likelihood).accepted("q", RISE, np.linspace(-15, 25, 161))
    assert len(found.intervals) == len(wanted)
    np.testing.assert_allclose(found.intervals, wanted, atol=2e-4)


@pytest.mark.parametrize("truth", [0.0, 0.3, 4.0])
def test_bounded_limit_against_brute_force(planted: Planted, plain: Any, truth: float) -> None:
    x = np.linspace(0, 1, N_BINS)
    likelihood = planted(
        {0: 5 * np.ones(N_BINS), 1: 20 / (0.2 + x)},
        [300 * np.ones(N_BINS), 40 / (0.5 + x)],
        {"mu2": truth},
        0.03,
    )
    best, upper = bounded_upper_limit(likelihood, "mu2", 1.6424)
    assert best.x[0] == pytest.approx(truth, abs=1e-3)
    reference = plain(likelihood)
    rise = reference.profile({"mu2": upper}) - reference.profile({"mu2": truth})
    assert rise == pytest.approx(1.6424, rel=1e-4, abs=0)


def test_bound_holds(planted: Planted, plain: Any) -> None:
    """Data below the background: best fit at 0, the level counted from there."""
    likelihood = planted({1: [10.0, 2.0]}, [100.0, 100.0], norm_sigmas=(0.1,))
    likelihood = replace(likelihood, counts=np.array([80.0, 100.0]))
    unbounded = minimise(likelihood, likelihood.others("mu2"))
    assert unbounded.x[0] < -1
    best, at_bound = best_bounded(likelihood, "mu2")
    assert at_bound
    assert best.x[0] == 0
    _, upper = bounded_upper_limit(likelihood, "mu2", 1.6424)
    reference = plain(likelihood)
    rise = reference.profile({"mu2": upper}) - reference.profile({"mu2": 0.0})
    assert rise == pytest.approx(1.6424, rel=1e-4, abs=0)
    assert upper < np.sqrt(1.6424) * unbounded.errors[0]


def test_inside_is_not_at_bound(planted: Planted) -> None:
    likelihood = planted({1: [10.0, 2.0]}, [100.0, 100.0], {"mu2": 2.0})
    best, at_bound = best_bounded(likelihood, "mu2")
    assert not at_bound
    assert best.x[0] == pytest.approx(2, abs=1e-3)


def test_no_rise_is_an_error(planted: Planted) -> None:
    """A flux known to 100 % can hide any signal: -2 ln L stays below (1 / 1)^2."""
    templates, background = {1: [10.0, 2.0]}, [100.0, 100.0]
    unknown = planted(templates, background, flux_sigma=1.0, norm_sigmas=(0.0,))
    with pytest.raises(FitError):
        bounded_upper_limit(unknown, "mu2", 1.6424)
    certain = planted(templates, background, flux_sigma=0.25, norm_sigmas=(0.0,))
    best, upper = bounded_upper_limit(certain, "mu2", 1.6424)
    assert upper > best.x[0]
