"""Toy studies: the same results whatever the workers or interruptions, and what they say."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.plots.figures import study_figure
from analysis.studies.merging import merge_study
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import read_shard, shard_image, write_shard
from analysis.studies.study import open_study, read_plan, shard_path
from analysis.studies.study_results import study_results
from analysis.studies.toy_runner import ToyRunner
from analysis.studies.toy_summary import summarise_toys, toy_outcomes
from analysis.studies.workers import run_study
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, load_experiment
from sim.hdf5 import StoreError
from sim.model_assembly import build_model
from sim.pseudo import toys

TRUTH = NeutrinoParameters(mu_nu=6e-11)


@pytest.fixture(scope="module")
def plan() -> ToyPlan:
    experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=0.9"])
    return ToyPlan(experiment, "mu_nu", n_toys=900, seed=7, truth=TRUTH, shard_size=250)


@pytest.fixture(scope="module")
def done(plan: ToyPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    open_study(folder, plan)
    run_study(folder, plan)
    return folder


def test_plan_round_trip(done: Path, plan: ToyPlan) -> None:
    assert read_plan(done).sha256() == plan.sha256()
    assert [plan.item_range(i) for i in range(plan.n_shards)][-1] == (750, 900)


def test_two_workers_give_the_same(plan: ToyPlan, done: Path, tmp_path: Path) -> None:
    open_study(tmp_path, plan)
    run_study(tmp_path, plan, workers=2)
    for index in range(plan.n_shards):
        assert shard_path(tmp_path, index).read_bytes() == shard_path(done, index).read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_inside_a_shard(workers: int, plan: ToyPlan, tmp_path: Path) -> None:
    """Toys are reported batch by batch, the last ones of a shard when it is stored."""
    large = replace(plan, n_toys=2600, shard_size=2500)
    open_study(tmp_path, large)
    reported: list[tuple[int, bool]] = []

    def note(n_toys: int) -> None:
        reported.append((n_toys, shard_path(tmp_path, 0).exists()))

    run_study(tmp_path, large, workers, progress=note)
    assert sum(n for n, _ in reported) == 2600
    if workers == 1:
        assert reported == [(1024, False), (1024, False), (452, True), (100, True)]


def test_resumes_and_mends(plan: ToyPlan, done: Path, tmp_path: Path) -> None:
    """A missing shard is run, a damaged one is set aside and run again, the others are kept."""
    open_study(tmp_path, plan)
    for index in (0, 2):
        shard_path(tmp_path, index).write_bytes(shard_path(done, index).read_bytes())
    damaged = bytearray(shard_path(done, 1).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    shard_path(tmp_path, 1).write_bytes(bytes(damaged))
    kept = shard_path(tmp_path, 0).stat().st_mtime_ns
    run_study(tmp_path, plan)
    assert shard_path(tmp_path, 0).stat().st_mtime_ns == kept
    assert shard_path(tmp_path, 1).with_suffix(".damaged").exists()
    before, after = (summarise_toys(folder) for folder in (done, tmp_path))
    assert after == before


def test_another_plan_is_refused(plan: ToyPlan, done: Path) -> None:
    open_study(done, plan)
    for other in (replace(plan, seed=8), replace(plan, n_toys=901), replace(plan, cl=0.95)):
        with pytest.raises(ConfigurationError, match="another configuration"):
            open_study(done, other)


def test_a_shard_of_another_study_is_refused(plan: ToyPlan, done: Path, tmp_path: Path) -> None:
    open_study(tmp_path, replace(plan, seed=8))
    shard_path(tmp_path, 0).write_bytes(shard_path(done, 0).read_bytes())
    with pytest.raises(StoreError, match="another study"):
        read_shard(tmp_path, replace(plan, seed=8), 0)


def test_summary(done: Path) -> None:
    """True mu^2 of 3 sigma: unbiased, pulls standard normal, coverage of q~ 90 %."""
    found = summarise_toys(done)
    assert (found.n_done, found.complete, found.failed_fraction) == (900, True, 0)
    assert found.truth == pytest.approx(3.6e-21, rel=1e-12, abs=0)
    assert found.coverage == pytest.approx(0.9, abs=0.03)
    assert found.coverage_error == pytest.approx(0.01, abs=0.002)
    assert found.pull_mean == pytest.approx(0, abs=0.12)
    assert found.pull_std == pytest.approx(1, abs=0.08)
    assert found.n_refitted == 1
    assert found.refit_difference < 1e-4


def test_partial_study(plan: ToyPlan, tmp_path: Path) -> None:
    open_study(tmp_path, plan)
    run_study(tmp_path, plan, shards=[1])
    found = summarise_toys(tmp_path)
    assert (found.n_done, found.complete) == (250, False)
    with pytest.raises(StoreError, match="650 of 900 toys are missing"):
        merge_study(tmp_path, tmp_path / "a.h5")
    assert not merge_study(tmp_path, tmp_path / "a.h5", partial=True)


def test_merge(done: Path, tmp_path: Path) -> None:
    import h5py

    assert merge_study(done, tmp_path / "all.h5")
    with h5py.File(tmp_path / "all.h5") as file:
        assert file["best_fit"].shape == (900,)
        assert file.attrs["results_sha256"] == summarise_toys(done).content_sha256


def test_counts_are_kept_on_demand(plan: ToyPlan, done: Path, tmp_path: Path) -> None:
    keeping = replace(plan, n_toys=20, keep_spectra=True)
    shard = ToyRunner(keeping).run(0)
    open_study(tmp_path, keeping)
    write_shard(tmp_path, keeping, 0, shard)
    read = read_shard(tmp_path, keeping, 0)
    assert read.arrays["counts"].shape[:2] == (20, 2)
    wanted = study_results(done).arrays["best_fit"][:20]
    np.testing.assert_array_equal(read.arrays["best_fit"], wanted)
    assert shard_image(keeping, 0, shard) == shard_image(keeping, 0, shard)


def test_spectra_of_gaussian_bins_are_kept_as_they_were_drawn() -> None:
    plan = ToyPlan(
        experiment=load_experiment("dresden-ii"),
        parameter="mu_nu",
        n_toys=3,
        seed=4,
        truth=NeutrinoParameters(),
        keep_spectra=True,
    )
    kept = ToyRunner(plan).run(0).arrays["counts"]
    drawn = [toy.counts for toy in toys(build_model(plan.experiment), 3, 4)]
    np.testing.assert_array_equal(kept, drawn)
    assert not np.array_equal(kept, np.floor(kept))


@pytest.mark.parametrize("parameter", ["q_nu", "r2_nu"])
def test_two_sided_parameters(plan: ToyPlan, parameter: str, tmp_path: Path) -> None:
    other = replace(
        plan, parameter=parameter, method="delta-chi2", truth=NeutrinoParameters(), n_toys=150
    )
    open_study(tmp_path, other)
    run_study(tmp_path, other)
    found = summarise_toys(tmp_path)
    assert found.failed_fraction == 0
    assert found.coverage is not None
    assert found.coverage > 0.83
    assert found.refit_difference < 1e-4


def test_off_fixed_covers_too_little(plan: ToyPlan, tmp_path: Path) -> None:
    """The OFF fit's own error is missing from the interval: see the GEMMA page."""
    fixed = replace(plan, treatment="off-fixed", n_toys=500)
    open_study(tmp_path, fixed)
    run_study(tmp_path, fixed)
    found = summarise_toys(tmp_path)
    assert found.coverage is not None
    assert found.coverage < 0.82
    assert found.pull_std is not None
    assert found.pull_std > 1.7


