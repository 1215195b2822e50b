"""nuem limit FILE.h5|EXPERIMENT"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from scripts.options import finite_number, json_option, load_data, set_option
from scripts.output import number, print_json

if TYPE_CHECKING:
    from analysis.limits import Limit


@click.command("limit")
@click.argument("source", metavar="FILE.h5|EXPERIMENT")
@click.option(
    "--parameter", required=True, type=click.Choice(["mu_nu", "q_nu", "r2_nu"]), help="Parameter."
)
@click.option("--cl", type=finite_number, default=0.90, show_default=True, help="Confidence level.")
@click.option(
    "--method",
    type=click.Choice(["qtilde", "delta-chi2"]),
    default=None,
    help="Construction: qtilde (default for mu_nu), delta-chi2 (default for q_nu and r2_nu).",
)
@click.option(
    "--background",
    "treatment",
    type=click.Choice(["off-joint", "off-fixed"]),
    default=None,
    help="Treatment of the background in place of the configured one.",
)
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Use this toy of FILE.h5.")
@set_option
@json_option
def command(
    source: str,
    parameter: str,
    cl: float,
    method: str | None,
    treatment: str | None,
    toy: int | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Limit from the observed spectra if there are any, else from the Asimov ones."""
    from analysis.limits import METHODS, limit
    from scripts.cli import EXIT_FIT, EXIT_OK

    if not 0.5 < cl < 1:
        raise click.UsageError(f"--cl must lie between 0.5 and 1: found {cl:g}")
    if method is not None and method not in METHODS[parameter]:
        allowed = ", ".join(METHODS[parameter])
        raise click.UsageError(f"--method {method} is not for {parameter}; allowed: {allowed}")
    model, spectra = load_data(source, overrides, toy)
    found = limit(model, spectra, parameter, cl, method, treatment)
    if as_json:
        print_json(
            {
                "experiment": model.experiment.name,
                "data": spectra.kind,
                **asdict(found),
                "disjoint": found.disjoint,
            }
        )
    elif found.found:
        _print(model.experiment.name, spectra.kind, found)
    else:
        click.echo(f"nuem: no limit on {parameter}: {found.status}: {found.reason}", err=True)
    return EXIT_OK if found.found else EXIT_FIT


def _print(name: str, kind: str, found: Limit) -> None:
    click.echo(f"{name}: {kind} spectra, background {found.treatment}, method {found.method}")
    ranges = " or ".join(f"[{number(low)}, {number(high)}]" for low, high in found.intervals)
    click.echo(f"{found.parameter} in {ranges} {found.unit} at {100 * found.cl:g} % CL")
    click.echo(f"best fit {number(found.best_fit)}, status {found.status}")
