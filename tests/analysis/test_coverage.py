"""Coverage studies: the toys and truths of a shard, and what the table makes of their levels."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model_arrays import arrays_of

from analysis.fits.minimum import minimise, treated_likelihood
from analysis.limits.constructions.registry import construction
from analysis.limits.limit import limit
from analysis.plots.coverage import plot_coverage
from analysis.plots.figures import one_panel
from analysis.studies.coverage_results import CoverageResults, coverage_results, table_row
from analysis.studies.coverage_runner import CoverageRunner, expected_sigma
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import Shard, write_shard
from analysis.studies.study import open_study, read_plan
from analysis.studies.study_results import study_results
from analysis.studies.workers import run_study
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.hdf5 import StoreError
from sim.model_assembly import build_model
from sim.pseudo import toy_array
from sim.spectra.spectra import Spectra

STUDIES = Path(__file__).parents[2] / "docs" / "studies"
FAST = ("qtilde", "delta-chi2", "cls", "clsb")


@pytest.fixture(scope="module")
def few() -> CoveragePlan:
    experiment = load_experiment(STUDIES / "few-counts.toml")
    return CoveragePlan(experiment, n_toys=30, seed=5, calibration_toys=19, shard_size=25)


@pytest.fixture(scope="module")
def done(few: CoveragePlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coverage")
    open_study(folder, few)
    run_study(folder, few)
    return folder


def test_truths_of_a_shard(few: CoveragePlan) -> None:
    assert few.n_items == 120
    assert few.truths(0, 25) == [(0, range(25))]
    assert few.truths(25, 50) == [(0, range(25, 30)), (1, range(20))]
    assert few.truths(20, 95) == [(0, range(20, 30)), (1, range(30)), (2, range(30)), (3, range(5))]
    restored = CoveragePlan.restored(few.experiment, few.settings())
    assert restored == few


def test_shards_do_not_matter(few: CoveragePlan, done: Path, tmp_path: Path) -> None:
    other = replace(few, shard_size=40)
    open_study(tmp_path, other)
    run_study(tmp_path, other, workers=2)
    mine, theirs = study_results(done), study_results(tmp_path)
    for name, values in mine.arrays.items():
        np.testing.assert_array_equal(values, theirs.arrays[name], err_msg=name)


def test_levels_are_those_of_the_limits() -> None:
    """The interval that `limit` gives for the same counts holds the truth where the level says."""
    experiment = load_experiment(STUDIES / "few-counts.toml", _EXACT)
    model = build_model(experiment)
    plan = CoveragePlan(experiment, 12, 5, sigmas=(1.5,), methods=FAST, shard_size=12)
    levels = CoverageRunner(plan).run(0).arrays["level"]
    truth = NeutrinoParameters(mu_nu=1e-11 * (1.5 * expected_sigma(model, "off-joint")) ** 0.5)
    for i, counts in enumerate(toy_array(model, 12, 5, truth)):
        for j, method in enumerate(FAST):
            spectra = Spectra.on_and_off(model.edges_kev, counts, "observed")
            interval = limit(model, spectra, "mu_nu", 0.9, method)
            holds = interval.upper is not None and interval.upper >= truth.mu_nu
            assert holds == (levels[i, j] <= 0.9), (i, method)


def test_intervals_are_counted_as_their_levels_say(few: CoveragePlan) -> None:
    """With constrained nuisances too: the limit of a toy knows its own auxiliary measurements."""
    plan = replace(few, n_toys=6, sigmas=(2.0,), methods=FAST, shard_size=6)
    levels = CoverageRunner(plan).run(0).arrays["level"]
    counted = CoverageRunner(replace(plan, intervals=True)).run(0).arrays["level"]
    np.testing.assert_array_equal(counted, np.where(levels <= plan.cl, 0.0, 1.0))
    assert replace(plan, intervals=True).settings()["intervals"] is True
    assert "intervals" not in plan.settings()


_EXACT = ["systematics.flux_norm=0", "background.0.norm=0"]
"""Without constrained nuisances, whose measurements a toy's spectra do not carry."""


def test_sigma_is_the_error_of_a_fit(few: CoveragePlan) -> None:
    model = build_model(load_experiment(STUDIES / "background-dominated.toml"))
    likelihood = treated_likelihood(model, model.asimov())
    best = minimise(likelihood, likelihood.others("mu2"))
    assert expected_sigma(model, "off-joint") == pytest.approx(best.errors[0], rel=1e-3, abs=0)


def test_table(few: CoveragePlan, done: Path) -> None:
    results = coverage_results(done)
    assert results.complete
    assert not results.gaussian
    assert len(results.rows) == 4 * 7
    for row in results.rows:
        assert row.n_toys == 30
        assert row.predicted == construction(row.method).predicted_coverage(0.9, row.truth_sigma)
        promised = row.method in ("cls", "feldman-cousins")
        assert row.expectation == (">= 0.9" if promised else None)
        assert (row.met is None) == (not promised)
    at_zero = {row.method: row.coverage for row in results.rows if row.truth_sigma == 0}
    assert at_zero["qtilde"] == at_zero["delta-chi2"] == at_zero["cls"] == 1
    rows = list(csv.DictReader(io.StringIO(results.to_csv())))
    assert [float(row["coverage"]) for row in rows] == [row.coverage for row in results.rows]
    assert results.summary()["n_done"] == 120
    assert one_panel(lambda ax: plot_coverage(results, ax=ax)).startswith(b"\x89PNG")


