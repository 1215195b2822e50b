"""Curves that an experiment gives as tables: quenching, efficiency, rates of a background.

A refusal names the file and, where there is one, the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from detectors.backgrounds import Tabulated
from detectors.efficiency import ActsOn, TabulatedEfficiency
from detectors.quenching.tabulated import TabulatedQuenching
from detectors.tables import check_steps
from fluxes.table_bins import bin_edges
from fluxes.tables import FloatArray, line_of_row, parse_table
from sim.syntax.headers import TableHeaders

Content = TypeVar("Content")
Columns = dict[str, FloatArray]
_ROW = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a kind of table: of points, and of bins where a histogram may stand for them."""

    points: tuple[str, ...]
    bins: tuple[str, ...] = ()

    def read(self, text: str, source: str) -> Columns:
        """Columns by name; ValueError for a table that has neither."""
        headers = TableHeaders(*dict.fromkeys((*self.points, *self.bins)))
        return parse_table(
            text,
            source,
            self.points,
            histogram=self.bins,
            contents=self.points[-1] if self.bins else "",
            headers=headers,
        )


QUENCHING = Layout(("recoil_kev", "quenching_factor"))
EFFICIENCY = Layout(("energy_kev", "efficiency"), ("low_kev", "high_kev", "efficiency"))
BACKGROUND = Layout(
    ("energy_kev", "rate_per_kev_kg_day"), ("low_kev", "high_kev", "rate_per_kev_kg_day")
)


def quenching_table(
    texts: Mapping[str, str], file: str, beyond: Literal["constant", "error"]
) -> TabulatedQuenching:
    """Quenching factors of nuclear recoils; ValueError for a table that is none."""

    def make(columns: Columns) -> TabulatedQuenching:
        factor = columns["quenching_factor"]
        if np.any(factor > 1):
            row = int(np.argmax(factor > 1))
            raise ValueError(
                f"quenching_factor[{row}] = {factor[row]} is above 1: no recoil ionizes more than "
                f"its own energy; of percent the header says 'recoil_kev, quenching [%]'"
            )
        return TabulatedQuenching(columns["recoil_kev"], factor, beyond)

    return _read(texts, file, QUENCHING, make)


def efficiency_table(texts: Mapping[str, str], file: str, acts_on: ActsOn) -> TabulatedEfficiency:
    """Efficiencies by energy; ValueError for a table that is none."""

    def make(columns: Columns) -> TabulatedEfficiency:
        efficiency = columns["efficiency"]
        above = efficiency > 1
        if np.any(above):
            row, highest = int(np.argmax(above)), efficiency.max()
            percent = "; of percent the header says 'energy_kev, efficiency [%]'"
            raise ValueError(
                f"efficiency must lie from 0 to 1: efficiency[{row}] = {efficiency[row]}"
                f"{percent if highest > 1.5 else ''}"
            )
        return TabulatedEfficiency(*_points(columns, "efficiency"), acts_on)

    return _read(texts, file, EFFICIENCY, make)


def background_table(texts: Mapping[str, str], file: str) -> Tabulated:
    """Background rates by energy; ValueError for a table that is none."""

    def make(columns: Columns) -> Tabulated:
        rate = columns["rate_per_kev_kg_day"]
        if np.any(rate < 0):
            row = int(np.argmax(rate < 0))
            raise ValueError(
                f"rate_per_kev_kg_day must be >= 0: rate_per_kev_kg_day[{row}] = {rate[row]}"
            )
        energy, values = _points(columns, "rate_per_kev_kg_day")
        check_steps(energy, "energy_kev")
        return Tabulated(energy, values)

    return _read(texts, file, BACKGROUND, make)


def background_errors(
    texts: Mapping[str, str], file: str, edges_kev: FloatArray
) -> FloatArray | None:
    """Errors (n_bins,) of the rates per kg and day in bins, None without a column error.

    They are those of a simulation: independent from row to row.

    Raises
    ------
    ValueError
        for errors of points, of which nobody knows what they have in common, or below 0.
    """
    columns = BACKGROUND.read(texts[file], file)
    if "error" not in columns:
        return None
    if "low_kev" not in columns:
        raise ValueError(f"{file}: a column error goes with bins, low_kev and high_kev, not points")
    if np.any(columns["error"] < 0):
        row = int(np.argmax(columns["error"] < 0))
        raise ValueError(f"{file}: error must be >= 0: error[{row}] = {columns['error'][row]}")
    low, high = columns["low_kev"], columns["high_kev"]
    ends = np.minimum(high, edges_kev[1:, None]), np.maximum(low, edges_kev[:-1, None])
    overlap = np.maximum(ends[0] - ends[1], 0.0)
    return np.asarray(np.sqrt(overlap**2 @ columns["error"] ** 2))


def with_line(read: Callable[[str, str], Content], text: str, source: str) -> Content:
    """read(text, source); the line of the row that a refusal names by its index is added."""
    try:
        return read(text, source)
    except ValueError as error:
        row = _ROW.search(str(error))
        if row is None:
            raise
        reason = str(error).removeprefix(f"{source}: ")
        line = line_of_row(text, int(row[1]))
        if line is None:
            raise
        raise ValueError(f"{source}, line {line}: {reason}") from None


def _points(columns: Columns, name: str) -> tuple[FloatArray, FloatArray]:
    """Energies and values of points, or of bins: constant in each, with steps between them."""
    if "low_kev" not in columns:
        return columns["energy_kev"], columns[name]
    edges = bin_edges(columns["low_kev"], columns["high_kev"])
    return np.repeat(edges, 2)[1:-1], np.repeat(columns[name], 2)


def _read(
    texts: Mapping[str, str], file: str, layout: Layout, make: Callable[[Columns], Content]
) -> Content:
    def read(text: str, source: str) -> Content:
        columns = layout.read(text, source)
        try:
            return make(columns)
        except ValueError as error:
            raise ValueError(f"{source}: {error}") from None

    return with_line(read, texts[file], file)
