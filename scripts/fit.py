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
    from analysis.fits.covariance import Covariance


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
@click.option(
    "--covariance",
    "with_covariance",
    is_flag=True,
    help="Also the covariance and the correlation of all that was fitted.",
)
@json_option
def command(
    given: Given,
    free: tuple[str, ...],
    treatment: str | None,
    toy: int | None,
    by: By | None,
    gof_toys: int | None,
    with_covariance: bool,
    as_json: bool,
) -> None:
    """Best fit of the observed spectra if there are any, else of the Asimov ones."""
    from analysis.fits.fit import fit

    model, spectra = given.data(toy)
    checked_parameters(model, *free)
    result = fit(model, spectra, tuple(dict.fromkeys(free)), treatment)
    tested = None
    if gof_toys is not None:
        from analysis.fits.quality import goodness_of_fit

        tested = goodness_of_fit(model, spectra, gof_toys, treatment=treatment)
    found = None
    if by is not None:
        from analysis.fits.agreement import agreement

        with usage_errors():
            found = agreement(model, spectra, tuple(dict.fromkeys(free)), by, treatment)
    if as_json:
        content: dict[str, Any] = {"experiment": model.name, "data": spectra.kind, "free": free}
        content |= result.content()
        if with_covariance and result.covariance is not None:
            own = result.covariance
            content["covariance"] = {**asdict(own), "correlation": own.correlation}
        if tested is not None:
            content["goodness_of_fit"] = tested.p_value
            content["goodness_toys"] = {"n_toys": tested.n_toys, "n_failed": tested.n_failed}
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
    if result.quality is not None:
        click.echo(f"goodness of fit: {result.quality.words()}")
    for text in result.warnings:
        click.echo(f"warning: {text}")
    if tested is not None:
        click.echo(f"goodness of fit (Standard Model): {tested.words()}")
    rows = [
        (p.name, number(p.value, 6), number(p.error), p.unit)
        for p in (*result.parameters, *result.nuisances)
    ]
    print_table(("parameter", "value", "error", "unit"), rows)
    if with_covariance:
        _print_correlation(result.covariance)
    for note in dict.fromkeys(model.signal_table.parameter(name).remark for name in free):
        if note:
            click.echo(f"note: {note}")
    if found is not None:
        _print_agreement(found)


def _print_correlation(found: Covariance | None) -> None:
    """The lower half of the correlations, numbered."""
    if found is None:
        click.echo("no covariance: -2 ln L has no curvature in some direction")
        return
    click.echo()
    heads = ("correlation", *(str(i + 1) for i in range(len(found.names))))
    rows = []
    for i, (name, row) in enumerate(zip(found.names, found.correlation, strict=True)):
        cells = [number(value, 3) if k <= i else "" for k, value in enumerate(row)]
        rows.append((f"{i + 1} {name}", *cells))
    print_table(heads, rows)


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
