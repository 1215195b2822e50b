"""nuem contour SOURCE..."""

from __future__ import annotations

from pathlib import Path

import click

from scripts.options import (
    FIGURE,
    checked_parameters,
    force_option,
    json_option,
    usage_errors,
)
from scripts.output import number, print_json
from scripts.sources import Given, source_options


@click.command("contour")
@source_options
@click.option(
    "--parameters",
    "pair",
    required=True,
    metavar="A,B",
    help="Two parameters of the signal, such as mu_nu,q_nu, those of [[interaction]] too.",
)
@click.option("--points", type=click.IntRange(5, 401), default=41, show_default=True)
@click.option("-o", "--output", type=FIGURE, default=None, help="Figure: .png, .pdf or .svg.")
@force_option
@json_option
def command(
    given: Given,
    pair: str,
    points: int,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Profile likelihood in the plane of two parameters, with its 68 and 90 % contours."""
    from analysis.limits.contour import Contour, contour

    names = tuple(part.strip() for part in pair.split(","))
    if len(names) != 2:
        raise click.UsageError(f"--parameters {pair!r}: two names, A,B, expected")
    model, spectra = given.data()
    checked_parameters(model, *names)
    with usage_errors():
        found = contour(model, spectra, (names[0], names[1]), points)
    if output is not None:
        from analysis.plots.figures import one_panel
        from analysis.plots.limits import plot_contour
        from sim.files import check_free, write_atomically

        check_free(output, force=force)
        file_format = output.suffix.lstrip(".")
        write_atomically(output, one_panel(lambda ax: plot_contour(found, ax=ax), file_format))
    if as_json:
        print_json(
            {
                "experiment": model.name,
                "data": spectra.kind,
                "parameters": found.parameters,
                "units": found.units,
                "x": found.x,
                "y": found.y,
                "rise": found.rise,
                "levels": {"0.68": Contour.level(0.6827), "0.90": Contour.level(0.9)},
                "written": [] if output is None else [str(output)],
            }
        )
        return
    for name, unit, axis, along in zip(
        found.parameters, found.units, (found.x, found.y), (0, 1), strict=True
    ):
        low, high = found.extent(axis, along, Contour.level(0.9))
        click.echo(f"{name}: 90 % region within [{number(low)}, {number(high)}] {unit}")
        if found.goes_on(axis, along, Contour.level(0.9)):
            click.echo(f"{name}: the region goes on beyond what was looked at")
    if output is not None:
        click.echo(f"wrote {output}")
