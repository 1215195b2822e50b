"""nuem prospects [EXPERIMENT]"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import ExperimentType
from scripts.options import (
    FIGURE,
    cl_option,
    finite_number,
    force_option,
    json_option,
    load,
    set_option,
)
from scripts.output import number, print_json, print_table

if TYPE_CHECKING:
    from analysis.published.prospects import ProspectCurve, Prospects


@click.command("prospects")
@click.argument("experiment", default="germanium-prospect", type=ExperimentType())
@click.option(
    "--parameter",
    default="mu_nu",
    show_default=True,
    type=click.Choice(["mu_nu", "q_nu", "r2_nu", "cevns"]),
    help="Parameter.",
)
@cl_option
@click.option(
    "--background-factors",
    default="0.1,1,10",
    show_default=True,
    metavar="A,B,...",
    help="Factors on the rates of all backgrounds, a curve each.",
)
@click.option("-o", "--output", type=FIGURE, default=None, help="Figure: .png, .pdf or .svg.")
@set_option
@force_option
@json_option
def command(
    experiment: str,
    parameter: str,
    cl: float,
    background_factors: str,
    output: Path | None,
    overrides: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Expected limits against threshold and time, for several backgrounds: a proposal's figure."""
    from analysis.published.prospects import prospects
    from sim.files import check_free

    factors = [finite_number(part) for part in background_factors.split(",")]
    if min(factors) <= 0:
        raise click.UsageError(f"--background-factors must be above 0: found {min(factors):g}")
    if output is not None:
        check_free(output, force=force)
    found = prospects(load(experiment, overrides), parameter, cl, factors)
    if output is not None:
        _draw(found, output)
    if as_json:
        written = [] if output is None else [str(output)]
        print_json({**_content(found), "written": written})
        return
    click.echo(f"{found.experiment.name}: expected {100 * cl:g} % CL limits on {parameter}")
    for title, curves in (
        ("threshold [keV]", found.by_threshold),
        ("days with the reactor on", found.by_time),
    ):
        header = [f"background x {curve.background_factor:g}" for curve in curves]
        rows = [
            (number(value), *(number(curve.limits[i], 3) for curve in curves))
            for i, value in enumerate(curves[0].values)
        ]
        click.echo("")
        print_table((title, *header), rows)
    click.echo(f"\nlimits in {found.unit}")
    if output is not None:
        click.echo(f"wrote {output}")


def _content(found: Prospects) -> dict[str, Any]:
    from sim.syntax.units import unit_of

    def symbol(key: str) -> str | None:
        unit = unit_of(key)
        return None if unit is None else unit.symbol

    def plain(curves: tuple[ProspectCurve, ...]) -> list[dict[str, Any]]:
        return [
            {
                "key": curve.key,
                "units": {"values": symbol(curve.key), "limits": found.unit},
                "background_factor": curve.background_factor,
                "values": curve.values,
                "limits": curve.limits,
            }
            for curve in curves
        ]

    return {
        "experiment": found.experiment.name,
        "parameter": found.parameter,
        "unit": found.unit,
        "cl": found.cl,
        "by_threshold": plain(found.by_threshold),
        "by_time": plain(found.by_time),
    }


def _draw(found: Prospects, output: Path) -> None:
    from analysis.plots.figures import two_panels
    from analysis.plots.prospects import plot_prospects
    from analysis.published.values import published_values
    from sim.files import write_atomically

    shown = {"gemma-2012", "conus-2022", "texono-2014", "XENONnT", "red giants"}
    values = [v for v in published_values() if v.parameter == found.parameter and v.name in shown]
    best = {v.name: v for v in sorted(values, key=lambda v: -v.value)}
    image = two_panels(
        lambda ax: plot_prospects(found.by_threshold, found.parameter, [*best.values()], ax=ax),
        lambda ax: plot_prospects(found.by_time, found.parameter, [*best.values()], ax=ax),
        output.suffix.lstrip("."),
        title=found.experiment.config.description or found.experiment.name,
    )
    write_atomically(output, image)
