"""nuem impacts SOURCE..."""

from __future__ import annotations

from dataclasses import asdict

import click

from scripts.options import (
    checked_parameters,
    json_option,
    parameter_option,
)
from scripts.output import number, print_json, print_table
from scripts.sources import Given, source_options


@click.command("impacts")
@source_options
@parameter_option
@json_option
def command(given: Given, parameter: str, as_json: bool) -> None:
    """Shift of the fitted parameter for one standard error of each nuisance, strongest first."""
    from analysis.fits.impacts import impacts

    model, spectra = given.data()
    checked_parameters(model, parameter)
    found = impacts(model, spectra, parameter)
    if as_json:
        rows = [asdict(impact) for impact in found]
        error = f"standard error of {parameter}"
        print_json(
            {
                "experiment": model.name,
                "parameter": parameter,
                "units": {"shift_up": error, "shift_down": error},
                "impacts": rows,
            }
        )
        return
    table = [
        (
            i.nuisance,
            number(i.value),
            number(i.error),
            number(i.pull),
            number(i.shift_up, 3),
            number(i.shift_down, 3),
        )
        for i in found
    ]
    print_table(("nuisance", "value", "error", "pull", "shift +1", "shift -1"), table)
    click.echo(f"shifts in standard errors of {parameter}")
