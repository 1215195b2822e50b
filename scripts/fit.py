"""nuem fit FILE.h5|EXPERIMENT"""

from __future__ import annotations

from dataclasses import asdict

import click

from scripts.options import json_option, load_data, set_option
from scripts.output import number, print_json, print_table

PARAMETERS = ("mu_nu", "q_nu", "r2_nu")


@click.command("fit")
@click.argument("source", metavar="FILE.h5|EXPERIMENT")
@click.option(
    "--free",
    multiple=True,
    default=("mu_nu",),
    type=click.Choice(PARAMETERS),
    show_default=True,
    help="Free parameter; repeat for several.",
)
@click.option(
    "--background",
    "treatment",
    type=click.Choice(["off-joint", "off-fixed"]),
    default=None,
    help="Treatment of the background in place of the configured one.",
)
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Fit this toy of FILE.h5.")
@set_option
@json_option
def command(
    source: str,
    free: tuple[str, ...],
    treatment: str | None,
    toy: int | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Best fit of the observed spectra if there are any, else of the Asimov ones."""
    from analysis.fit import fit

    model, spectra = load_data(source, overrides, toy)
    result = fit(model, spectra, tuple(dict.fromkeys(free)), treatment)
    if as_json:
        print_json(
            {
                "experiment": model.experiment.name,
                "data": spectra.kind,
                "free": free,
                **asdict(result),
            }
        )
        return
    click.echo(f"{model.experiment.name}: {spectra.kind} spectra, {result.treatment}")
    bound = ", mu_nu at its bound of 0" if result.at_bound else ""
    click.echo(
        f"status {result.status}{bound}; -2 ln L = {result.minus_two_log_likelihood:.4f} with "
        f"{result.n_bins} bins and {result.n_free} free parameters"
    )
    rows = [
        (p.name, number(p.value, 6), number(p.error), p.unit)
        for p in (*result.parameters, *result.nuisances)
    ]
    print_table(("parameter", "value", "error", "unit"), rows)
