"""nuem flux EXPERIMENT"""

from __future__ import annotations

from typing import Any

import click

from scripts.options import (
    experiment_argument,
    joined_ranges,
    json_option,
    load,
    number_or_range,
    set_option,
)
from scripts.output import number, print_json, print_table


@click.command("flux")
@experiment_argument
@click.option("--energy-mev", type=number_or_range, multiple=True, help="Neutrino energy.")
@set_option
@json_option
def command(
    experiment: str,
    energy_mev: tuple[tuple[float, ...], ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Reactor antineutrino flux at the detector, with its cross-check."""
    import numpy as np

    from sim.folding.reactor_flux import flux_cross_check_cm2_s, full_flux

    loaded = load(experiment, overrides)
    config = loaded.config
    flux = full_flux(loaded)
    energies = joined_ranges(energy_mev)
    if any(energy < 0 for energy in energies):
        raise click.UsageError("--energy-mev must be >= 0")
    density = flux.density_cm2_s_mev(np.array(energies)).tolist() if energies else []
    content: dict[str, Any] = {
        "experiment": config.name,
        "spectrum": config.reactor.spectrum,
        "normalisation": config.reactor.active_normalisation,
        "total_cm2_s": flux.total_cm2_s,
        "cross_check_cm2_s": flux_cross_check_cm2_s(loaded),
        "neutrinos_per_fission": flux.neutrinos_per_fission,
        "ibd_yield_cm2": flux.ibd_yield_cm2,
        "energy_mev": energies,
        "density_cm2_s_mev": density,
    }
    if as_json:
        print_json(content)
        return
    for key in ("spectrum", "normalisation"):
        click.echo(f"{key:24}{content[key]}")
    for key in ("total_cm2_s", "cross_check_cm2_s", "neutrinos_per_fission", "ibd_yield_cm2"):
        click.echo(f"{key:24}{number(content[key])}")
    if energies:
        rows = [(number(e), number(d, 6)) for e, d in zip(energies, density, strict=True)]
        print_table(("energy_mev", "density_cm2_s_mev"), rows)
