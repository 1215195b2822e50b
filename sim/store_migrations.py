"""From the layouts of older spectra files to the present one, a step for each schema version."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import h5py

from sim.spectra import PERIODS


def _from_1(file: h5py.File) -> None:
    """Version 1 had both periods in one array: counts and errors (2, n_bins), edges_kev."""
    for row, period in enumerate(PERIODS):
        group = file.create_group(f"spectra/{period}")
        group["energy_kev"] = file["edges_kev"][()]
        group["counts"] = file["counts"][()][row]
        if "errors" in file:
            group["counts_errors"] = file["errors"][()][row]


MIGRATIONS: Mapping[int, Callable[[h5py.File], None]] = {1: _from_1}
"""What brings a file of a version to the next one, in memory."""
