"""The table of counts of one period, as files have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxes.table_bins import bin_edges
from fluxes.tables import parse_table
from sim.cross_sections.parameters import FloatArray
from sim.syntax.headers import TableHeaders

COUNT_COLUMNS = ("low_kev", "high_kev", "counts")
ERROR_COLUMN = "error"


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Counts (n_bins,) of one period in bins of edges_kev; errors as in ``Spectra``."""

    edges_kev: FloatArray
    counts: FloatArray
    errors: FloatArray | None = None

    def cut(self, window_kev: tuple[float, float], source: str) -> Spectrum:
        """The bins that lie whole in the window.

        Raises
        ------
        ValueError
            if none does.
        """
        edges, slack = self.edges_kev, 1e-9 * window_kev[1]
        inside = (edges[:-1] >= window_kev[0] - slack) & (edges[1:] <= window_kev[1] + slack)
        if not np.any(inside):
            raise ValueError(
                f"{source}: no bin lies in the window {window_kev[0]:g} to {window_kev[1]:g} keV"
            )
        first, last = int(np.argmax(inside)), int(inside.size - np.argmax(inside[::-1]))
        errors = None if self.errors is None else self.errors[first:last]
        return Spectrum(edges[first : last + 1], self.counts[first:last], errors)


def read_spectrum(text: str, source: str) -> Spectrum:
    """Spectrum of a table with the columns low_kev, high_kev, counts and, if Gaussian, error.

    Raises
    ------
    ValueError
        unless the bins adjoin, increase, and hold counts >= 0, or any counts with errors > 0.
    """
    headers = TableHeaders(*COUNT_COLUMNS, ERROR_COLUMN)
    table = parse_table(
        text, source, COUNT_COLUMNS, histogram=COUNT_COLUMNS, contents="counts", headers=headers
    )
    low, high, counts = (table[name] for name in COUNT_COLUMNS)
    return spectrum_of_columns(low, high, counts, table.get(ERROR_COLUMN), source)


def spectrum_of_columns(
    low: FloatArray, high: FloatArray, counts: FloatArray, errors: FloatArray | None, source: str
) -> Spectrum:
    """Spectrum of columns, checked as ``read_spectrum`` says."""
    try:
        edges = bin_edges(low, high)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
    if errors is not None and not np.all(errors > 0):
        row = int(np.argmax(~(errors > 0)))
        raise ValueError(f"{source}: errors must be > 0, found {errors[row]} in bin {row}")
    if errors is None and np.any(counts < 0):
        row = int(np.argmax(counts < 0))
        raise ValueError(f"{source}: counts must be >= 0, found {counts[row]} in bin {row}")
    return Spectrum(edges, counts, errors)
