"""nuem moment"""

from __future__ import annotations

import math
from typing import Any

import click

from scripts.options import finite_number, joined_ranges, json_option, number_or_range, usage_errors
from scripts.output import number, print_json, print_table


def _element(text: str) -> tuple[str, complex]:
    """``12=1e-11`` or ``12=1e-11+2e-12j``."""
    name, equals, value = text.partition("=")
    try:
        found = complex(value.replace(" ", ""))
    except ValueError:
        found = complex("nan")
    if not equals or not (math.isfinite(found.real) and math.isfinite(found.imag)):
        raise click.BadParameter(f"{text!r}: ELEMENT=NUMBER expected, such as 12=1e-11")
    return name.strip(), found


@click.command("moment")
@click.option(
    "--kind",
    type=click.Choice(["majorana", "dirac"]),
    default="majorana",
    show_default=True,
    help="Kind of the neutrino.",
)
@click.option(
    "--magnetic",
    type=_element,
    multiple=True,
    metavar="ELEMENT=NUMBER",
    help="Element 12, 13, 23 (Dirac also 11, 22, 33) of the magnetic moments in mu_B; repeatable.",
)
@click.option(
    "--electric",
    type=_element,
    multiple=True,
    metavar="ELEMENT=NUMBER",
    help="The same of the electric moments.",
)
@click.option("--baseline-m", type=finite_number, default=0.0, show_default=True, help="Distance.")
@click.option(
    "--energy-mev",
    type=number_or_range,
    multiple=True,
    default=("3",),
    show_default=True,
    help="Neutrino energy (or LO:HI:N).",
)
@click.option(
    "--delta-cp-deg", type=finite_number, default=0.0, show_default=True, help="Phase of U_e3."
)
@click.option("--neutrino", is_flag=True, help="Neutrinos in place of antineutrinos.")
@json_option
def command(
    kind: str,
    magnetic: tuple[tuple[str, complex], ...],
    electric: tuple[tuple[str, complex], ...],
    baseline_m: float,
    energy_mev: tuple[tuple[float, ...], ...],
    delta_cp_deg: float,
    neutrino: bool,
    as_json: bool,
) -> None:
    """Effective magnetic moment at a reactor, of moments in the mass basis."""
    from sim.neutrinos.moment_matrix import MomentMatrix
    from sim.neutrinos.reactor_moment import moment_at_reactor_mu_b

    if not magnetic and not electric:
        raise click.UsageError("--magnetic or --electric is needed, such as --magnetic 12=1e-11")
    energies = joined_ranges(energy_mev)
    with usage_errors():
        matrix = MomentMatrix(kind, dict(magnetic), dict(electric))
        values = [
            moment_at_reactor_mu_b(
                matrix,
                baseline_m,
                energy,
                delta_cp=math.radians(delta_cp_deg),
                antineutrino=not neutrino,
            )
            for energy in energies
        ]
    if as_json:
        print_json(
            {
                "kind": kind,
                "magnetic": _plain(magnetic),
                "electric": _plain(electric),
                "baseline_m": baseline_m,
                "delta_cp_deg": delta_cp_deg,
                "antineutrino": not neutrino,
                "energy_mev": energies,
                "effective_mu_nu": values,
                "units": {"magnetic": "mu_B", "electric": "mu_B", "effective_mu_nu": "mu_B"},
            }
        )
        return
    rows = [(number(energy), number(value)) for energy, value in zip(energies, values, strict=True)]
    print_table(("energy_mev", "effective_mu_nu"), rows)


def _plain(elements: tuple[tuple[str, complex], ...]) -> dict[str, Any]:
    """Real numbers as such, complex ones as [re, im]."""
    return {name: v.real if v.imag == 0 else [v.real, v.imag] for name, v in elements}
