"""nuem fit SOURCE..."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import SignalParameterType
from scripts.options import (
    background_option,
    checked_parameters,
    json_option,
    usage_errors,
)
from scripts.output import number, print_json, print_table
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from analysis.fits.agreement import Agreement, By


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
    "--by",
    type=click.Choice(["detector", "period"]),
    default=None,
    help="Also fits of each detector, or period, with parameters of its own: do they agree?",
)
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
    by: By | None,
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
    found = None
    if by is not None:
        from analysis.fits.agreement import agreement

        with usage_errors():
            found = agreement(model, spectra, tuple(dict.fromkeys(free)), by, treatment)
    if as_json:
        content: dict[str, Any] = {"experiment": model.name, "data": spectra.kind, "free": free}
        content |= asdict(result)
        if p_value is not None:
            content["goodness_of_fit"] = p_value
        if found is not None:
            content["agreement"] = asdict(found)
        print_json(content)
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
    for note in dict.fromkeys(model.signal_table.parameter(name).remark for name in free):
        if note:
            click.echo(f"note: {note}")
    if found is not None:
        _print_agreement(found)


def _print_agreement(found: Agreement) -> None:
    rows = [
        (name, p.name, number(p.value, 6), number(p.error), p.unit)
        for name, own in {**found.parts, "together": found.together}.items()
        for p in own
    ]
    print_table((found.by, "parameter", "value", "error", "unit"), rows)
    for name in found.silent:
        click.echo(f"{found.by} {name} does not depend on them")
    click.echo(
        f"agreement: chi2 = {number(found.chi2)} with {found.n_degrees} degrees of freedom, "
        f"p = {number(found.p_value)}"
    )
