"""Spectra from a user's own table."""

from __future__ import annotations

import numpy as np

from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel
from fluxes.spectrum import PiecewiseSpectrum, from_points
from fluxes.tables import FloatArray, parse_table


def spectrum_model_from_table(text: str, source: str, *, converted: bool = False) -> SpectrumModel:
    """Spectra per fission and MeV, straight lines between the rows and zero outside the table.

    text: comma-separated with a header line (``fluxes.tables``): energy_mev and either the four
    columns u235, u238, pu239, pu241 (fission only; neutron capture is added as to a shipped
    model), or total (everything per fission of the reactor's mix, neutron capture included).  A
    mix without neutron capture goes into all four columns.  source: label for messages, and the
    name of the model.  converted: the off-equilibrium correction applies above 2 MeV.

    Raises
    ------
    ValueError
        with the source and the row for anything missing, contradictory or unphysical.
    """
    table = parse_table(text, source, ("energy_mev",))
    is_total = "total" in table
    if is_total and any(isotope in table for isotope in FISSILE_ISOTOPES):
        raise ValueError(f"{source}: give total or the isotopes, not both; found {_names(table)}")
    columns = ("total",) if is_total else FISSILE_ISOTOPES
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(
            f"{source}: column {missing[0]!r} is missing: total, or {', '.join(FISSILE_ISOTOPES)}; "
            f"found {_names(table)}"
        )
    spectra = {column: _joined_points(table, column, source) for column in columns}
    if is_total:
        return SpectrumModel(source, {}, spectra["total"])
    return SpectrumModel(source, spectra, converted=converted)


def _joined_points(table: dict[str, FloatArray], column: str, source: str) -> PiecewiseSpectrum:
    energy, values = table["energy_mev"], table[column]
    if energy.size < 2:
        raise ValueError(f"{source}: at least two rows expected, found {energy.size}")
    if energy[0] < 0:
        raise ValueError(f"{source}: energy_mev must be >= 0: energy_mev[0] = {energy[0]:g}")
    steps = np.diff(energy)
    if np.any(steps <= 0):
        i = int(np.argmax(steps <= 0)) + 1
        raise ValueError(
            f"{source}: energy_mev must increase strictly: "
            f"energy_mev[{i}] = {energy[i]:g} after {energy[i - 1]:g}"
        )
    if np.any(values < 0):
        i = int(np.argmax(values < 0))
        raise ValueError(f"{source}: {column} must be >= 0: {column}[{i}] = {values[i]:g}")
    return from_points(energy, values)


def _names(table: dict[str, FloatArray]) -> str:
    return ", ".join(table)
