"""nuem significance FILE.h5|EXPERIMENT"""

from __future__ import annotations

from dataclasses import asdict

import click

from scripts.options import finite_number, json_option, load_data, set_option, source_argument
from scripts.output import number, print_json


@click.command("significance")
@source_argument
@click.option("--signal", required=True, type=click.Choice(["cevns", "mu_nu"]))
@click.option(
    "--mu-nu", type=finite_number, default=0.0, help="Magnetic moment of the Asimov data in mu_B."
)
@set_option
@json_option
def command(
    source: str, signal: str, mu_nu: float, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Significance of coherent scattering or of a magnetic moment in the data."""
    from analysis.limits.significance import significance
    from sim.cross_sections.parameters import NeutrinoParameters

    model, spectra = load_data(source, overrides, None)
    if mu_nu:
        if spectra.kind != "asimov" or source.endswith(".h5"):
            raise click.UsageError("--mu-nu goes with an experiment without observed data")
        spectra = model.asimov(NeutrinoParameters(mu_nu=mu_nu))
    found = significance(model, spectra, signal)
    if as_json:
        print_json({"experiment": model.experiment.name, "data": spectra.kind, **asdict(found)})
        return
    click.echo(f"{model.experiment.name}: {spectra.kind} spectra")
    click.echo(f"{signal}: best fit {number(found.best_fit)} {found.unit}, {number(found.z)} sigma")