def test_not_a_study(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a study"):
        read_plan(tmp_path)
    for text in ("", "{}", "[1]", '{"plan_version": 99}'):
        (tmp_path / "study.json").write_text(text, encoding="utf-8")
        with pytest.raises(StoreError, match="not a readable plan"):
            read_plan(tmp_path)


def test_figure(done: Path) -> None:
    assert study_figure(toy_outcomes(done)).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="figure format 'gif'"):
        study_figure(toy_outcomes(done), "gif")


@pytest.mark.slow
def test_pulls_are_standard_normal(plan: ToyPlan, tmp_path: Path) -> None:
    """At 4 sigma: mean, width, and the largest distance of the distribution (Kolmogorov)."""
    from scipy.special import ndtr

    far = replace(plan, n_toys=3000, truth=NeutrinoParameters(mu_nu=7e-11), shard_size=3000)
    open_study(tmp_path, far)
    run_study(tmp_path, far)
    outcomes = toy_outcomes(tmp_path)
    pulls = np.sort(outcomes.pulls)
    assert outcomes.truth_in_errors > 3.5
    assert pulls.mean() == pytest.approx(0, abs=3.5 / 3000**0.5)
    assert pulls.std() == pytest.approx(1, abs=3.5 / 6000**0.5)
    steps = np.arange(3001) / 3000
    above, below = steps[1:] - ndtr(pulls), ndtr(pulls) - steps[:-1]
    assert max(above.max(), below.max()) < 1.95 / 3000**0.5


