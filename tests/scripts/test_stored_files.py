"""HDF5 files that are missing, cut, altered or something else: one line and exit code 5."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

Run = Callable[..., Any]
COMMANDS = [("limit", "--parameter", "mu_nu"), ("limit", "--parameter", "q_nu", "--json"), ("fit",)]


@pytest.fixture
def copy(stored: Path, tmp_path: Path) -> Path:
    path = tmp_path / "copy.h5"
    path.write_bytes(stored.read_bytes())
    return path


@pytest.mark.parametrize("words", COMMANDS)
def test_missing(nuem: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "none.h5" in nuem(words[0], tmp_path / "none.h5", *words[1:]).error(5)
    (tmp_path / "folder.h5").mkdir()
    nuem(words[0], tmp_path / "folder.h5", *words[1:]).error(5)


@pytest.mark.parametrize("tenths", range(10))
def test_truncated(nuem: Run, copy: Path, tenths: int) -> None:
    content = copy.read_bytes()
    copy.write_bytes(content[: len(content) * tenths // 10])
    for words in COMMANDS:
        assert "copy.h5" in nuem(words[0], copy, *words[1:]).error(5)


def test_last_byte_missing(nuem: Run, copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-1])
    outcome = nuem("fit", copy)
    if outcome.code:  # the tail of the image may be padding
        outcome.error(5)
    else:
        outcome.text()


def test_altered_counts(nuem: Run, copy: Path) -> None:
    """A changed number does not match the checksum."""
    with h5py.File(copy, "r+") as file:
        file["spectra/detector/on/counts"][3] += 1
    assert "seal" in nuem("fit", copy).error(5)


def test_altered_configuration(nuem: Run, copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        text = file["experiment/resolved"].asstr()[()].replace("13.9", "12.9")
        del file["experiment/resolved"]
        file["experiment/resolved"] = text
    assert "seal" in nuem("fit", copy).error(5)


def test_flipped_bytes(nuem: Run, copy: Path) -> None:
    """Whatever a damaged byte does, it gives the same answer as before or a clear line."""
    content = bytearray(copy.read_bytes())
    wanted = nuem("fit", copy, "--json").text()
    random = np.random.default_rng(3)
    for at in random.integers(0, len(content), 25):
        content[at] ^= 0x10
        copy.write_bytes(content)
        outcome = nuem("fit", copy, "--json")
        if outcome.code:
            outcome.error(5)
        else:
            assert outcome.text() == wanted
        content[at] ^= 0x10


def test_other_files(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    path.write_text("not HDF5")
    assert "other.h5" in nuem("fit", path).error(5)
    with h5py.File(path, "w") as file:
        file["counts"] = np.ones(3)
    assert "not a nuem" in nuem("fit", path).error(5)


def test_links_are_refused(nuem: Run, copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        del file["toys"]
        file["toys"] = h5py.ExternalLink("/etc/passwd", "/toys")
    assert "link" in nuem("fit", copy).error(5)


def test_newer_schema(nuem: Run, copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        file.attrs["schema_version"] = 99
    assert "newer" in nuem("fit", copy).error(5)


def test_reading_changes_nothing(nuem: Run, stored: Path) -> None:
    before = stored.read_bytes()
    nuem("fit", stored).text()
    assert stored.read_bytes() == before
    assert {p.name for p in stored.parent.iterdir()} == {
        "gemma.h5",
        "gemma_on.csv",
        "gemma_off.csv",
    }
