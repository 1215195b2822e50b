"""Studies and stored files of the first edition: what is in them, in a form that can be stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edition_arrays
import numpy as np
from edition_answers import DATA, Answer, stated

import nuem

STORED = DATA / "stored"


def experiment(name: str) -> nuem.Experiment:
    """A frozen experiment file."""
    return nuem.load_experiment(DATA / "experiments" / f"{name}.toml")


def toy_plan() -> nuem.ToyPlan:
    """Toys with a magnetic moment, their spectra kept."""
    return nuem.ToyPlan(
        experiment=experiment("few-counts"),
        parameter="mu_nu",
        n_toys=40,
        seed=1,
        truth=nuem.NeutrinoParameters(mu_nu=8e-11),
        keep_spectra=True,
        refit_fraction=0.05,
        shard_size=20,
    )


def charge_plan() -> nuem.ToyPlan:
    """Toys of a millicharge, the background held at its fit to OFF."""
    return nuem.ToyPlan(
        experiment=experiment("made-templates"),
        parameter="q_nu",
        n_toys=60,
        seed=2,
        method="delta-chi2",
        treatment="off-fixed",
        refit_fraction=0.0,
    )


def scan_plan() -> nuem.ScanPlan:
    """A key that is folded anew, and two that are not."""
    return nuem.ScanPlan(
        experiment=experiment("few-counts"),
        axes=(
            nuem.Axis("detector.threshold_kev", (0.1, 0.2)),
            nuem.Axis("exposure.on_days", (30.0, 90.0, 365.0)),
            nuem.Axis("background.0.norm", (0.1, "free")),
        ),
        parameter="mu_nu",
        method="qtilde",
        cl=0.9,
    )


def coverage_plan() -> nuem.CoveragePlan:
    """Three constructions at two truths."""
    return nuem.CoveragePlan(
        experiment=experiment("few-counts"),
        n_toys=20,
        seed=3,
        sigmas=(0.0, 2.0),
        methods=("qtilde", "cls", "feldman-cousins"),
        calibration_toys=19,
    )


PLANS = {
    "toys": toy_plan,
    "charge": charge_plan,
    "scan": scan_plan,
    "coverage": coverage_plan,
}


def run(name: str, folder: Path) -> None:
    """Make or go on with a study of PLANS in a folder."""
    plan = PLANS[name]()
    nuem.open_study(folder, plan)
    nuem.run_study(folder, plan, 1)


def results(name: str, folder: Path) -> Answer:
    """What a finished study says."""
    match name:
        case "scan":
            return _scan(nuem.scan_results(folder))
        case "coverage":
            return _coverage(nuem.coverage_results(folder))
    return _toys(folder)


def spectra(path: Path) -> Answer:
    """Content of a spectra file."""
    stored = nuem.read_spectra(path)
    counts = edition_arrays.counts(stored.spectra)
    toys = np.asarray(stored.toys)
    truth = stored.spectra.truth
    arrays = [stored.spectra.edges_kev, counts.ravel(), toys.ravel()]
    if stored.spectra.errors is not None:
        arrays.append(stored.spectra.errors.ravel())
    exact: list[Any] = [stored.experiment.name, stored.spectra.kind, stored.seed, len(toys)]
    if truth is not None:
        exact.append([truth.mu_nu, truth.q_nu, truth.r2_nu, list(truth.transition_q)])
    numbers = np.concatenate(arrays).tolist()
    return stated(exact, numbers, [0.0] * len(numbers))


def _toys(folder: Path) -> Answer:
    summary, outcomes = nuem.summarise_toys(folder), nuem.toy_outcomes(folder)
    errors = outcomes.error.tolist()
    numbers, sizes = [*outcomes.best_fit.tolist(), *errors], [*errors, *errors]
    for values in (outcomes.statistic, outcomes.level):
        numbers += values.tolist()
        sizes += np.maximum(1.0, np.abs(values)).tolist()
    numbers += [summary.truth, summary.bias or 0.0, summary.pull_mean or 0.0]
    numbers.append(summary.pull_std or 0.0)
    sizes += [abs(summary.truth), abs(summary.bias or 0.0), 1.0, 1.0]
    exact = [summary.parameter, summary.method, summary.unit, summary.n_done, summary.complete]
    exact += [summary.coverage, summary.failed_fraction, summary.n_refitted]
    return stated(exact, numbers, sizes)


def _scan(found: nuem.ScanResults) -> Answer:
    numbers = np.concatenate([found.lower.ravel(), found.upper.ravel(), found.band.ravel()])
    exact = [found.status.tolist(), found.unit, np.isnan(numbers).tolist()]
    finite = numbers[~np.isnan(numbers)].tolist()
    return stated(exact, finite, [abs(x) for x in finite])


def _coverage(found: nuem.CoverageResults) -> Answer:
    exact = [[row.truth_sigma, row.method, row.coverage] for row in found.rows]
    numbers = [found.sigma, found.smallest_bin]
    return stated([exact, found.n_done, found.failed], numbers, numbers)
