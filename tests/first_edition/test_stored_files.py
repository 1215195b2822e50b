"""Studies and files that the first edition stored are read; the studies are made the same anew.

``tests/data/first-edition/stored``: two spectra files of schema 2, and study folders of toys, of a
scan and of coverage, each with its merged file, written by ``freeze.py``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import edition_studies
import h5py
import numpy as np
import pytest
from edition_answers import DATA, departures
from edition_studies import PLANS, STORED

import nuem

REFITTED = 1e-7
"""Tolerance of toys that are fitted anew: a minimum is found to 1e-8 of its error."""
FROZEN: dict[str, Any] = json.loads((DATA / "references" / "studies.json").read_text("utf-8"))


@pytest.mark.parametrize("name", PLANS)
def test_a_stored_study_is_read(name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(STORED / name, tmp_path / name)
    assert departures(edition_studies.results(name, folder), FROZEN[name]) == []
    assert nuem.merge_study(folder, tmp_path / "merged.h5")
    with h5py.File(tmp_path / "merged.h5") as found, h5py.File(STORED / f"{name}.h5") as frozen:
        for key in ("kind", "n_items", "n_done"):
            assert found.attrs[key] == frozen.attrs[key]
        np.testing.assert_array_equal(found["item"][()], frozen["item"][()])


@pytest.mark.parametrize("name", PLANS)
def test_a_stored_study_is_not_gone_on_with(name: str, tmp_path: Path) -> None:
    """Its plan does not say which code made its numbers: others could be mixed with them."""
    folder = shutil.copytree(STORED / name, tmp_path / name)
    last = max((folder / "shards").iterdir())
    last.unlink()
    with pytest.raises(nuem.ConfigurationError, match="did not say which code it was"):
        edition_studies.run(name, folder)
    assert not last.exists()


@pytest.mark.parametrize("name", PLANS)
def test_a_study_is_made_the_same(name: str, tmp_path: Path) -> None:
    edition_studies.run(name, tmp_path / name)
    found = edition_studies.results(name, tmp_path / name)
    assert departures(found, FROZEN[name], REFITTED) == []


@pytest.mark.parametrize("name", ["spectra-few-counts", "spectra-made-gaussian"])
def test_a_stored_spectra_file_is_read(name: str) -> None:
    assert departures(edition_studies.spectra(STORED / f"{name}.h5"), FROZEN[name]) == []
