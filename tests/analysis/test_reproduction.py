"""Published limits beside ours: rows, ratios, quantiles, bands, variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.published.reproduction import (
    ReproducedLimit,
    background_family,
    local_reach,
    reproduce_limits,
    reproduced_counts,
    variants,
)
from sim.config.published import PublishedLimit
from sim.experiment import Experiment, load_experiment
from sim.model_assembly import build_model
from sim.pseudo import toys

PUBLISHED = PublishedLimit(
    parameter="mu_nu", upper=3e-11, source="a paper", provenance="remembered"
)


def found(lower: float | None, upper: float | None) -> Limit:
    return Limit(
        parameter="mu_nu",
        unit="mu_B",
        cl=0.9,
        method="qtilde",
        treatment="off-joint",
        best_fit=0.0,
        lower=lower,
        upper=upper,
        intervals=() if lower is None or upper is None else ((lower, upper),),
        status="ok" if upper is not None else "fit-failed",
    )


def row(limits: list[float], upper: float | None = 4e-11) -> ReproducedLimit:
    return ReproducedLimit(
        experiment="e",
        treatment="off-joint",
        asimov=found(None if upper is None else 0.0, upper),
        published=PUBLISHED,
        background_family="none",
        toy_limits=np.array(limits),
    )


def test_ratio_and_quantile() -> None:
    of_ten = row([k * 1e-11 for k in (1, 2, 2.5, 2.9, 3.1, 3.5, 4, 5, 6, 9)])
    assert of_ten.median == 4e-11
    assert of_ten.published_value == 3e-11
    assert of_ten.ratio == pytest.approx(0.75)
    assert of_ten.quantile == pytest.approx(0.4)


def test_band() -> None:
    """Quantiles of a normal distribution at 1 and 2 sigma."""
    values = np.sort(np.random.default_rng(1).normal(10, 2, 200_000))
    normal = row(values.tolist())
    assert normal.band(1) == pytest.approx((8, 12), abs=0.03)
    assert normal.band(2) == pytest.approx((6, 14), abs=0.06)
    assert row([]).band(1) is None
    assert row([]).quantile is None


def test_nothing_to_compare() -> None:
    alone = replace(row([1e-11]), published=None)
    assert (alone.published_value, alone.ratio, alone.quantile) == (None, None, None)
    failed = row([], upper=None)
    assert (failed.median, failed.ratio) == (None, None)


@pytest.mark.parametrize(
    ("lower", "upper", "largest"), [(0.0, 3.0, 3.0), (-4.0, 3.0, 4.0), (-9.0, -2.0, 9.0)]
)
def test_reach(lower: float, upper: float, largest: float) -> None:
    assert found(lower, upper).reach == largest
    published = PublishedLimit(
        parameter="q_nu", lower=lower, upper=upper, source="s", provenance="seen"
    )
    assert replace(row([]), published=published).published_value == largest


def test_background_family() -> None:
    experiment = load_experiment("gemma-2012", ["background.1.norm=0.05"])
    family = background_family(experiment)
    assert family.startswith("flat (flat, time, free) + inverse-energy (power-law, time, known to")
    assert "0.05" in family
    assert family.count("+") == 3
    assert background_family(load_experiment("gemma-2012", ["background=[]"])) == "none"


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"])


def test_rows(experiment: Experiment) -> None:
    rows = reproduce_limits(experiment, 17, n_toys=2)
    assert [(r.treatment, r.asimov.parameter) for r in rows] == [
        (treatment, parameter)
        for treatment in ("off-joint", "off-fixed")
        for parameter in ("mu_nu", "q_nu", "q_nu", "r2_nu")
    ]
    model = build_model(experiment)
    for r in rows:
        parameter = r.asimov.parameter
        method = "bayes-flat" if parameter == "mu_nu" else "delta-chi2"
        asimov = limit(model, model.asimov(), parameter, 0.90, method, r.treatment)
        unjudged = replace(asimov, quality=None, status="ok", warnings=())
        assert r.asimov == unjudged
        assert r.experiment == "gemma-2012"
        if parameter == "r2_nu":
            assert r.published is None
            assert r.toy_limits.size == 0
            continue
        each = [
            local_reach(limit(model, spectra, parameter, 0.90, method, r.treatment), 0.0)
            for spectra in toys(model, 2, 17)
        ]
        np.testing.assert_array_equal(r.toy_limits, np.sort(np.array(each, dtype=np.float64)))
    assert [r.published_value for r in rows[:4]] == [2.9e-11, 1.5e-12, 2.7e-12, None]
    assert [r.papers_treatment for r in rows] == 4 * [False] + 4 * [True]


def test_the_seed_matters(experiment: Experiment) -> None:
    first, same, other = (reproduce_limits(experiment, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.toy_limits, same.toy_limits)
    assert not np.array_equal(first.toy_limits, other.toy_limits)


def test_published_confidence_level_is_used() -> None:
    overrides = ["analysis.bin_width_kev=1.8", "published.limits.0.cl=0.95"]
    experiment = load_experiment("gemma-2012", overrides)
    rows = reproduce_limits(experiment, 1)
    assert rows[0].asimov.cl == 0.95
    assert rows[1].asimov.cl == 0.90
    model = build_model(experiment)
    found = limit(model, model.asimov(), "mu_nu", 0.95, "bayes-flat")
    assert rows[0].asimov == replace(found, quality=None)


def test_only_the_treatment_that_fits() -> None:
    """Without OFF days there is no off-fixed row."""
    overrides = ["analysis.bin_width_kev=1.8", "exposure.off_days=0"]
    rows = reproduce_limits(load_experiment("gemma-2012", overrides), 1)
    assert {r.treatment for r in rows} == {"off-joint"}
    assert len(rows) == 4


def test_variants() -> None:
    """Each is the limit of the experiment with its changes, and each moves the median."""
    overrides = [
        "analysis.bin_width_kev=1.8",
        "published.limits.0.method=qtilde",
        'variant=[{name="heavy", changes=["detector.mass_kg=6"]}, '
        '{name="no off", changes=["exposure.off_days=0"]}]',
    ]
    experiment = load_experiment("gemma-2012", overrides)
    heavy, no_off = variants(experiment)
    assert heavy.name == "heavy"
    assert heavy.changes == ("detector.mass_kg=6",)
    model = build_model(load_experiment("gemma-2012", [*overrides[:2], "detector.mass_kg=6"]))
    for treatment in ("off-joint", "off-fixed"):
        wanted = limit(model, model.asimov(), "mu_nu", 0.90, "qtilde", treatment).upper
        assert heavy.limits[treatment] == pytest.approx(wanted, rel=1e-9, abs=0)
    assert set(no_off.limits) == {"off-joint"}
    assert heavy.parameter == "mu_nu"
    built = build_model(experiment)
    nominal = limit(built, built.asimov(), "mu_nu", 0.90, "qtilde").upper
    assert nominal is not None
    assert heavy.limits["off-joint"] == pytest.approx(nominal / 2**0.5, rel=0.02, abs=0)
    assert variants(load_experiment("gemma-2012", ["variant=[]"])) == []


def test_variants_keep_what_the_command_line_changed() -> None:
    overrides = [
        "analysis.bin_width_kev=1.8",
        "published.limits.0.method=qtilde",
        "exposure.off_days=0",
    ]
    experiment = load_experiment("gemma-2012", overrides)
    assert all(set(variant.limits) == {"off-joint"} for variant in variants(experiment))


def test_local_reach() -> None:
    """The interval that holds the Standard Model, not its mirror."""
    two = replace(found(-9.0, 2.0), intervals=((-9.0, -7.0), (-1.0, 2.0)))
    assert local_reach(two, 0.0) == 2.0
    assert local_reach(two, -8.0) == 9.0
    assert local_reach(replace(two, intervals=()), 0.0) is None


def test_observed_stands_for_ours() -> None:
    seen = replace(row([]), observed=found(0.0, 6e-11))
    assert (seen.median, seen.ours) == (4e-11, 6e-11)
    assert seen.ratio == pytest.approx(0.5)


def test_counts_and_strength_of_coherent_scattering() -> None:
    """CONUS+: the prediction lies within the error of the published one; rows for the strength."""
    experiment = load_experiment("conus-plus-2025", ["variant=[]"])
    model = build_model(experiment)
    (counts,) = reproduced_counts(experiment, model)
    assert counts.ours == pytest.approx(303.7, rel=0.002, abs=0)
    assert counts.published.predicted == 347
    rows = [r for r in reproduce_limits(experiment, 1, model) if r.asimov.parameter == "cevns"]
    assert len(rows) == 2
    for r in rows:
        low, high = r.band(1) or (0.0, 0.0)
        assert r.median is not None
        assert low < r.median < high
        assert float(np.median(r.toy_limits)) == pytest.approx(r.median, rel=0.03, abs=0)
    assert reproduced_counts(load_experiment("gemma-2012"), model) == []
