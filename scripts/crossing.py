"""nuem crossing {electron,nucleus}"""

from __future__ import annotations

import click

from scripts.options import (
    coupling_options,
    joined_ranges,
    json_option,
    number_or_range,
    usage_errors,
)
from scripts.output import number, print_json, print_table


@click.command("crossing")
@click.argument("target", type=click.Choice(["electron", "nucleus"]))
@click.option(
    "--mu-nu",
    type=number_or_range,
    multiple=True,
    default=("1e-11",),
    show_default=True,
    help="Magnetic moment in mu_B (or LO:HI:N).",
)
@click.option("--isotope", default="Ge-74", show_default=True, help="Target nucleus.")
@coupling_options
@json_option
def command(
    target: str,
    mu_nu: tuple[tuple[float, ...], ...],
    isotope: str,
    scheme: str,
    flavour: str,
    as_json: bool,
) -> None:
    """Recoil energy below which a magnetic moment outweighs the weak interaction.

    For neutrinos of energies much above the recoil; it goes with the square of the moment.
    """
    from detectors.matter.nuclei import isotope as find_isotope
    from sim.cross_sections.couplings import couplings
    from sim.cross_sections.crossings import electron_crossing_kev, nucleus_crossing_kev

    moments = joined_ranges(mu_nu)
    coupled = couplings(scheme, flavour=flavour)
    with usage_errors():
        if min(moments) < 0:
            raise ValueError(f"--mu-nu must be >= 0: found {min(moments):g}")
        if target == "electron":
            values = [electron_crossing_kev(mu, coupled) for mu in moments]
        else:
            nucleus = find_isotope(isotope)
            known = (nucleus.z, nucleus.n, nucleus.mass_mev, coupled)
            values = [nucleus_crossing_kev(mu, *known) for mu in moments]
    if as_json:
        print_json(
            {
                "target": target,
                "isotope": isotope if target == "nucleus" else None,
                "couplings": scheme,
                "flavour": flavour,
                "mu_nu": moments,
                "units": {"mu_nu": "mu_B"},
                "crossing_kev": values,
            }
        )
        return
    rows = [(number(mu), number(value)) for mu, value in zip(moments, values, strict=True)]
    print_table(("mu_nu", "crossing_kev"), rows)
