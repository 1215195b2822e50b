"""From the layouts of older spectra files to the present one, a step for each schema version."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import h5py

from sim.spectra.spectrum_info import PERIODS

_DETECTOR = "detector"


def _from_1(file: h5py.File) -> None:
    """Version 1 had both periods in one array: counts and errors (2, n_bins), edges_kev."""
    for row, period in enumerate(PERIODS):
        group = file.create_group(f"spectra/{period}")
        group["energy_kev"] = file["edges_kev"][()]
        group["counts"] = file["counts"][()][row]
        if "errors" in file:
            group["counts_errors"] = file["errors"][()][row]


def _from_2(file: h5py.File) -> None:
    """Version 2 had ON and OFF of one detector, and arrays (..., 2, n_bins)."""
    entry = file["spectra"]
    for period in PERIODS:
        entry.move(period, f"{_DETECTOR}/{period}")
    n_bins = entry[f"{_DETECTOR}/{PERIODS[0]}/counts"].shape[0]
    index = file.create_group("index")
    texts = h5py.string_dtype()
    index.create_dataset("detector", data=[_DETECTOR] * len(PERIODS), dtype=texts)
    index.create_dataset("period", data=list(PERIODS), dtype=texts)
    index.create_dataset("first_bin", data=[i * n_bins for i in range(len(PERIODS))])
    for name in ("toys", "templates"):
        if name in file:
            values = file[name][()]
            del file[name]
            file[name] = values.reshape(values.shape[0], len(PERIODS) * values.shape[2])


def _from_3(file: h5py.File) -> None:
    """Version 3 had one experiment, where version 4 has several it has them in /experiments."""


MIGRATIONS: Mapping[int, Callable[[h5py.File], None]] = {1: _from_1, 2: _from_2, 3: _from_3}
"""What brings a file of a version to the next one, in memory."""
