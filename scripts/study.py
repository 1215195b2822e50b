"""nuem study STUDY"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from scripts.options import FIGURE, force_option, json_option
from scripts.output import warn_of


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
def command(study: Path, output: Path | None, force: bool, as_json: bool) -> int:
    """What a study says so far: toys (coverage, bias, pulls), a scan, or a coverage study."""
    from analysis.studies.study import read_plan
    from sim.files import check_free, write_atomically

    plan = read_plan(study)
    warn_of(*plan.sources.each)
    shown = {"toys": _toys, "scan": _scan, "coverage": _coverage}[plan.kind]
    if output is not None:
        check_free(output, force=force)
    draw, print_report = shown(study)
    if output is not None:
        write_atomically(output, draw(output.suffix.lstrip(".")))
    return print_report(as_json, [] if output is None else [output])


Shown = tuple[Callable[[str], bytes], Callable[[bool, list[Path]], int]]
"""What draws a figure in a format, and what prints the summary, as JSON or not, and the files.

If a part of the study cannot be read the former raises OSError, and the latter returns 6.
"""


def _toys(study: Path) -> Shown:
    from scripts.toys import report as report_toys

    def draw(file_format: str) -> bytes:
        from analysis.plots.figures import study_figure
        from analysis.studies.toy_summary import toy_outcomes

        return study_figure(toy_outcomes(study), file_format)

    return draw, lambda as_json, written: report_toys(study, as_json, written)


def _scan(study: Path) -> Shown:
    from analysis.plots.figures import one_panel
    from analysis.plots.scan import plot_scan
    from analysis.studies.scan_results import scan_results
    from analysis.studies.shard_files import check_readable
    from scripts.scan import report as report_scan

    results = scan_results(study)

    def draw(file_format: str) -> bytes:
        check_readable(results.unreadable)
        return one_panel(lambda ax: plot_scan(results, ax=ax), file_format)

    return (
        draw,
        lambda as_json, written: report_scan(results, as_json, written),
    )


def _coverage(study: Path) -> Shown:
    from analysis.plots.coverage import plot_coverage
    from analysis.plots.figures import one_panel
    from analysis.studies.coverage_results import coverage_results
    from analysis.studies.shard_files import check_readable
    from scripts.coverage import report as report_coverage

    results = coverage_results(study)

    def draw(file_format: str) -> bytes:
        check_readable(results.unreadable)
        return one_panel(lambda ax: plot_coverage(results, ax=ax), file_format)

    return (
        draw,
        lambda as_json, written: report_coverage(results, as_json, written),
    )
