"""Scans: every point as `limit` gives it, whatever the workers; a state for what has no limit."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import blind

from analysis.fits.intervals import bounded_upper_limit
from analysis.fits.minimum import FitError
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import rise_points
from analysis.limits.expected import expected_mu_nu_limits
from analysis.limits.limit import limit
from analysis.plots.figures import one_panel
from analysis.plots.scan import plot_scan
from analysis.studies.merging import merge_study
from analysis.studies.plans.scan_plan import Axis, ScanPlan
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.scan_results import scan_results
from analysis.studies.scan_runner import ScanRunner
from analysis.studies.study import open_study, read_plan, shard_path
from analysis.studies.toy_summary import summarise_toys
from analysis.studies.workers import run_study
from sim.experiment import ConfigurationError, Experiment, load_experiment
from sim.hdf5 import StoreError
from sim.model_assembly import build_model
from sim.variation import varied

THRESHOLD = Axis("detector.threshold_kev", (2.0, 3.1, 5.0, 60.0))
DAYS = Axis("exposure.on_days", (50.0, 700.0, -1.0))
FWHM = Axis("detector.resolution.noise_fwhm_kev", (0.6, 1.2))


@pytest.fixture(scope="module")
def gemma() -> Experiment:
    return load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"])


@pytest.fixture(scope="module")
def plan(gemma: Experiment) -> ScanPlan:
    return ScanPlan(gemma, (THRESHOLD, DAYS, FWHM), "mu_nu", "qtilde", 0.90, shard_size=7)


@pytest.fixture(scope="module")
def done(plan: ScanPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scan")
    open_study(folder, plan)
    run_study(folder, plan)
    return folder


def direct(plan: ScanPlan, item: int) -> Any:
    model = build_model(varied(plan.experiment, plan.changes(item)))
    return limit(model, model.asimov(), plan.parameter, plan.cl, plan.method, plan.treatment)


def test_points_are_numbered_with_the_cheap_keys_fastest(plan: ScanPlan) -> None:
    assert plan.shape == (4, 3, 2)
    assert plan.n_items == 24
    places = [plan.place(item) for item in range(24)]
    assert sorted(places) == list(np.ndindex(4, 3, 2))
    assert [place[2] for place in places] == [0] * 12 + [1] * 12
    assert places[1] == (0, 1, 0)
    assert plan.changes(13) == {
        "detector.threshold_kev": 2.0,
        "exposure.on_days": 700.0,
        "detector.resolution.noise_fwhm_kev": 1.2,
    }
    assert read_round_trip(plan).sha256() == plan.sha256()


def read_round_trip(plan: ScanPlan) -> ScanPlan:
    return ScanPlan.restored(plan.experiment, plan.settings())


def test_every_point_is_the_limit(plan: ScanPlan, done: Path) -> None:
    results = scan_results(done)
    for item in range(plan.n_items):
        place, changes = plan.place(item), plan.changes(item)
        if changes["exposure.on_days"] == -1.0 or changes["detector.threshold_kev"] == 60.0:
            assert results.status[place] == "invalid"
            assert np.isnan(results.upper[place])
            assert ("on_days" in results.reason[place]) or ("lies above" in results.reason[place])
            continue
        assert results.status[place] == "ok"
        wanted = direct(plan, item)
        assert results.upper[place] == pytest.approx(wanted.upper, rel=1e-7, abs=0)
        assert results.lower[place] == 0
        assert results.band[place][2] == results.upper[place]
        assert np.all(np.diff(results.band[place]) > 0)
    assert results.counts() == {"invalid": 12, "ok": 12}


@pytest.mark.parametrize("method", ["delta-chi2", "cls", "clsb", "bayes-flat"])
@pytest.mark.parametrize("treatment", ["off-joint", "off-fixed"])
def test_methods_and_treatments(gemma: Experiment, method: str, treatment: str) -> None:
    plan = ScanPlan(gemma, (Axis("exposure.on_days", (50.0,)),), "mu_nu", method, 0.95, treatment)
    point = ScanRunner(plan).point(0)
    assert point.upper == pytest.approx(direct(plan, 0).upper, rel=1e-6, abs=0)
    low = point.band[0]
    assert np.isnan(low) == (method in ("clsb", "bayes-flat"))


def test_two_sided_parameters(gemma: Experiment) -> None:
    for parameter in ("q_nu", "r2_nu", "sin2_theta_w"):
        plan = ScanPlan(gemma, (Axis("detector.mass_kg", (3.0,)),), parameter, "delta-chi2", 0.90)
        point, wanted = ScanRunner(plan).point(0), direct(plan, 0)
        assert (point.lower, point.upper) == pytest.approx((wanted.lower, wanted.upper), rel=1e-6)
        assert point.lower < point.upper


def test_without_sensitivity_or_fit(gemma: Experiment) -> None:
    plan = ScanPlan(gemma, (Axis("detector.mass_kg", (1.5,)),), "mu_nu", "qtilde", 0.9)
    model = build_model(gemma)
    found = ScanRunner(plan)._limit(blind(model))
    assert (found.status, np.isnan(found.upper)) == ("no-sensitivity", True)
    electrons = varied(gemma, {"analysis.channels": ("electron",)})
    other = ScanPlan(electrons, plan.axes, "cevns", "delta-chi2", 0.9)
    found = ScanRunner(other).point(0)
    assert (found.status, np.isnan(found.upper)) == ("no-sensitivity", True)
    assert "depends on cevns" in found.reason


def test_workers_and_interruptions_do_not_matter(
    plan: ScanPlan, done: Path, tmp_path: Path
) -> None:
    open_study(tmp_path, plan)
    run_study(tmp_path, plan, shards=[2])
    half = scan_results(tmp_path)
    assert half.counts()["missing"] == 17
    with pytest.raises(StoreError, match="17 of 24 points are missing"):
        merge_study(tmp_path, tmp_path / "a.h5")
    shard_path(tmp_path, 1).write_bytes(b"torn")
    run_study(tmp_path, plan, workers=2)
    for index in range(plan.n_shards):
        assert shard_path(tmp_path, index).read_bytes() == shard_path(done, index).read_bytes()
    assert shard_path(tmp_path, 1).with_suffix(".damaged").exists()
    assert scan_results(tmp_path).summary() == scan_results(done).summary()


def test_another_scan_or_a_toy_study_is_refused(plan: ScanPlan, done: Path) -> None:
    open_study(done, plan)
    with pytest.raises(ConfigurationError, match=r"cl is 0.9 there, 0.95 here"):
        open_study(done, replace(plan, cl=0.95))
    with pytest.raises(ConfigurationError, match="of points, not of toys"):
        open_study(done, ToyPlan(plan.experiment, "mu_nu", 5, 1))
    assert isinstance(read_plan(done), ScanPlan)
    with pytest.raises(StoreError, match="of points, not of toys"):
        summarise_toys(done)


def test_summary_and_csv(plan: ScanPlan, done: Path) -> None:
    results = scan_results(done)
    summary = results.summary()
    assert summary["complete"]
    assert summary["how"] == "asymptotic, of Asimov data, bands too"
    assert summary["statuses"] == {"invalid": 12, "ok": 12}
    assert summary["best"] == results.upper[np.isfinite(results.upper)].min()
    rows = list(csv.DictReader(io.StringIO(results.to_csv())))
    assert len(rows) == 24
    assert [rows[i]["exposure.on_days"] for i in range(4)] == ["50.0", "50.0", "700.0", "700.0"]
    for row, place in zip(rows, np.ndindex(plan.shape), strict=True):
        assert row["status"] == results.status[place]
        if row["status"] == "ok":
            assert float(row["upper_mu_B"]) == results.upper[place]
            assert float(row["upper_+1sigma_mu_B"]) == results.band[place][3]
        else:
            assert row["upper_mu_B"] == ""
            assert row["reason"]


def test_figures(gemma: Experiment, done: Path, tmp_path: Path) -> None:
    plans = {
        "line": (Axis("exposure.on_days", (10.0, 100.0, 1000.0)),),
        "words": (Axis("physics.ionization", ("free", "stepping")), DAYS),
    }
    for name, axes in plans.items():
        plan = ScanPlan(gemma, axes, "mu_nu", "clsb", 0.9)
        open_study(tmp_path / name, plan)
        run_study(tmp_path / name, plan)
        results = scan_results(tmp_path / name)
        assert one_panel(lambda ax, r=results: plot_scan(r, ax=ax)).startswith(b"\x89PNG")  # type: ignore[misc]
    with pytest.raises(ValueError, match="one or two keys, this scan has 3"):
        one_panel(lambda ax: plot_scan(scan_results(done), ax=ax))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"axes": (Axis("detector.treshold_kev", (1.0,)),)}, "unknown key; nearest"),
        ({"axes": (DAYS, DAYS)}, "varied twice"),
        (
            {
                "axes": (
                    Axis("detector.threshold_kev", tuple(range(1, 1002))),
                    DAYS,
                    Axis("detector.mass_kg", tuple(range(1, 1001))),
                )
            },
            "3003000 points",
        ),
        ({"method": "neyman"}, "method 'neyman'"),
        ({"cl": 1.0}, "cl must lie"),
    ],
)
def test_refusals(plan: ScanPlan, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        replace(plan, **changes)


def test_shards_are_small_where_points_are_slow(gemma: Experiment) -> None:
    def size(axis: Axis, parameter: str = "mu_nu", method: str = "qtilde") -> int:
        return ScanPlan(gemma, (axis,), parameter, method, 0.9).shard_size

    assert size(DAYS) == 2000
    assert size(FWHM) == size(DAYS, "q_nu", "delta-chi2") == size(DAYS, method="bayes-flat") == 50
    assert size(FWHM, method="feldman-cousins") == 2


def test_rise_points(planted: Any) -> None:
    """Where the profile has risen by the squares, with nuisances; an error where it never does."""
    x = np.linspace(0, 1, 12)
    signal = {0: 5 * np.ones(12), 1: 20 / (0.2 + x)}
    for background in ([300 * np.ones(12), 40 / (0.5 + x)], [0.02 * np.ones(12), 0.01 * (1 + x)]):
        likelihood = planted(signal, background, {}, 0.03)
        rises = (0.1, 1.6424, 9.0)
        points = rise_points(likelihood, "mu2", rises)
        for rise, point in zip(rises, points, strict=True):
            wanted = bounded_upper_limit(likelihood, "mu2", rise)[1]
            assert point == pytest.approx(wanted, rel=1e-7, abs=0)
    hidden = planted({1: [10.0, 2.0]}, [100.0, 100.0], flux_sigma=1.0, norm_sigmas=(0.0,))
    with pytest.raises(FitError, match="does not rise"):
        rise_points(hidden, "mu2", [1.6424])


def test_rise_points_of_another_expectation(planted: Any) -> None:
    """A subclass that expects more than its arrays say is profiled with what it expects."""

    class Doubled(Likelihood):
        def expected(self, x: Any) -> Any:
            return 2 * super().expected(x)

    plain = planted({1: [10.0, 2.0]}, [100.0, 100.0], norm_sigmas=(0.1,))
    values = {name: getattr(plain, name) for name in Likelihood.__dataclass_fields__}
    doubled = Doubled(**values)
    data = replace(plain, counts=doubled.expected(plain.centers))
    wanted = bounded_upper_limit(data, "mu2", 1.6424)[1]
    assert rise_points(doubled, "mu2", [1.6424]) == pytest.approx([wanted], rel=1e-9)
    assert rise_points(plain, "mu2", [1.6424])[0] < 0.9 * wanted


def test_band_is_close_to_that_of_fluctuated_data(gemma: Experiment) -> None:
    """Asimov data of mu^2 = N sigma lead to nearly the same band: the estimate is Gaussian."""
    plan = ScanPlan(gemma, (Axis("detector.mass_kg", (1.5,)),), "mu_nu", "qtilde", 0.90)
    other = expected_mu_nu_limits(build_model(gemma))
    wanted = [other[n] for n in (-2, -1, 0, 1, 2)]
    assert ScanRunner(plan).point(0).band == pytest.approx(wanted, rel=0.01, abs=0)
