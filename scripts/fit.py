"""nuem fit SOURCE..."""

from __future__ import annotations

from dataclasses import asdict

import click

from scripts.completion import SignalParameterType
from scripts.options import (
    background_option,
    checked_parameters,
    json_option,
)
from scripts.output import number, print_json, print_table
from scripts.sources import Given, source_options


@click.command("fit")
@source_options
@click.option(
    "--free",
    multiple=True,
    default=("mu_nu",),
    type=SignalParameterType(),
    show_default=True,
    help="Free parameter; repeat for several.",
)
@background_option
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Fit this toy of FILE.h5.")
@click.option(
    "--gof",
    "gof_toys",
    type=click.IntRange(10, 1_000_000),
    default=None,
    help="Goodness of fit from this many toys (at the Standard Model fit).",
)
@json_option
def command(
    given: Given,
    free: tuple[str, ...],
    treatment: str | None,
    toy: int | None,
    gof_toys: int | None,
    as_json: bool,
) -> None:
    """Best fit of the observed spectra if there are any, else of the Asimov ones."""
    from analysis.fits.fit import fit

    model, spectra = given.data(toy)
    checked_parameters(model, *free)
    result = fit(model, spectra, tuple(dict.fromkeys(free)), treatment)
    p_value = None
    if gof_toys is not None:
        from analysis.fits.goodness import goodness_of_fit

        p_value = goodness_of_fit(model, spectra, gof_toys, treatment=treatment)
    if as_json:
        content = {"experiment": model.name, "data": spectra.kind, "free": free}
        content |= asdict(result)
        print_json(content if p_value is None else {**content, "goodness_of_fit": p_value})
        return
    click.echo(f"{model.name}: {spectra.kind} spectra, {result.treatment}")
    bound = ", mu_nu at its bound of 0" if result.at_bound else ""
    click.echo(
        f"status {result.status}{bound}; -2 ln L = {result.minus_two_log_likelihood:.4f} with "
        f"{result.n_bins} bins and {result.n_free} free parameters"
    )
    if p_value is not None:
        click.echo(f"goodness of fit (Standard Model, {gof_toys} toys): {number(p_value)}")
    rows = [
        (p.name, number(p.value, 6), number(p.error), p.unit)
        for p in (*result.parameters, *result.nuisances)
    ]
    print_table(("parameter", "value", "error", "unit"), rows)
