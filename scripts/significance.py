"""nuem significance SOURCE..."""

from __future__ import annotations

from dataclasses import asdict

import click

from scripts.options import finite_number, json_option
from scripts.output import number, print_json
from scripts.sources import Given, source_options


@click.command("significance")
@source_options
@click.option("--signal", required=True, type=click.Choice(["cevns", "mu_nu"]))
@click.option(
    "--mu-nu", type=finite_number, default=0.0, help="Magnetic moment of the Asimov data in mu_B."
)
@json_option
def command(given: Given, signal: str, mu_nu: float, as_json: bool) -> None:
    """Significance of coherent scattering or of a magnetic moment in the data."""
    from analysis.limits.significance import significance
    from sim.cross_sections.parameters import NeutrinoParameters

    model, spectra = given.data()
    if mu_nu:
        if spectra.kind != "asimov" or given.stored:
            raise click.UsageError("--mu-nu goes with an experiment without observed data")
        spectra = model.asimov(NeutrinoParameters(mu_nu=mu_nu))
    found = significance(model, spectra, signal)
    if as_json:
        print_json({"experiment": model.name, "data": spectra.kind, **asdict(found)})
        return
    click.echo(f"{model.name}: {spectra.kind} spectra")
    click.echo(f"{signal}: best fit {number(found.best_fit)} {found.unit}, {number(found.z)} sigma")
