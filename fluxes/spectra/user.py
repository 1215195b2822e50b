"""Spectra from a user's own table."""

from __future__ import annotations

import numpy as np

from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel
from fluxes.spectrum import PiecewiseSpectrum, from_bin_averages, from_points
from fluxes.table_bins import bin_edges
from fluxes.tables import PLAIN, FloatArray, Headers, parse_table

POINTS = ("energy_mev",)
BINS = ("low_mev", "high_mev")
_ISOTOPES = ", ".join(FISSILE_ISOTOPES)


def spectrum_model_from_table(
    text: str, source: str, *, converted: bool = False, headers: Headers = PLAIN
) -> SpectrumModel:
    """Spectra per fission and MeV, zero outside the table.

    text: a table with a header line (``fluxes.tables``): energy_mev, whose rows straight lines
    join (two rows of one energy are a step), or low_mev and high_mev of bins that adjoin; and
    either the four columns u235, u238, pu239, pu241 (fission only; neutron capture is added as to
    a shipped model), or total (everything per fission of the reactor's mix, neutron capture
    included).  A mix without neutron capture goes into all four columns.  source: label for
    messages, and the name of the model.  converted: the off-equilibrium correction applies above
    2 MeV.  headers: what the names of columns mean.

    Raises
    ------
    ValueError
        with the source and the row for anything missing, contradictory or unphysical.
    """
    table = parse_table(text, source, POINTS, histogram=BINS, contents="total", headers=headers)
    is_total = "total" in table
    if is_total and any(isotope in table for isotope in FISSILE_ISOTOPES):
        raise ValueError(f"{source}: give total or the isotopes, not both; found {_names(table)}")
    columns = ("total",) if is_total else FISSILE_ISOTOPES
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(
            f"{source}: column {missing[0]!r} is missing: total, or {_ISOTOPES}; "
            f"found {_names(table)}"
        )
    try:
        spectra = {column: _spectrum(table, column) for column in columns}
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
    if is_total:
        return SpectrumModel(source, {}, spectra["total"])
    return SpectrumModel(source, spectra, converted=converted)


def _spectrum(table: dict[str, FloatArray], column: str) -> PiecewiseSpectrum:
    values = table[column]
    if np.any(values < 0):
        i = int(np.argmax(values < 0))
        raise ValueError(f"{column} must be >= 0: {column}[{i}] = {values[i]}")
    if "low_mev" in table:
        edges = bin_edges(table["low_mev"], table["high_mev"])
        if edges[0] < 0:
            raise ValueError(f"low_mev must be >= 0: low_mev[0] = {edges[0]}")
        return from_bin_averages(edges, values)
    energy = table["energy_mev"]
    _check_points(energy)
    return from_points(energy, values)


def _check_points(energy_mev: FloatArray) -> None:
    if np.unique(energy_mev).size < 2:
        raise ValueError(f"at least two rows expected, found {np.unique(energy_mev).size}")
    if energy_mev[0] < 0:
        raise ValueError(f"energy_mev must be >= 0: energy_mev[0] = {energy_mev[0]}")
    steps = np.diff(energy_mev)
    wrong = (steps < 0) | ((steps == 0) & np.append(False, steps[:-1] == 0))
    if np.any(wrong):
        i = int(np.argmax(wrong)) + 1
        raise ValueError(
            f"energy_mev must increase, or stand twice for a step: "
            f"energy_mev[{i}] = {energy_mev[i]} after {energy_mev[i - 1]}"
        )


def _names(table: dict[str, FloatArray]) -> str:
    return ", ".join(table)
