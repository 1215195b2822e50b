"""nuem explore EXPERIMENT"""

from __future__ import annotations

from pathlib import Path

import click

from scripts.options import (
    OutputFile,
    experiment_argument,
    finite_number,
    force_option,
    json_option,
    load,
    set_option,
)
from scripts.output import print_written


@click.command("explore")
@experiment_argument
@click.option(
    "-o",
    "--output",
    type=OutputFile(".html"),
    default=None,
    help="Page to write, .html; by default explore-NAME.html.",
)
@click.option(
    "--threshold-kev",
    "thresholds",
    default=None,
    metavar="A,B,...",
    help="Thresholds beside the experiment's own; by default 0.6 to 3 times it.",
)
@set_option
@force_option
@json_option
def command(
    experiment: str,
    output: Path | None,
    thresholds: str | None,
    overrides: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """One HTML page with sliders: spectrum, limits and map at once, offline.

    Sliders for every parameter of the signal, exposure, backgrounds, threshold and confidence
    level; the browser computes the numbers that the commands print.
    """
    from analysis.explorer.page import explorer_page
    from sim.files import check_free, write_atomically

    values = None
    if thresholds is not None:
        values = [finite_number(part) for part in thresholds.split(",")]
    loaded = load(experiment, overrides)
    page = output or Path(f"explore-{loaded.name}.html")
    check_free(page, force=force)
    text = explorer_page(loaded, values, experiment, overrides)
    write_atomically(page, text.encode())
    print_written([page], as_json, experiment=loaded.name)
