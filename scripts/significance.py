"""nuem significance SOURCE..."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from scripts.completion import SignalParameterType
from scripts.options import finite_number, json_option, named_value, usage_errors
from scripts.output import number, print_json, print_table
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from analysis.limits.significance import Significance
    from sim.model import Model


@click.command("significance")
@source_options
@click.option(
    "--signal",
    required=True,
    type=SignalParameterType(),
    help="Parameter of the signal.  Tested is the absence of what only adds (mu_nu, cevns), and of "
    "one of either sign (q_nu) the Standard Model.",
)
@click.option(
    "--mu-nu",
    type=finite_number,
    default=0.0,
    help="Magnetic moment of the Asimov data in mu_B: --value mu_nu=X.",
)
@click.option(
    "--value",
    "values",
    multiple=True,
    type=named_value,
    metavar="NAME=VALUE",
    help="A parameter of the Asimov data, in its unit; with --reach the value of the signal whose "
    "exposure is asked for; repeatable.",
)
@click.option(
    "--toys",
    "n_toys",
    type=click.IntRange(100, 100_000_000),
    default=None,
    help="The p-value from this many toys without the signal in place of the asymptotic formula.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of --toys.")
@click.option(
    "--reach",
    is_flag=True,
    help="The smallest signal, and the exposure, for a median of 3 and 5 sigma; without data.",
)
@json_option
def command(
    given: Given,
    signal: str,
    mu_nu: float,
    values: tuple[tuple[str, float], ...],
    n_toys: int | None,
    seed: int,
    reach: bool,
    as_json: bool,
) -> int:
    """Significance of a signal in the data: coherent scattering, a moment, any parameter."""
    from analysis.limits.question import known_parameter
    from analysis.limits.significance import significance
    from sim.cross_sections.parameters import NeutrinoParameters

    if reach and n_toys is not None:
        raise click.UsageError("--toys tests data, which --reach does not use")
    model, spectra = given.data()
    truth = dict(values) | ({"mu_nu": mu_nu} if mu_nu else {})
    with usage_errors():
        for name in (signal, *truth):
            known_parameter(model, name)
    if reach:
        return _reach(model, signal, truth.get(signal), as_json)
    if truth:
        if spectra.kind != "asimov" or given.stored:
            raise click.UsageError(
                "--mu-nu and --value go with an experiment without observed data"
            )
        spectra = model.asimov(NeutrinoParameters.of(truth))
    found = significance(model, spectra, signal, None, n_toys, seed)
    if as_json:
        print_json({"experiment": model.name, "data": spectra.kind, **asdict(found)})
        return exit_code(found)
    click.echo(f"{model.name}: {spectra.kind} spectra")
    click.echo(f"{signal}: best fit {number(found.best_fit)} {found.unit}, {found.words()}")
    for text in found.warnings:
        click.echo(f"warning: {text}")
    return exit_code(found)


def exit_code(found: Significance) -> int:
    """6 where too many toys failed."""
    from scripts.cli import EXIT_OK, EXIT_PARTIAL

    failed = any(text.startswith("toys-failed") for text in found.warnings)
    return EXIT_PARTIAL if failed else EXIT_OK


def _reach(model: Model, signal: str, assumed: float | None, as_json: bool) -> int:
    from analysis.limits.reach import discovery_reach
    from scripts.cli import EXIT_OK

    with usage_errors():
        rows = discovery_reach(model, signal, assumed)
    if as_json:
        print_json({"experiment": model.name, "reach": [asdict(row) for row in rows]})
        return EXIT_OK
    table = [
        (
            f"{row.z:g} sigma",
            number(row.truth),
            number(row.summed_truth),
            row.unit,
            number(row.exposure_factor),
        )
        for row in rows
    ]
    print_table(("median", f"{signal} (Asimov)", "(summed)", "unit", "exposure factor"), table)
    if rows[0].assumed is not None:
        click.echo(f"exposure factors for {signal} = {number(rows[0].assumed)} {rows[0].unit}")
    return EXIT_OK
