"""Limits: closed forms, physical units, flags, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counting_files import one_bin
from model_arrays import BackgroundTemplate, with_arrays
from scipy.stats import poisson

from analysis.fits.intervals import best_bounded, two_sided_intervals
from analysis.fits.minimum import treated_likelihood
from analysis.likelihood.assembly import joint_likelihood
from analysis.limits.constructions.registry import construction
from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.statistics.acceptance import AcceptanceTest
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra

Array = np.ndarray[Any, np.dtype[np.float64]]
Counting = Callable[..., Model]

PARAMETERS = ("mu_nu", "q_nu", "r2_nu", "sin2_theta_w", "cevns")


@pytest.fixture(scope="module")
def counting() -> Counting:
    """One bin, ON only, a known background of 1e8 counts and 1e4 a unit of mu^2: sigma = 1."""
    overrides = ["analysis.bin_width_kev=52.2", "exposure.off_days=0", "systematics.flux_norm=0"]
    base = build_model(load_experiment("gemma-2012", overrides))

    def build(templates: dict[int, float], background: float = 1e8) -> Model:
        signal = np.zeros((7, 2, 1))
        for monomial, counts in templates.items():
            signal[monomial, 0, 0] = counts
        known = BackgroundTemplate("known", np.array([[background], [0.0]]), 0.0)
        return with_arrays(base, signal=signal, backgrounds=(known,), morphs=())

    return build


def observed(model: Model, on_counts: float) -> Spectra:
    return Spectra.on_and_off(model.edges_kev, np.array([[on_counts], [0.0]]), "observed")


def upper_mu2(found: Limit) -> float:
    assert found.status in ("ok", "few-counts")
    assert found.upper is not None
    return (found.upper / 1e-11) ** 2


@pytest.mark.parametrize(
    ("method", "cl", "rise"),
    [
        ("qtilde", 0.90, 1.6424),
        ("qtilde", 0.95, 2.7055),
        ("delta-chi2", 0.90, 2.7055),
        ("delta-chi2", 0.95, 3.8415),
        ("delta-chi2", 0.6826894921370859, 1.0),
    ],
)
def test_rise(method: str, cl: float, rise: float) -> None:
    assert construction(method).rise(cl) == pytest.approx(rise, abs=5e-5)


@pytest.mark.parametrize("theta", [-4.0, -1.5, -0.2, 0.0, 0.2, 1.0, 5.0])
def test_qtilde_of_a_counting_experiment(counting: Counting, theta: float) -> None:
    """theta + 1.2816 sigma inside, theta + sqrt(theta^2 + 1.6424 sigma^2) below the bound."""
    model = counting({1: 1e4})
    found = limit(model, observed(model, 1e8 + 1e4 * theta), "mu_nu")
    closed = theta + 1.2815516 if theta >= 0 else theta + np.sqrt(theta**2 + 1.6423744)
    assert upper_mu2(found) == pytest.approx(closed, rel=2e-3, abs=0)
    assert found.at_bound == (theta <= 0)
    assert found.best_fit == pytest.approx(1e-11 * np.sqrt(max(theta, 0)), abs=1e-14)
    assert found.lower == 0
    assert found.intervals == ((0.0, found.upper),)
    assert not found.disjoint


@pytest.mark.parametrize("cl", [0.9, 0.95])
def test_delta_chi2_of_a_counting_experiment(counting: Counting, cl: float) -> None:
    model = counting({1: 1e4})
    found = limit(model, observed(model, 1e8 + 2e4), "mu_nu", cl, "delta-chi2")
    width = {0.9: 1.6448536, 0.95: 1.9599640}[cl]
    assert upper_mu2(found) == pytest.approx(2 + width, rel=2e-3, abs=0)
    assert found.method == "delta-chi2"


def test_empty_experiment(counting: Counting) -> None:
    """No background, no event: 2 s mu^2 = 1.6424."""
    model = counting({1: 3.0}, background=0.0)
    found = limit(model, observed(model, 0.0), "mu_nu")
    assert upper_mu2(found) == pytest.approx(1.6423744 / 6, rel=1e-5, abs=0)


@pytest.mark.parametrize("theta", [-3.0, 2.0])
def test_two_sided_of_a_linear_parameter(counting: Counting, theta: float) -> None:
    """q +- 1.6449 sigma, with a square too small to matter; the far minimum is as good."""
    model = counting({2: 1e4, 3: 0.1})
    found = limit(model, observed(model, 1e8 + 1e4 * theta), "q_nu")
    near = max(found.intervals)
    assert near == pytest.approx(
        (1e-12 * (theta - 1.6449), 1e-12 * (theta + 1.6449)), rel=5e-3, abs=0
    )
    assert found.disjoint
    assert found.method == "delta-chi2"
    assert found.unit == "e"


def test_interval_in_cm2_stands_on_the_standard_model_value(counting: Counting) -> None:
    """r2 = -8.2751e-33 + 1e-32 r, one-loop."""
    model = counting({4: 1e4, 5: 0.1})
    found = limit(model, observed(model, 1e8 + 2e4), "r2_nu")
    near = max(found.intervals)
    wanted = (-8.2751e-33 + 1e-32 * (2 - 1.6449), -8.2751e-33 + 1e-32 * (2 + 1.6449))
    assert near == pytest.approx(wanted, rel=5e-3, abs=0)
    assert found.unit == "cm^2"


def test_tree_couplings_count_the_radius_from_zero() -> None:
    model = build_model(
        load_experiment("gemma-2012", ["physics.couplings=tree", "analysis.bin_width_kev=1.8"])
    )
    found = limit(model, model.asimov(), "r2_nu")
    scaled = two_sided_intervals(joint_likelihood(model, model.asimov()), "r", 2.7055434541)
    np.testing.assert_allclose(found.intervals, 1e-32 * np.array(scaled.intervals), rtol=1e-6)
    assert found.best_fit == pytest.approx(0, abs=1e-34)


@pytest.mark.parametrize(("parameter", "name"), [("q_nu", "q"), ("r2_nu", "r")])
def test_hull_and_flag(coarse: Model, parameter: str, name: str) -> None:
    """Two intervals at a planted truth; lower and upper are their hull."""
    truth: dict[str, Any] = {parameter: {"q_nu": 4e-12, "r2_nu": 1.5e-30}[parameter]}
    spectra = coarse.asimov(NeutrinoParameters(**truth))
    found = limit(coarse, spectra, parameter)
    assert found.disjoint
    assert len(found.intervals) == 2
    assert found.lower == found.intervals[0][0]
    assert found.upper == found.intervals[1][1]
    assert found.intervals[0][1] < found.intervals[1][0]
    assert found.best_fit == pytest.approx(truth[parameter], rel=1e-2, abs=0)
    assert found.at_bound is False
    scaled = two_sided_intervals(joint_likelihood(coarse, spectra), name, 2.7055434541).intervals
    scale, offset = {"q": (1e-12, 0.0), "r": (1e-32, -8.2751e-33)}[name]
    np.testing.assert_allclose(found.intervals, scale * np.array(scaled) + offset, rtol=1e-5)


@pytest.mark.parametrize("parameter", ["q_nu", "r2_nu"])
def test_the_standard_model_gives_one_interval(coarse: Model, parameter: str) -> None:
    found = limit(coarse, coarse.asimov(), parameter)
    assert not found.disjoint
    assert found.intervals == ((found.lower, found.upper),)
    standard = 0.0 if parameter == "q_nu" else -8.2751e-33
    assert found.best_fit == pytest.approx(standard, abs=1e-3 * (found.upper - found.lower))  # type: ignore[operator]


def test_limits_of_other_levels_are_ordered(coarse: Model) -> None:
    spectra = next(toys(coarse, 1, 4))
    for parameter in PARAMETERS:
        widths = []
        for cl in (0.6, 0.9, 0.99):
            found = limit(coarse, spectra, parameter, cl)
            assert found.cl == cl
            assert found.lower is not None
            assert found.upper is not None
            widths.append(found.upper - found.lower)
        assert widths == sorted(widths)


def test_treatment_of_the_call_wins(coarse: Model) -> None:
    joint = limit(coarse, coarse.asimov(), "mu_nu")
    fixed = limit(coarse, coarse.asimov(), "mu_nu", treatment="off-fixed")
    assert (joint.treatment, fixed.treatment) == ("off-joint", "off-fixed")
    assert upper_mu2(joint) > 1.9 * upper_mu2(fixed)


def test_more_exposure_is_better(coarse: Model) -> None:
    """Limits on mu^2 fall as exposure^(-1/2): twice the mass."""
    heavy = build_model(
        load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8", "detector.mass_kg=3.0"])
    )
    ratio = upper_mu2(limit(coarse, coarse.asimov(), "mu_nu")) / upper_mu2(
        limit(heavy, heavy.asimov(), "mu_nu")
    )
    assert ratio == pytest.approx(np.sqrt(2), rel=2e-2, abs=0)


@pytest.mark.parametrize(
    ("parameter", "templates"),
    [
        ("mu_nu", {0: 1.0, 2: 1e4, 3: 1.0, 4: 1.0, 5: 1.0, 6: 1.0}),
        ("q_nu", {0: 1.0, 1: 1e4, 4: 1.0, 5: 1.0, 6: 1.0}),
        ("r2_nu", {0: 1.0, 1: 1e4, 2: 1.0, 3: 1.0, 6: 1.0}),
    ],
)
def test_no_sensitivity(counting: Counting, parameter: str, templates: dict[int, float]) -> None:
    model = counting(templates)
    found = limit(model, observed(model, 1e8), parameter)
    assert found.status == "no-sensitivity"
    assert not found.found
    assert found.reason == f"no bin's expectation depends on {parameter}"
    assert (found.best_fit, found.lower, found.upper) == (None, None, None)
    assert found.intervals == ()
    assert not found.disjoint
    assert (found.parameter, found.cl, found.treatment) == (parameter, 0.9, "off-joint")


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_failed_fit(coarse: Model, parameter: str) -> None:
    broken = Spectra.on_and_off(coarse.edges_kev, np.full((2, 29), np.nan), "observed")
    found = limit(coarse, broken, parameter)
    assert found.status == "fit-failed"
    assert not found.found
    assert found.reason
    assert (found.best_fit, found.lower, found.upper, found.intervals) == (None, None, None, ())


def test_failed_fit_of_the_off_spectrum(coarse: Model) -> None:
    counts = coarse.asimov().counts.copy()
    counts[1] = np.nan
    broken = Spectra.on_and_off(coarse.edges_kev, counts, "observed")
    assert limit(coarse, broken, "mu_nu", treatment="off-fixed").status == "fit-failed"


def test_a_limit_that_does_not_exist() -> None:
    """Flux known to 50 %: -2 ln L never rises by more than (1 / 0.5)^2 = 4 < 5.41."""
    overrides = ["analysis.bin_width_kev=1.8", "systematics.flux_norm=0.5"]
    model = build_model(load_experiment("gemma-2012", overrides))
    found = limit(model, model.asimov(), "mu_nu", cl=0.99)
    assert found.status == "fit-failed"
    assert found.upper is None
    assert limit(model, model.asimov(), "mu_nu", cl=0.95).status == "ok"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"parameter": "mu"}, "parameter 'mu': allowed are mu_nu, q_nu, r2_nu"),
        ({"parameter": "q_nu", "method": "qtilde"}, "qtilde.*delta-chi2"),
        ({"parameter": "mu_nu", "method": "guess"}, "'guess'.*qtilde, delta-chi2"),
        ({"parameter": "mu_nu", "cl": 0.5}, "cl must lie"),
        ({"parameter": "mu_nu", "cl": 1.0}, "cl must lie"),
        ({"parameter": "mu_nu", "cl": float("nan")}, "cl must lie"),
        ({"parameter": "mu_nu", "treatment": "off"}, "'off'"),
    ],
)
def test_refusals(coarse: Model, arguments: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        limit(coarse, coarse.asimov(), **arguments)


def test_off_fixed_without_off_days_is_a_configuration_error() -> None:
    overrides = ["analysis.bin_width_kev=1.8", "exposure.off_days=0"]
    model = build_model(load_experiment("gemma-2012", overrides))
    with pytest.raises(ConfigurationError):
        limit(model, model.asimov(), "mu_nu", treatment="off-fixed")


LEAST_COVERED = {
    0.0: 0.90004,
    0.5: 0.90042,
    1.0: 0.90004,
    2.0: 0.90004,
    3.0: 0.90021,
    5.0: 0.90004,
    8.0: 0.90016,
}
"""Of means up to 10, by background; the page on statistics has them too."""


@pytest.mark.parametrize("background", LEAST_COVERED)
def test_feldman_cousins_covers_counts(counting: Counting, background: float) -> None:
    """At least 90 % of the counts of every mean, added up exactly; larger counts as not covered."""
    model = counting({1: 3.0}, background=background)
    counts = np.arange(poisson.isf(1e-4, 10.0 + background) + 1)
    found = [
        limit(model, observed(model, float(n)), "mu_nu", 0.9, "feldman-cousins") for n in counts
    ]
    means = np.arange(0.0, 10.001, 0.05)
    moments = 1e-11 * np.sqrt(means / 3)
    inside = np.array(
        [np.any([(low <= moments) & (moments <= up) for low, up in f.intervals], 0) for f in found]
    )
    coverage = np.sum(inside * poisson.pmf(counts[:, None], means + background), axis=0)
    assert coverage.min() >= 0.9
    assert coverage.min() == pytest.approx(LEAST_COVERED[background], abs=2e-5)


def test_a_profiled_background_covers_what_the_page_says(tmp_path: Path) -> None:
    """ON and OFF of one length: Feldman-Cousins promises nothing, and covers 0.877 at the least.

    The acceptance of s = 3.55 by every data set, summed with the probabilities at b = 0.8.
    """
    path = one_bin(tmp_path, 3, 3.0, norm='"free"', off=(1.0, 3))
    model = build_model(load_experiment(str(path)))
    likelihood = treated_likelihood(model, model.data())
    s, background = 3.55, 0.8
    covered = seen = 0.0
    for n in range(15):
        for m in range(6):
            weight = float(poisson.pmf(n, s + background) * poisson.pmf(m, background))
            if weight < 1e-5:
                continue
            seen += weight
            own = replace(likelihood, counts=np.array([float(n), float(m)]))
            test = AcceptanceTest(own, "mu2", best_bounded(own, "mu2")[0], 0.9, 1, 2_000)
            covered += weight * test.at(s).accepted
    assert seen > 0.9995
    assert covered == pytest.approx(0.877, abs=1.5e-3)