def planted(folder: Path, covered: float, n_toys: int = 1000) -> CoverageResults:
    """A study of many counts in which every construction covers a given share of the toys."""
    experiment = load_experiment(STUDIES / "background-dominated.toml")
    plan = CoveragePlan(experiment, n_toys, 1, shard_size=4 * n_toys)
    open_study(folder, plan)
    inside = np.arange(n_toys) < covered * n_toys
    level = np.tile(np.where(inside, 0.5, 0.95)[:, None], (4, len(plan.methods)))
    zeros = np.zeros(4 * n_toys)
    arrays = {"level": level, "converged": zeros + 1, "best_fit": zeros, "error": zeros}
    write_shard(folder, plan, 0, Shard(0, arrays))
    return coverage_results(folder)


@pytest.mark.parametrize(
    ("covered", "unmet"),
    [
        (0.90, {("delta-chi2", 2.0), ("delta-chi2", 4.0)}),
        (0.95, {("qtilde", 2.0), ("qtilde", 4.0), *(("clsb", s) for s in (0.0, 1.0, 2.0, 4.0))}),
        (
            0.86,
            {
                (method, sigma)
                for method in ("qtilde", "delta-chi2", "cls", "clsb", "feldman-cousins")
                for sigma in (0.0, 1.0, 2.0, 4.0)
            },
        ),
    ],
)
def test_what_is_promised_is_checked(
    tmp_path: Path, covered: float, unmet: set[tuple[str, float]]
) -> None:
    """Bayes promises nothing; the others their confidence level, q~ and CLs+b no more than it."""
    results = planted(tmp_path, covered)
    assert results.gaussian
    assert {(row.method, row.truth_sigma) for row in results.unmet} == unmet
    assert {row.coverage for row in results.rows} == {covered}
    assert results.rows[0].error == pytest.approx((covered * (1 - covered) / 1000) ** 0.5)


def test_refusals(few: CoveragePlan, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must not be negative, found -1 sigma"):
        replace(few, sigmas=(1.0, -1.0))
    with pytest.raises(ValueError, match="method 'wilks'"):
        replace(few, methods=("wilks",))
    with pytest.raises(ValueError, match="at least one truth"):
        replace(few, sigmas=())
    open_study(tmp_path, ToyPlan(few.experiment, "mu_nu", 5, 1))
    assert read_plan(tmp_path).kind == "toys"
    with pytest.raises(StoreError, match="not of coverage"):
        coverage_results(tmp_path)


def test_nothing_done_yet(few: CoveragePlan, tmp_path: Path) -> None:
    open_study(tmp_path, few)
    results = coverage_results(tmp_path)
    assert (results.rows, results.n_done, results.complete) == ((), 0, False)


@pytest.mark.slow
def test_covers_as_predicted() -> None:
    """Many counts, 1500 toys at 1.5 sigma: every fast construction within 4 errors of predicted."""
    experiment = load_experiment(STUDIES / "background-dominated.toml")
    plan = CoveragePlan(experiment, 1500, 3, sigmas=(1.5,), methods=(*FAST, "bayes-flat"))
    runner = CoverageRunner(replace(plan, shard_size=1500))
    covered = np.mean(runner.run(0).arrays["level"] <= 0.9, axis=0)
    for method, share in zip(plan.methods, covered, strict=True):
        assert share == pytest.approx(
            construction(method).predicted_coverage(0.9, 1.5), abs=4 * 0.0077
        ), method


def documented(name: str) -> list[list[str]]:
    """Rows of a table of coverage in the page on statistics."""
    page = (STUDIES.parent / "statistics.md").read_text(encoding="utf-8")
    table = page.split(f"<!-- coverage: {name} -->\n\n")[1].split("\n\n")[0]
    return [
        [cell.strip(" `") for cell in row.strip("|").split("|")] for row in table.split("\n")[2:]
    ]


@pytest.mark.parametrize("name", ["background-dominated", "few-counts"])
def test_the_documented_coverage_is_of_this_code(name: str) -> None:
    """Predictions, promises and verdicts again from the measured column of the page."""
    experiment = load_experiment(STUDIES / f"{name}.toml")
    model = build_model(experiment)
    smallest = model.asimov().counts[np.any(arrays_of(model).samples != 0, axis=0)].min()
    plan = CoveragePlan(experiment, 1, 1)
    rows = documented(name)
    assert len(rows) == len(plan.sigmas) * len(plan.methods)
    for row, (sigma, method) in zip(
        rows, [(s, m) for s in plan.sigmas for m in plan.methods], strict=True
    ):
        covered = float(row[2].partition(" ")[0])
        n_toys = 4_000 if method in ("feldman-cousins", "bayes-marginal") else 10_000
        levels = np.where(np.arange(n_toys) < round(n_toys * covered), 0.0, 1.0)
        wanted = table_row(plan, sigma, method, levels, bool(smallest >= 10))
        assert row[0] == f"{sigma:g} σ"
        assert row[1] == method
        assert row[2] == f"{wanted.coverage:.4f} ± {wanted.error:.4f}"
        assert row[3] == f"{wanted.predicted:.4f}"
        assert row[4] == (wanted.expectation or "–").replace(">=", "≥")
        assert row[5] == {None: "", True: "met", False: "not met"}[wanted.met]
