"""nuem kinematics {electron,nucleus}"""

from __future__ import annotations

import math
from typing import Any

import click

from scripts.options import joined_ranges, json_option, number_or_range, usage_errors
from scripts.output import number, print_json, print_table

_COLUMNS = ("energy_mev", "recoil_kev", "max_recoil_kev", "min_energy_mev", "recoil_angle_deg")


@click.command("kinematics")
@click.argument("target", type=click.Choice(["electron", "nucleus"]))
@click.option(
    "--energy-mev", type=number_or_range, multiple=True, help="Neutrino energy (or LO:HI:N)."
)
@click.option(
    "--recoil-kev", type=number_or_range, multiple=True, help="Recoil energy (or LO:HI:N)."
)
@click.option("--isotope", default="Ge-74", show_default=True, help="Target nucleus.")
@json_option
def command(
    target: str,
    energy_mev: tuple[tuple[float, ...], ...],
    recoil_kev: tuple[tuple[float, ...], ...],
    isotope: str,
    as_json: bool,
) -> None:
    """End point, least neutrino energy and recoil angle of elastic scattering.

    Of an energy the largest recoil, of a recoil the least energy, of both also the angle between
    the neutrino and the recoil, unless the recoil exceeds the largest one.
    """
    from detectors.matter.nuclei import isotope as find_isotope
    from sim.cross_sections.constants import ELECTRON_MASS_MEV

    energies, recoils = joined_ranges(energy_mev), joined_ranges(recoil_kev)
    if not energies and not recoils:
        raise click.UsageError("--energy-mev, --recoil-kev or both must be given")
    with usage_errors():
        mass = ELECTRON_MASS_MEV if target == "electron" else find_isotope(isotope).mass_mev
        pairs: list[tuple[float | None, float | None]]
        pairs = [(e, t) for e in energies or (None,) for t in recoils or (None,)]
        rows = [_row(energy, recoil, mass) for energy, recoil in pairs]
    if as_json:
        print_json(
            {
                "target": target,
                "isotope": isotope if target == "nucleus" else None,
                "mass_mev": mass,
                **{name: [row[name] for row in rows] for name in _COLUMNS},
            }
        )
        return
    shown = [name for name in _COLUMNS if any(row[name] is not None for row in rows)]
    print_table(
        shown, [["none" if row[n] is None else number(row[n]) for n in shown] for row in rows]
    )


def _row(energy: float | None, recoil: float | None, mass: float) -> dict[str, Any]:
    import numpy as np

    from sim.cross_sections.kinematics import (
        check_positive,
        max_recoil_mev,
        min_neutrino_energy_mev,
        recoil_angle_rad,
    )

    row: dict[str, Any] = dict.fromkeys(_COLUMNS)
    row |= {"energy_mev": energy, "recoil_kev": recoil}
    if energy is not None:
        check_positive(energy_mev=energy)
        row["max_recoil_kev"] = max_recoil_mev(energy, mass) * 1e3
    if recoil is not None:
        check_positive(recoil_kev=recoil)
        row["min_energy_mev"] = float(min_neutrino_energy_mev(np.array([recoil / 1e3]), mass)[0])
    if energy is not None and recoil is not None and recoil <= row["max_recoil_kev"]:
        row["recoil_angle_deg"] = math.degrees(recoil_angle_rad(energy, recoil / 1e3, mass))
    return row
