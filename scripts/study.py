"""nuem study STUDY"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from scripts.options import force_option, json_option
from scripts.output import number, print_json


@click.command("study")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    default=None,
    type=click.Path(path_type=Path),
    help="Figure (PNG, PDF or SVG): pulls, test statistic and coverage of toys, or the scan.",
)
@force_option
@json_option
def command(study: Path, output: Path | None, force: bool, as_json: bool) -> None:
    """Coverage, bias and pulls of a toy study, or the limits of a scan, finished or not."""
    from analysis.scan_plan import ScanPlan
    from analysis.study import read_plan
    from sim.files import check_free, write_atomically

    plan = read_plan(study)
    if output is not None:
        check_free(output, force=force)
    if isinstance(plan, ScanPlan):
        from analysis.scan_results import scan_results
        from scripts.scan import report as report_scan

        results = scan_results(study)
        if output is not None:
            from analysis.figures import one_panel
            from analysis.plots_scan import plot_scan

            image = one_panel(lambda ax: plot_scan(results, ax=ax), output.suffix.lstrip("."))
            write_atomically(output, image)
        report_scan(results, as_json)
        return
    if output is not None:
        from analysis.figures import study_figure
        from analysis.toy_summary import toy_outcomes

        write_atomically(output, study_figure(toy_outcomes(study), output.suffix.lstrip(".")))
    report(study, as_json)


def report(study: Path, as_json: bool) -> None:
    """Print the summary of a study of toys."""
    from analysis.toy_summary import summarise_toys

    summary = asdict(summarise_toys(study))
    if as_json:
        print_json(summary)
        return
    for key, value in summary.items():
        shown = number(value, 6) if isinstance(value, float) else str(value)
        click.echo(f"{key:18}{'-' if value is None else shown}")
