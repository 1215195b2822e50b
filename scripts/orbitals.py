"""nuem orbitals ELEMENT"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.options import (
    OutputFile,
    force_option,
    joined_ranges,
    json_option,
    number_or_range,
    usage_errors,
)
from scripts.output import number, print_table, print_written

if TYPE_CHECKING:
    from detectors.matter.atoms import Atom
    from sim.cross_sections.atomic.ionization_table import IonizationTable

_RECOILS_KEV = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


@click.command("orbitals")
@click.argument("element")
@click.option(
    "--recoil-kev",
    type=number_or_range,
    multiple=True,
    help="Energy transfers to show, or LO:HI:N of them.",
)
@click.option("--errors", is_flag=True, help="Also the error of the model: three more tables.")
@click.option("--known", is_flag=True, help="Show the shipped or kept table, compute none.")
@click.option("--quiet", is_flag=True, help="No progress on standard error.")
@click.option("-o", "--output", type=OutputFile(".csv"), default=None, help="Table: .csv.")
@force_option
@json_option
def command(
    element: str,
    recoil_kev: tuple[tuple[float, ...], ...],
    errors: bool,
    known: bool,
    quiet: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Ionization table of ELEMENT from self-consistent orbitals, computed anew.

    Takes a quarter of a minute for germanium.  Shows the subshells, and how many electrons the
    weak, the magnetic and the charge integral amount to, over those that stepping counts.  The
    table of an element that is not shipped is kept for ionization = "orbital"; that of a shipped
    one is compared with it.
    """
    import numpy as np

    from detectors.matter.atoms import atom
    from sim.cross_sections.atomic.known_tables import existing_table, shipped_text
    from sim.cross_sections.atomic.table_files import table_from_text, table_text
    from sim.files import check_free, write_atomically

    if output is not None:
        check_free(output, force=force)
    recoils = np.array(joined_ranges(recoil_kev) or _RECOILS_KEV)
    with usage_errors():
        shells = atom(element)
        if np.any(recoils <= 0):
            raise ValueError("--recoil-kev must be > 0")
        table = existing_table(element) if known else _computed(shells, quiet or as_json)
        if table is None:
            raise ValueError(f"no table of {element} is kept: leave out --known to compute it")
    shipped = None if known else shipped_text(element)
    difference = None if shipped is None else _difference(table, table_from_text(shipped, shells))
    written = []
    if output is not None:
        write_atomically(output, table_text(table).encode())
        written = [output]
    content = _content(table, recoils.tolist()) | {"difference_to_shipped": difference}
    if errors:
        content["relative_errors"] = _errors(table)
    if not as_json:
        _print_content(content)
    if written or as_json:
        print_written(written, as_json, **content)


def _computed(atom: Atom, quiet: bool) -> IonizationTable:
    from scripts.progress import progress_of
    from sim.cross_sections.atomic.known_tables import computed_table

    with progress_of(len(atom.shells), "subshells", quiet=quiet) as progress:
        return computed_table(atom.symbol, progress)


def _difference(table: IonizationTable, other: IonizationTable) -> float:
    """Largest relative difference of the electrons in any integral, from the lowest edge on."""
    import numpy as np

    recoils = np.geomspace(1.01 * float(table.atom.binding_kev.min()), 100, 1000)
    found = table.effective_electrons(recoils) / other.effective_electrons(recoils)
    return float(np.max(np.abs(found - 1)))


def _errors(table: IonizationTable) -> dict[str, list[float]]:
    from sim.cross_sections.atomic.constants import INTEGRALS
    from sim.cross_sections.atomic.model_error import ENERGIES_KEV, model_spread

    spread = model_spread(table.atom, table).tolist()
    return {"recoil_kev": list(ENERGIES_KEV)} | dict(zip(INTEGRALS, spread, strict=True))


def _content(table: IonizationTable, recoils: list[float]) -> dict[str, Any]:
    import numpy as np

    from sim.cross_sections.atomic.constants import INTEGRALS

    counted = table.atom.active_electrons(np.array(recoils))
    electrons = table.effective_electrons(np.array(recoils))
    shells = zip(table.atom.shells, table.atom.occupancy, table.atom.binding_kev, strict=True)
    return {
        "element": table.atom.symbol,
        "subshells": [
            {
                "name": name,
                "electrons": float(occupancy),
                "binding_kev": float(binding),
                "n_energies": table.subshells[name].excess.size if name in table.subshells else 0,
            }
            for name, occupancy, binding in shells
        ],
        "recoil_kev": recoils,
        "electrons": {
            "stepping": counted.tolist(),
            **dict(zip(INTEGRALS, electrons.tolist(), strict=True)),
        },
    }


def _print_content(content: dict[str, Any]) -> None:
    print_table(
        ("subshell", "electrons", "binding keV", "energies"),
        [
            (
                row["name"],
                number(row["electrons"]),
                number(row["binding_kev"], 6),
                str(row["n_energies"]),
            )
            for row in content["subshells"]
        ],
    )
    click.echo("")
    electrons = content["electrons"]
    columns = zip(content["recoil_kev"], *electrons.values(), strict=True)
    print_table(
        ("recoil keV", "stepping", *(f"{name} / stepping" for name in list(electrons)[1:])),
        [
            (number(recoil), number(counted), *(_ratio(value, counted) for value in values))
            for recoil, counted, *values in columns
        ],
    )
    if "relative_errors" in content:
        found = content["relative_errors"]
        rows = [[number(x, 3) for x in row] for row in zip(*found.values(), strict=True)]
        click.echo("\nrelative errors")
        print_table(("recoil keV", *list(found)[1:]), rows)
    if content["difference_to_shipped"] is not None:
        click.echo(f"\nas shipped to {content['difference_to_shipped']:.1e}")


def _ratio(value: float, counted: float) -> str:
    return f"{value / counted:.3f}" if counted else "-"
