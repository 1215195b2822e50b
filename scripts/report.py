"""nuem report SOURCE..."""

from __future__ import annotations

from pathlib import Path

import click

from scripts.options import (
    cl_option,
    force_option,
    json_option,
)
from scripts.output import print_written
from scripts.sources import Given, source_options


@click.command("report")
@source_options
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Page to write, .html."
)
@cl_option
@click.option(
    "--study",
    "studies",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Folder of a study to show, or the file it was merged into; repeat for several.",
)
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Report this toy of FILE.h5.")
@force_option
@json_option
def command(
    given: Given,
    output: Path,
    cl: float,
    studies: tuple[Path, ...],
    toy: int | None,
    force: bool,
    as_json: bool,
) -> int:
    """One HTML page: assumptions, flux, spectra, fit, pulls and limits, with figures.

    The page is one file that works offline, on a phone, in print, light and dark.
    """
    from analysis.reports.content import report
    from analysis.reports.page import check_packages, report_page
    from scripts.cli import EXIT_OK, EXIT_PARTIAL
    from sim.files import check_free, write_atomically

    if output.suffix != ".html":
        raise click.UsageError(f"-o {output}: the name must end in .html")
    check_free(output, force=force)
    check_packages()
    model, spectra = given.data(toy)
    content = report(model, spectra, cl, studies)
    write_atomically(output, report_page(content).encode())
    for problem in content.problems:
        click.echo(f"nuem: {problem}", err=True)
    print_written(
        [output],
        as_json,
        experiment=model.name,
        data=spectra.kind,
        problems=content.problems,
    )
    return EXIT_PARTIAL if content.problems else EXIT_OK
