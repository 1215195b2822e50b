"""nuem spectrum: files that are whole or not there, toys, CSV, and what is refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from sim.experiment import preset_text
from sim.store import read_spectra

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=1.8")


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    content = nuem("spectrum", "gemma-2012", "-o", path, "--json").json()
    assert content["written"] == [str(path)]
    assert content["toys"] == 0
    assert listing(tmp_path) == ["a.h5"]
    stored = read_spectra(path)
    assert stored.spectra.kind == "asimov"
    assert stored.spectra.counts.shape == (2, 522)
    totals = dict(zip(("on", "off"), stored.spectra.counts.sum(axis=1), strict=True))
    assert content["total_counts"] == pytest.approx(totals)
    rates = stored.spectra.counts / (0.1 * 1.5 * np.array([[755.6], [187.0]]))
    assert 2.0 < np.median(rates) < 2.5
    assert stored.experiment.source == preset_text("gemma-2012")


def test_parameters_enter(nuem: Run, tmp_path: Path) -> None:
    """The same seven templates weighted: mu and q raise the ON counts, OFF stays."""
    counts = {}
    for name, words in {
        "sm": (),
        "mu": ("--mu-nu", "4e-11"),
        "q": ("--q-nu", "-5e-12"),
        "r2": ("--r2-nu", "5e-31"),
    }.items():
        path = tmp_path / f"{name}.h5"
        nuem("spectrum", "gemma-2012", *COARSE, "-o", path, *words).text()
        counts[name] = read_spectra(path).spectra.flat
        with h5py.File(path) as file:
            assert file.attrs["mu_nu"] == (4e-11 if name == "mu" else 0)
            assert file.attrs["q_nu"] == (-5e-12 if name == "q" else 0)
            templates = file["templates"][()]
    for name, (column, value) in {"mu": (1, 16.0), "q": (2, -5.0), "r2": (4, 50.82751)}.items():
        added = value * templates[column]
        if name != "mu":
            added = added + value**2 * templates[column + 1]
        np.testing.assert_allclose(counts[name] - counts["sm"], added, rtol=1e-5, atol=1e-7)


def test_toys(nuem: Run, tmp_path: Path) -> None:
    """Whole counts about the expectation; the seed decides, and more toys keep the first."""
    words = ("spectrum", "gemma-2012", *COARSE, "--json")
    for name, toys, seed in (("a", 3, 7), ("b", 5, 7), ("c", 3, 8)):
        content = nuem(*words, "-o", tmp_path / f"{name}.h5", "--toys", toys, "--seed", seed).json()
        assert (content["toys"], content["seed"]) == (toys, seed)
    a, b, c = (read_spectra(tmp_path / f"{name}.h5") for name in "abc")
    assert a.toys.shape == (3, 58)
    assert a.seed == 7
    np.testing.assert_array_equal(a.toys, b.toys[:3])
    assert not np.array_equal(a.toys, c.toys)
    np.testing.assert_array_equal(b.toys, np.round(b.toys))
    pulls = (b.toys - b.spectra.flat) / np.sqrt(b.spectra.flat)
    assert abs(pulls.mean()) < 4 / np.sqrt(pulls.size)
    assert pulls.std() == pytest.approx(1, abs=0.2)


def test_csv(stored: Path) -> None:
    """Bin edges and Asimov counts with every digit."""
    spectra = read_spectra(stored).spectra
    for row, period in enumerate(("on", "off")):
        with stored.with_name(f"gemma_{period}.csv").open(newline="") as file:
            lines = list(csv.DictReader(file))
        assert list(lines[0]) == ["low_kev", "high_kev", "counts"]
        assert [float(line["counts"]) for line in lines] == spectra.counts[row].tolist()
        assert [float(line["low_kev"]) for line in lines] == spectra.edges_kev[:-1].tolist()
        assert [float(line["high_kev"]) for line in lines] == spectra.edges_kev[1:].tolist()


def test_words_for_people(nuem: Run, tmp_path: Path) -> None:
    text = nuem("spectrum", "gemma-2012", *COARSE, "-o", tmp_path / "a.h5", "--csv").text()
    for name in ("a.h5", "a_on.csv", "a_off.csv"):
        assert f"wrote {tmp_path / name}" in text
    assert "ON 133155" in text


def test_existing_output(nuem: Run, tmp_path: Path) -> None:
    """Refused as it stands; with --force, replaced."""
    path = tmp_path / "a.h5"
    path.write_bytes(b"precious")
    line = nuem("spectrum", "gemma-2012", *COARSE, "-o", path).error(5)
    assert str(path) in line
    assert "--force" in line
    assert path.read_bytes() == b"precious"
    nuem("spectrum", "gemma-2012", *COARSE, "-o", path, "--force").text()
    assert read_spectra(path).spectra.counts.shape == (2, 29)


def test_an_existing_table_stops_everything(nuem: Run, tmp_path: Path) -> None:
    (tmp_path / "a_off.csv").write_text("precious")
    nuem("spectrum", "gemma-2012", *COARSE, "-o", tmp_path / "a.h5", "--csv").error(5)
    assert listing(tmp_path) == ["a_off.csv"]
    assert (tmp_path / "a_off.csv").read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("gema-2012",), 2),
        (("gemma-2012", "--set", "detector.mass_kg=-1"), 3),
        (("gemma-2012", "--set", "detector.mas_kg=1"), 3),
        (("gemma-2012", "--set", "analysis.bin_width_kev=0.7"), 3),
    ],
)
def test_a_wrong_configuration_leaves_nothing(
    nuem: Run, tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    nuem("spectrum", *words, "-o", tmp_path / "a.h5", "--csv").error(code)
    assert listing(tmp_path) == []


def test_a_failing_disk_leaves_nothing(
    nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error while syncing: no file, no temporary file, the old one untouched."""
    (tmp_path / "old.h5").write_bytes(b"precious")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.files.os.fsync", fail)
    words = ("spectrum", "gemma-2012", *COARSE)
    for name in ("old.h5", "new.h5"):
        assert "No space left" in nuem(*words, "-o", tmp_path / name, "--force").error(5)
    assert listing(tmp_path) == ["old.h5"]
    assert (tmp_path / "old.h5").read_bytes() == b"precious"


