"""The tables that an experiment names: read, checked, and put into objects of the lower floors.

A refusal names the file and, where there is one, the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

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
from sim.experiment import Experiment

Content = TypeVar("Content")
_ROW = re.compile(r"\[(\d+)\]")


def quenching_table(experiment: Experiment, section: TableQuenching) -> TabulatedQuenching:
    """Quenching factors of nuclear recoils; ValueError for a table that is none."""
    return _read(
        experiment,
        section.file,
        ("recoil_kev", "quenching_factor"),
        lambda recoil, factor: TabulatedQuenching(recoil, factor, section.beyond),
    )


def efficiency_table(experiment: Experiment, section: TableEfficiency) -> TabulatedEfficiency:
    """Efficiencies by energy; ValueError for a table that is none."""
    return _read(
        experiment,
        section.file,
        ("energy_kev", "efficiency"),
        lambda energy, efficiency: TabulatedEfficiency(energy, efficiency, section.acts_on),
    )


def background_table(experiment: Experiment, section: TableBackground) -> Tabulated:
    """Background rates by energy; ValueError for a table that is none."""

    def checked(energy: FloatArray, rate: FloatArray) -> Tabulated:
        check_increasing(energy, "energy_kev")
        if np.any(rate < 0):
            row = int(np.argmax(rate < 0))
            raise ValueError(
                f"rate_per_kev_kg_day must be >= 0: rate_per_kev_kg_day[{row}] = {rate[row]:g}"
            )
        return Tabulated(energy, rate)

    return _read(experiment, section.file, ("energy_kev", "rate_per_kev_kg_day"), checked)


def check_tables(experiment: Experiment) -> None:
    """Read every table that an experiment names.

    Raises
    ------
    ValueError
        for the first that cannot be used.
    """
    config = experiment.config
    detector = config.detector
    for quenching in (detector.quenching, *detector.quenching_by_element.values()):
        if isinstance(quenching, TableQuenching):
            quenching_table(experiment, quenching)
    if isinstance(detector.efficiency, TableEfficiency):
        efficiency_table(experiment, detector.efficiency)
    for component in config.background:
        if isinstance(component, TableBackground):
            background_table(experiment, component)
    if config.reactor.spectrum_table is not None:
        from fluxes.spectra.user import spectrum_model_from_table

        name = config.reactor.spectrum_table
        with_line(spectrum_model_from_table, experiment.files[name], name)
    if config.templates is not None:
        from sim.folding.template_table import template_rates

        low, high = config.analysis.window_kev
        edges_kev = np.linspace(low, high, config.analysis.n_bins + 1)
        template_rates(experiment, config.templates.file, edges_kev)
    if config.data is not None:
        from sim.observed import observed_spectra

        observed_spectra(experiment)


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
    experiment: Experiment,
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

    return with_line(read, experiment.files[name], name)