@pytest.mark.parametrize(("method", "size"), [("cls", 65_536), ("bayes-flat", 8_192)])
def test_every_method_counts_its_own_coverage(
    plan: ToyPlan, done: Path, method: str, size: int, tmp_path: Path
) -> None:
    """The same toys, the same fits; more of them are covered than by q~."""
    other = replace(plan, method=method, n_toys=100, shard_size=0)
    assert other.shard_size == 500
    assert replace(other, n_toys=10_000_000, shard_size=0).shard_size == size
    open_study(tmp_path, other)
    run_study(tmp_path, other)
    mine, theirs = study_results(tmp_path).arrays, study_results(done).arrays
    np.testing.assert_array_equal(mine["best_fit"], theirs["best_fit"][:100])
    assert np.sum(mine["level"] <= 0.9) >= np.sum(theirs["level"][:100] <= 0.9)
    assert np.any(mine["level"] != theirs["level"][:100])


def test_unified_intervals_are_calibrated_toy_by_toy(plan: ToyPlan, tmp_path: Path) -> None:
    few = replace(plan, method="feldman-cousins", n_toys=40, shard_size=0)
    assert few.shard_size == 500
    assert replace(few, n_toys=100_000, shard_size=0).shard_size == 1024
    open_study(tmp_path, few)
    run_study(tmp_path, few)
    arrays = study_results(tmp_path).arrays
    assert np.unique(np.round(200 * arrays["level"], 9) % 1).tolist() == [0]
    order = np.argsort(arrays["statistic"])
    assert np.corrcoef(arrays["level"][order], np.arange(40))[0, 1] > 0.98


def test_share_of_toys_fitted_again(plan: ToyPlan, tmp_path: Path) -> None:
    """Evenly spread over the study, whatever the shards; all or none where it is asked for."""
    fraction = 0.05
    chosen = [toy for toy in range(900) if replace(plan, refit_fraction=fraction).is_refitted(toy)]
    assert len(chosen) == 45
    assert set(np.diff(chosen)) <= {19, 20, 21}
    assert all(replace(plan, refit_fraction=1.0).is_refitted(toy) for toy in range(900))
    assert not any(replace(plan, refit_fraction=0.0).is_refitted(toy) for toy in range(900))
    some = replace(plan, refit_fraction=fraction)
    open_study(tmp_path, some)
    run_study(tmp_path, some)
    found = summarise_toys(tmp_path)
    assert found.n_refitted == 45
    assert found.refit_difference < 1e-4


@pytest.mark.parametrize("fraction", [-0.1, 1.1, math.nan])
def test_no_share(plan: ToyPlan, fraction: float) -> None:
    with pytest.raises(ValueError, match="refit_fraction must lie from 0 to 1: found"):
        replace(plan, refit_fraction=fraction)


def test_fits_that_differ_are_told(
    done: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.studies import toy_summary
    from scripts.toys import report

    report(done, as_json=False)
    assert "warning" not in capsys.readouterr().err
    monkeypatch.setattr(toy_summary, "REFIT_TOLERANCE", -1.0)
    report(done, as_json=False)
    assert "differ from iminuit's by up to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("n_toys", "n_shards"), [(1, 1), (500, 1), (501, 2), (8000, 16), (100_000, 16), (2**21, 32)]
)
def test_small_studies_have_shards_to_share(plan: ToyPlan, n_toys: int, n_shards: int) -> None:
    assert replace(plan, n_toys=n_toys, shard_size=0).n_shards == n_shards
