"""nuem study STUDY"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import FIGURE, force_option, json_option, selected_shards
from scripts.output import number, print_written

if TYPE_CHECKING:
    from analysis.studies.plans.plan import Plan


@click.command("study")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    default=None,
    type=FIGURE,
    help="Figure (PNG, PDF or SVG) of what the study has found so far.",
)
@force_option
@json_option
def command(study: Path, output: Path | None, force: bool, as_json: bool) -> None:
    """What a study says so far: toys (coverage, bias, pulls), a scan, or a coverage study."""
    from analysis.studies.study import read_plan
    from sim.files import check_free, write_atomically

    shown = {"toys": _toys, "scan": _scan, "coverage": _coverage}[read_plan(study).kind]
    if output is not None:
        check_free(output, force=force)
    draw, print_report = shown(study)
    if output is not None:
        write_atomically(output, draw(output.suffix.lstrip(".")))
    print_report(as_json, [] if output is None else [output])


Shown = tuple[Callable[[str], bytes], Callable[[bool, list[Path]], None]]
"""What draws a figure in a format, and what prints the summary, as JSON or not, and the files."""


def run(
    folder: Path,
    plan: Plan,
    workers: int | None,
    shard: str | None,
    dask_address: str | None,
    *,
    quiet: bool,
) -> None:
    """Start a study in its folder, or resume it, as ``study_options`` say.

    A folder is not bound to a plan whose physics is refused before anything was made of it.
    """
    from analysis.studies.study import drop_empty, open_study
    from analysis.studies.workers import run_study
    from scripts.progress import progress_of

    selected = selected_shards(shard, plan.n_shards)
    open_study(folder, plan)
    total = sum(end - first for first, end in map(plan.item_range, selected))
    workers = workers or os.cpu_count() or 1
    try:
        with progress_of(total, plan.items, quiet=quiet) as progress:
            run_study(folder, plan, workers, selected, progress, dask_address)
    except (ValueError, ArithmeticError):
        drop_empty(folder)
        raise


def report(study: Path, as_json: bool, written: Sequence[Path] = ()) -> None:
    """Print the summary of a study of toys, and the files that are written of it."""
    from analysis.studies.toy_summary import REFIT_TOLERANCE, summarise_toys

    summary = asdict(summarise_toys(study))
    if summary["refit_difference"] > REFIT_TOLERANCE:
        click.echo(
            f"nuem: warning: the compiled fits differ from iminuit's by up to "
            f"{number(summary['refit_difference'])} in -2 ln L, more than {REFIT_TOLERANCE:g}",
            err=True,
        )
    if as_json:
        print_written(written, as_json, **summary)
        return
    for key, value in summary.items():
        shown = number(value, 6) if isinstance(value, float) else str(value)
        click.echo(f"{key:18}{'-' if value is None else shown}")
    print_written(written, as_json)


def _toys(study: Path) -> Shown:
    def draw(file_format: str) -> bytes:
        from analysis.plots.figures import study_figure
        from analysis.studies.toy_summary import toy_outcomes

        return study_figure(toy_outcomes(study), file_format)

    return draw, lambda as_json, written: report(study, as_json, written)


def _scan(study: Path) -> Shown:
    from analysis.plots.figures import one_panel
    from analysis.plots.scan import plot_scan
    from analysis.studies.scan_results import scan_results
    from scripts.scan import report as report_scan

    results = scan_results(study)
    return (
        lambda file_format: one_panel(lambda ax: plot_scan(results, ax=ax), file_format),
        lambda as_json, written: report_scan(results, as_json, written),
    )


def _coverage(study: Path) -> Shown:
    from analysis.plots.coverage import plot_coverage
    from analysis.plots.figures import one_panel
    from analysis.studies.coverage_results import coverage_results
    from scripts.coverage import report as report_coverage

    results = coverage_results(study)
    return (
        lambda file_format: one_panel(lambda ax: plot_coverage(results, ax=ax), file_format),
        lambda as_json, written: report_coverage(results, as_json, written),
    )
