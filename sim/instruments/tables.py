"""The tables that an experiment names: read, checked, and put into objects of the lower floors.

A refusal names the file and, where there is one, the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import numpy as np

from detectors.backgrounds import Tabulated
from detectors.efficiency import TabulatedEfficiency
from detectors.quenching.tabulated import TabulatedQuenching
from detectors.tables import check_increasing
from fluxes.tables import line_of_row, parse_table
from sim.config.backgrounds import TableBackground
from sim.config.detector import TableEfficiency
from sim.config.quenching import TableQuenching
from sim.cross_sections.parameters import FloatArray

Content = TypeVar("Content")


class HasFiles(Protocol):
    """What has the texts of tables by name: an experiment, an instrument."""

    @property
    def files(self) -> Mapping[str, str]:
        """Texts by name."""


_ROW = re.compile(r"\[(\d+)\]")


def quenching_table(source: HasFiles, section: TableQuenching) -> TabulatedQuenching:
    """Quenching factors of nuclear recoils; ValueError for a table that is none."""
    return _read(
        source,
        section.file,
        ("recoil_kev", "quenching_factor"),
        lambda recoil, factor: TabulatedQuenching(recoil, factor, section.beyond),
    )


def efficiency_table(source: HasFiles, section: TableEfficiency) -> TabulatedEfficiency:
    """Efficiencies by energy; ValueError for a table that is none."""
    return _read(
        source,
        section.file,
        ("energy_kev", "efficiency"),
        lambda energy, efficiency: TabulatedEfficiency(energy, efficiency, section.acts_on),
    )


def background_table(source: HasFiles, section: TableBackground) -> Tabulated:
    """Background rates by energy; ValueError for a table that is none."""

    def checked(energy: FloatArray, rate: FloatArray) -> Tabulated:
        check_increasing(energy, "energy_kev")
        if np.any(rate < 0):
            row = int(np.argmax(rate < 0))
            raise ValueError(
                f"rate_per_kev_kg_day must be >= 0: rate_per_kev_kg_day[{row}] = {rate[row]:g}"
            )
        return Tabulated(energy, rate)

    return _read(source, section.file, ("energy_kev", "rate_per_kev_kg_day"), checked)


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
        raise ValueError(f"{source}, line {line}: {reason}") from None


def _read(
    tables: HasFiles,
    name: str,
    columns: tuple[str, str],
    make: Callable[[FloatArray, FloatArray], Content],
) -> Content:
    def read(text: str, source: str) -> Content:
        table = parse_table(text, source, columns)
        try:
            return make(table[columns[0]], table[columns[1]])
        except ValueError as error:
            raise ValueError(f"{source}: {error}") from None

    return with_line(read, tables.files[name], name)
