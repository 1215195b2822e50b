"""The text of an ionization table: written whole, believed only after it was checked."""

from __future__ import annotations

import csv
import io
from itertools import groupby

import numpy as np

from detectors.matter.atoms import Atom
from detectors.tables import FloatArray
from sim.cross_sections.atomic.constants import INTEGRALS
from sim.cross_sections.atomic.ionization_table import IonizationTable, SubshellTable

METHOD = "nuem orbitals, method 1"
"""Opens every table; the number rises when the method gives other values."""

_COLUMNS = ("subshell", "binding_ev", "excess", *INTEGRALS)


def table_text(table: IonizationTable) -> str:
    """The table as CSV: one row for each subshell and energy transfer T = binding (1 + excess)."""
    stream = io.StringIO()
    stream.write(f"# {METHOD}: {table.atom.symbol}, Dirac-Hartree-Fock-Slater; per electron\n")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, subshell in table.subshells.items():
        for excess, values in zip(subshell.excess, subshell.values, strict=True):
            binding = f"{1e3 * subshell.binding_kev:.10g}"
            writer.writerow([name, binding, *(f"{v:.6g}" for v in (excess, *values))])
    return stream.getvalue()


def table_from_text(text: str, atom: Atom) -> IonizationTable:
    """The table of an atom.

    Raises
    ------
    ValueError
        for a table of another method, element or binding energies, or one that is damaged.
    """
    start = f"# {METHOD}: {atom.symbol},"
    header, _, body = text.partition("\n")
    if not header.startswith(start):
        raise ValueError(f"ionization table: {start!r} expected, found {header[:60]!r}")
    rows = list(csv.reader(io.StringIO(body)))
    if not rows or tuple(rows[0]) != _COLUMNS or any(len(r) != len(_COLUMNS) for r in rows):
        raise ValueError(
            f"ionization table of {atom.symbol}: columns {', '.join(_COLUMNS)} expected"
        )
    bindings = dict(zip(atom.shells, atom.binding_kev, strict=True))
    found: dict[str, SubshellTable] = {}
    for name, group in groupby(rows[1:], key=lambda row: row[0]):
        numbers = _numbers([row[1:] for row in group], f"ionization table of {atom.symbol}, {name}")
        if name not in bindings or name in found:
            raise ValueError(f"ionization table of {atom.symbol}: subshell {name!r} out of place")
        if not np.allclose(numbers[:, 0], 1e3 * bindings[name], rtol=1e-9, atol=0):
            raise ValueError(
                f"ionization table of {atom.symbol}: {name} is bound by {1e3 * bindings[name]:g} "
                f"eV, the table says {numbers[0, 0]:g}"
            )
        found[name] = SubshellTable(
            name, float(bindings[name]), numbers[:, 1].copy(), numbers[:, 2:].copy()
        )
    return IonizationTable(atom, found)


def _numbers(rows: list[list[str]], what: str) -> FloatArray:
    try:
        numbers = np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    if not np.all(np.isfinite(numbers)) or not np.all(numbers > 0):
        raise ValueError(f"{what}: numbers above 0 expected")
    if numbers.shape[0] < 4 or not np.all(np.diff(numbers[:, 1]) > 0):
        raise ValueError(f"{what}: at least four energies expected, increasing")
    return numbers
