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
    help="Figure (PNG or PDF): pulls, best fits, test statistic beside its asymptotic form.",
)
@force_option
@json_option
def command(study: Path, output: Path | None, force: bool, as_json: bool) -> None:
    """Coverage, bias and pulls of a toy study, finished or not."""
    if output is not None:
        from analysis.figures import study_figure
        from analysis.toy_summary import toy_outcomes
        from sim.files import check_free, write_atomically

        check_free(output, force=force)
        write_atomically(output, study_figure(toy_outcomes(study), output.suffix.lstrip(".")))
    report(study, as_json)


def report(study: Path, as_json: bool) -> None:
    """Print the summary of a study."""
    from analysis.toy_summary import summarise_toys

    summary = asdict(summarise_toys(study))
    if as_json:
        print_json(summary)
        return
    for key, value in summary.items():
        shown = number(value, 6) if isinstance(value, float) else str(value)
        click.echo(f"{key:18}{'-' if value is None else shown}")
