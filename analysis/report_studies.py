"""Studies in a report: what a toy study or a scan says, with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.plots_study import plot_toy_coverage, plot_toy_pulls, plot_toy_statistic
from analysis.report_figures import PageFigure, page_figure
from analysis.report_text import SYMBOLS, number
from analysis.toy_summary import ToySummary, summarise_toys, toy_outcomes


@dataclass(frozen=True, slots=True)
class StudyPart:
    """A study: its title, what it found in lines of (name, value), and figures."""

    title: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[PageFigure, ...]


def study_part(folder: Path, index: int) -> StudyPart:
    """A study of toys; index makes the names of its figures unique.

    Raises
    ------
    StoreError
        if the folder holds no such study.
    """
    summary = summarise_toys(folder)
    outcomes = toy_outcomes(folder)
    name = f"study-{index}"
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
    return StudyPart(f"Toy study {folder.name}", _facts(summary), figures)


def _facts(summary: ToySummary) -> tuple[tuple[str, str], ...]:
    done = f"{summary.n_done:,} of {summary.n_toys:,}"
    coverage = "–"
    if summary.coverage is not None and summary.coverage_error is not None:
        coverage = f"{summary.coverage:.4f} ± {summary.coverage_error:.4f}"
    return (
        ("parameter", SYMBOLS.get(summary.parameter, summary.parameter)),
        ("toys", done + ("" if summary.complete else " (not complete)")),
        ("method", f"{summary.method} at {100 * summary.cl:g} % CL"),
        ("coverage", coverage),
        ("mean and width of the pulls", f"{_two(summary.pull_mean)}, {_two(summary.pull_std)}"),
        ("failed fits", number(summary.failed_fraction)),
        ("SHA-256 of the results", summary.content_sha256),
    )


def _two(value: float | None) -> str:
    return number(value, 3)
