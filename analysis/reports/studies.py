"""Studies in a report: what toys, a scan or a coverage study say, with figures and a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.plots.coverage import plot_coverage
from analysis.plots.scan import plot_scan
from analysis.plots.study import plot_toy_coverage, plot_toy_pulls, plot_toy_statistic
from analysis.reports.figures import PageFigure, page_figure
from analysis.reports.tables import Table
from analysis.reports.text import number, with_unit
from analysis.studies.coverage_results import CoverageResults, coverage_results
from analysis.studies.scan_results import ScanResults, scan_results
from analysis.studies.shard_files import check_readable
from analysis.studies.study import read_plan
from analysis.studies.toy_summary import ToySummary, summarise_toys, toy_outcomes
from sim.cross_sections.interactions.parameter_table import named_parameter

_MOST_KEYS_DRAWN = 2


@dataclass(frozen=True, slots=True)
class StudyPart:
    """A study: its title, what it found in pairs of (name, value), figures, and a table."""

    title: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[PageFigure, ...]
    table: Table | None = None


def study_part(folder: Path, index: int) -> StudyPart:
    """A study of any kind; index makes the names of its figures unique.

    Raises
    ------
    StoreError
        if the folder holds no study.
    OSError
        if there are shards that cannot be read.
    """
    parts = {"toys": _toys, "scan": _scan, "coverage": _coverage}
    return parts[read_plan(folder).kind](folder, f"study-{index}")


def _toys(folder: Path, name: str) -> StudyPart:
    summary, outcomes = summarise_toys(folder), toy_outcomes(folder)
    check_readable(summary.unreadable)
    figures = (
        page_figure(
            f"{name}-pulls",
            lambda ax: plot_toy_pulls(outcomes, ax=ax),
            "Pulls of the best fits of the toys.",
            "Pulls of the best fits beside the standard normal density.",
        ),
        page_figure(
            f"{name}-statistic",
            lambda ax: plot_toy_statistic(outcomes, ax=ax),
            "Distribution of the test statistic.",
            "Test statistic at the truth beside its asymptotic distribution.",
        ),
        page_figure(
            f"{name}-coverage",
            lambda ax: plot_toy_coverage(outcomes, ax=ax),
            "Coverage at each confidence level.",
            "Coverage less the confidence level that the interval is made for.",
        ),
    )
    return StudyPart(f"Toys: {folder.name}", _toy_facts(summary), figures)


def _toy_facts(summary: ToySummary) -> tuple[tuple[str, str], ...]:
    coverage = "–"
    if summary.coverage is not None and summary.coverage_error is not None:
        coverage = f"{summary.coverage:.4f} ± {summary.coverage_error:.4f}"
    pulls = f"{number(summary.pull_mean)}, {number(summary.pull_std)}"
    return (
        ("parameter", named_parameter(summary.parameter).text),
        ("toys", _done(summary.n_done, summary.n_toys)),
        ("method", f"{summary.method} at {100 * summary.cl:g} % CL"),
        ("coverage", coverage),
        ("mean and width of the pulls", pulls),
        ("failed fits", number(summary.failed_fraction)),
        ("SHA-256 of the results", summary.content_sha256),
    )


def _scan(folder: Path, name: str) -> StudyPart:
    results = scan_results(folder)
    check_readable(results.unreadable)
    figures: tuple[PageFigure, ...] = ()
    if len(results.plan.axes) <= _MOST_KEYS_DRAWN:
        symbol = named_parameter(results.plan.parameter).text
        caption = f"Expected limits on {symbol} over the scanned keys."
        figures = (page_figure(name, lambda ax: plot_scan(results, ax=ax), caption, caption),)
    return StudyPart(f"Scan: {folder.name}", _scan_facts(results), figures)


def _scan_facts(results: ScanResults) -> tuple[tuple[str, str], ...]:
    summary, unit = results.summary(), results.unit
    axes = [f"{axis.key} ({len(axis.values)} values)" for axis in results.plan.axes]
    statuses = [f"{n} {status}" for status, n in summary["statuses"].items()]
    return (
        ("parameter", named_parameter(results.plan.parameter).text),
        ("keys", ", ".join(axes)),
        ("points", f"{_done(summary['n_done'], summary['n_points'])}: {', '.join(statuses)}"),
        ("method", f"{results.plan.method} at {100 * results.plan.cl:g} % CL"),
        ("smallest limit", with_unit(summary["best"], unit)),
        ("largest limit", with_unit(summary["worst"], unit)),
        ("SHA-256 of the results", results.content_sha256),
    )


def _coverage(folder: Path, name: str) -> StudyPart:
    results = coverage_results(folder)
    check_readable(results.unreadable)
    caption = "Coverage of each construction with its error; lines: the asymptotic prediction."
    figure = page_figure(name, lambda ax: plot_coverage(results, ax=ax), caption, caption)
    return StudyPart(
        f"Coverage: {folder.name}", _coverage_facts(results), (figure,), _coverage_table(results)
    )


def _coverage_facts(results: CoverageResults) -> tuple[tuple[str, str], ...]:
    unmet = len(results.unmet)
    return (
        ("toys", _done(results.n_done, results.plan.n_items)),
        ("confidence level", f"{100 * results.plan.cl:g} %"),
        ("promises of the constructions", "all met" if unmet == 0 else f"{unmet} not met"),
        ("failed fits", str(results.failed)),
        ("SHA-256 of the results", results.content_sha256),
    )


def _coverage_table(results: CoverageResults) -> Table:
    rows = tuple(
        (
            f"{row.truth_sigma:g} σ",
            row.method,
            f"{row.coverage:.4f} ± {row.error:.4f}",
            f"{row.predicted:.4f}",
            row.expectation or "–",
            {True: "yes", False: "no", None: "–"}[row.met],
        )
        for row in results.rows
    )
    columns = (
        f"true {results.parameter.fitted_label}",
        "method",
        "coverage",
        "predicted",
        "promise",
        "met",
    )
    return Table(columns, rows, (2, 3))


def _done(n_done: int, n_all: int) -> str:
    return f"{n_done:,} of {n_all:,}" + ("" if n_done == n_all else " (not complete)")
