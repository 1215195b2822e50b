"""nuem contour SOURCE..."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import SignalParameterType
from scripts.options import (
    FIGURE,
    background_option,
    checked_parameters,
    finite_number,
    force_option,
    json_option,
    usage_errors,
)
from scripts.output import number, print_json
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from analysis.limits.contours.contour import Contour


@click.command("contour")
@source_options
@click.option(
    "--parameters",
    "pair",
    required=True,
    metavar="A,B",
    help="Two parameters of the signal, such as mu_nu,q_nu, those of [[interaction]] too.",
)
@click.option(
    "--cl",
    "levels",
    multiple=True,
    type=finite_number,
    default=(0.6827, 0.90),
    show_default=True,
    help="Confidence level of a region; repeat for several.",
)
@click.option(
    "--free",
    multiple=True,
    type=SignalParameterType(),
    help="Another parameter that is fitted at every point; repeat for several.",
)
@click.option(
    "--method",
    type=click.Choice(["delta-chi2", "feldman-cousins"]),
    default="delta-chi2",
    show_default=True,
    help="-2 ln L above the best fit, or toys made at every point.",
)
@click.option(
    "--points",
    type=click.IntRange(5, 401),
    default=None,
    help="Points of a side of the grid: 41, and more where needed; 21 with feldman-cousins.",
)
@click.option(
    "--toys",
    "n_toys",
    type=click.IntRange(min=1000),
    default=None,
    help="With feldman-cousins the most that one point may take; 20000 by default.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of --toys.")
@background_option
@click.option("-o", "--output", type=FIGURE, default=None, help="Figure: .png, .pdf or .svg.")
@force_option
@json_option
def command(
    given: Given,
    pair: str,
    levels: tuple[float, ...],
    free: tuple[str, ...],
    method: str,
    points: int | None,
    n_toys: int | None,
    seed: int,
    treatment: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Regions of two parameters, all nuisances fitted at every point, at confidence levels."""
    from analysis.limits.contours.contour import contour
    from analysis.limits.contours.plane import plane_of
    from analysis.limits.question import checked_cl
    from analysis.statistics.tested import ToyBudget

    names = tuple(part.strip() for part in pair.split(","))
    if len(names) != 2:
        raise click.UsageError(f"--parameters {pair!r}: two names, A,B, expected")
    if n_toys is not None and method != "feldman-cousins":
        raise click.UsageError("--toys goes with --method feldman-cousins")
    model, spectra = given.data()
    checked_parameters(model, *names, *free)
    with usage_errors():
        plane_of(model, (names[0], names[1]), free)
        for cl in levels:
            checked_cl(cl)
    budget = ToyBudget(n_toys or 20_000, seed)
    found = contour(
        model, spectra, (names[0], names[1]), points, treatment, levels, free, method, budget
    )
    if output is not None:
        _draw(found, output, force=force)
    written = [] if output is None else [str(output)]
    if as_json:
        head = {"experiment": model.name, "data": spectra.kind}
        print_json({**head, **_content(found), "written": written})
    else:
        _print(found)
        for path in written:
            click.echo(f"wrote {path}")
    return exit_code(found)


def exit_code(found: Contour) -> int:
    """6 where too many toys failed."""
    from scripts.cli import EXIT_OK, EXIT_PARTIAL

    failed = any(text.startswith("toys-failed") for text in found.warnings)
    return EXIT_PARTIAL if failed else EXIT_OK


def _draw(found: Contour, output: Path, *, force: bool) -> None:
    from analysis.plots.figures import one_panel
    from analysis.plots.limits import plot_contour
    from sim.files import check_free, write_atomically

    check_free(output, force=force)
    file_format = output.suffix.lstrip(".")
    write_atomically(output, one_panel(lambda ax: plot_contour(found, ax=ax), file_format))


def _content(found: Contour) -> dict[str, Any]:
    regions = [
        {
            "cl": region.cl,
            "rise": region.rise,
            "lines": [{"x": line[0], "y": line[1]} for line in region.lines],
            "range": {"x": region.x_range, "y": region.y_range},
            "open": region.is_open,
        }
        for region in found.regions
    ]
    return {
        "parameters": found.parameters,
        "units": found.units,
        "free": found.free,
        "method": found.method,
        "x": found.x,
        "y": found.y,
        "rise": found.rise,
        "share": found.share,
        "levels": {f"{region.cl:.12g}": region.rise for region in found.regions},
        "regions": regions,
        "minima": [asdict(one) for one in found.minima],
        "toys": {"n_toys": found.n_toys, "n_failed": found.n_failed, "seed": found.seed},
        "warnings": found.warnings,
    }


def _print(found: Contour) -> None:
    best = found.minima[0]
    (first, second), (x_unit, y_unit) = found.parameters, found.units
    click.echo(
        f"best fit: {first} = {number(best.x)} {x_unit}, {second} = {number(best.y)} {y_unit}"
    )
    for region in found.regions:
        for name, unit, (low, high) in zip(
            found.parameters, found.units, (region.x_range, region.y_range), strict=True
        ):
            level = f"{100 * region.cl:.12g} % region"
            click.echo(f"{name}: {level} within [{number(low)}, {number(high)}] {unit}")
    for name, is_open in zip(found.parameters, found.regions[-1].is_open, strict=True):
        if is_open:
            click.echo(f"{name}: the region goes on beyond what was looked at")
    if found.n_toys:
        click.echo(f"{found.n_toys} toys of seed {found.seed}, {found.n_failed} failed")
    for text in found.warnings:
        click.echo(f"warning: {text}")
