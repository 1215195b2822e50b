"""Signal templates given as a table, in place of folding flux, cross sections and response."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fluxes.tables import parse_table
from sim.cross_sections.parameters import FloatArray
from sim.syntax.headers import TableHeaders

COLUMNS = ("sm", "mu2", "q", "q2", "r", "r2", "qr")
"""Columns of the table for the monomials, in their order; those left out are 0."""
_NEVER_NEGATIVE = ("sm", "mu2", "q2", "r2")
_BINS = ("low_kev", "high_kev")
_ERROR = "error"


def template_rates(texts: Mapping[str, str], file: str, edges_kev: FloatArray) -> FloatArray:
    """Counts per kg and day of each monomial in each bin, (7, n_bins), as the table states them.

    Raises
    ------
    ValueError
        unless the table has exactly these bins, and known columns with physical values.
    """
    headers = TableHeaders(*_BINS, *COLUMNS, _ERROR)
    table = parse_table(texts[file], file, _BINS, headers=headers)
    unknown = [name for name in table if name not in (*_BINS, *COLUMNS, _ERROR)]
    if unknown:
        raise ValueError(f"{file}: column {unknown[0]!r}: allowed are {', '.join(COLUMNS)}")
    found = np.append(table["low_kev"], table["high_kev"][-1])
    agrees = found.size == edges_kev.size and np.allclose(found, edges_kev, rtol=1e-9, atol=0)
    if not agrees or not np.allclose(table["high_kev"][:-1], found[1:-1], rtol=1e-9, atol=0):
        raise ValueError(
            f"{file}: its bins must be those of [analysis], {edges_kev.size - 1} from "
            f"{edges_kev[0]:g} to {edges_kev[-1]:g} keV: found {found.size - 1} from "
            f"{found[0]:g} to {found[-1]:g}"
        )
    negative = [name for name in _NEVER_NEGATIVE if name in table and np.any(table[name] < 0)]
    if negative:
        raise ValueError(f"{file}: {negative[0]} must be >= 0 in every bin")
    nothing = np.zeros(edges_kev.size - 1)
    return np.array([table.get(name, nothing) for name in COLUMNS])


def template_errors(texts: Mapping[str, str], file: str) -> FloatArray | None:
    """Errors (n_bins,) of the column sm from the statistics of a simulation, or None."""
    table = parse_table(texts[file], file, _BINS, headers=TableHeaders(*_BINS, *COLUMNS, _ERROR))
    return table.get(_ERROR)