def test_a_missing_folder(nuem: Run, tmp_path: Path) -> None:
    nuem("spectrum", "gemma-2012", *COARSE, "-o", tmp_path / "no" / "a.h5").error(5)
    assert listing(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("-o", "a.txt"), ".h5"),
        (("-o", "a"), ".h5"),
        (("-o", "a.h5", "--toys", "2"), "--seed"),
        (("-o", "a.h5", "--toys", "-2", "--seed", "1"), "--toys"),
        (("-o", "a.h5", "--toys", "2", "--seed", "-1"), "--seed"),
        (("-o", "a.h5", "--toys", "1.5", "--seed", "1"), "--toys"),
        (("-o", "a.h5", "--mu-nu", "nan"), "--mu-nu"),
    ],
)
def test_usage(
    nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], about: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert about in nuem("spectrum", "gemma-2012", *words).error(2)
    assert listing(tmp_path) == []


def test_more_events_than_poisson_can_draw(nuem: Run, tmp_path: Path) -> None:
    words = ("--mu-nu", "1", "--toys", "1", "--seed", "1", "-o", tmp_path / "a.h5")
    outcome = nuem("spectrum", "gemma-2012", *COARSE, *words)
    assert outcome.code != 0
    outcome.error(outcome.code)
    assert listing(tmp_path) == []


def test_counts_that_are_not_finite(nuem: Run, tmp_path: Path) -> None:
    outcome = nuem("spectrum", "gemma-2012", *COARSE, "--q-nu", "1e200", "-o", tmp_path / "a.h5")
    outcome.error(outcome.code)
    assert outcome.code != 0
    assert listing(tmp_path) == []
