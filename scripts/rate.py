"""nuem rate EXPERIMENT"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scripts.interaction_options import interaction_option, interaction_sections
from scripts.options import (
    experiment_argument,
    joined_ranges,
    json_option,
    load,
    number_or_range,
    parameter_options,
    printed_parameters,
    set_option,
    usage_errors,
)
from scripts.output import finite, number, print_json, print_table

if TYPE_CHECKING:
    from sim.cross_sections.parameters import NeutrinoParameters


@click.command("rate")
@experiment_argument
@click.option("--channel", type=click.Choice(["electron", "nucleus"]), required=True)
@click.option(
    "--recoil-kev",
    type=number_or_range,
    multiple=True,
    required=True,
    help="True recoil energy: whole deposit (electron) or nuclear recoil (or LO:HI:N).",
)
@parameter_options
@interaction_option
@set_option
@json_option
def command(
    experiment: str,
    channel: str,
    recoil_kev: tuple[tuple[float, ...], ...],
    point: NeutrinoParameters,
    tables: tuple[dict[str, Any], ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Recoil spectrum per kg, day and keV of true recoil energy, before the response."""
    import numpy as np

    from sim.folding.rates import recoil_rates
    from sim.folding.reactor_flux import full_flux
    from sim.instruments.target import target
    from sim.physics import physics_of

    loaded = load(experiment, overrides)
    config = loaded.config
    sections = (*config.interaction, *interaction_sections(tables))
    with usage_errors():
        physics = physics_of(config.model_copy(update={"interaction": sections}))
        weights = physics.theory.weights(point.given())
    recoils = joined_ranges(recoil_kev)
    if min(recoils) <= 0:
        raise click.UsageError(f"--recoil-kev must be > 0: found {min(recoils):g}")
    templates = recoil_rates(
        channel,
        full_flux(loaded).moments(),
        target(loaded.layout.detectors[0]),
        physics,
        np.array(recoils),
    )
    rates = (weights @ templates).tolist()
    finite(rates, "the rate")
    if as_json:
        content = {
            "experiment": config.name,
            "channel": channel,
            **printed_parameters(point, physics.theory),
            "recoil_kev": recoils,
            "rate_per_kg_day_kev": rates,
        }
        print_json(content)
        return
    rows = [(number(t), number(r, 6)) for t, r in zip(recoils, rates, strict=True)]
    print_table(("recoil_kev", "rate_per_kg_day_kev"), rows)
