"""Folders that may not be written, and clocks that go wrong."""

from __future__ import annotations

import datetime
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Nuem = Callable[..., Any]
SMALL = ("gemma-2012", "--set", "analysis.bin_width_kev=1.8")
TOYS = ("toys", *SMALL, "-n", "40", "--seed", "7", "--workers", "1", "--quiet", "--json")
NOBODY = 65534

WRITERS: dict[str, tuple[str, ...]] = {
    "spectra": ("spectrum", *SMALL, "-o", "{}/new.h5"),
    "tables": ("spectrum", *SMALL, "-o", "{}/new.h5", "--csv"),
    "a new study": (*TOYS, "-o", "{}/new"),
    "a study to finish": (*TOYS, "-o", "{}/study"),
    "merged study": ("merge", "{}/study", "--partial", "-o", "{}/new.h5"),
    "figure": ("plot", "cross-section", "-o", "{}/new.png"),
    "reproduction": ("reproduce", *SMALL, "--set", "variant=[]", "--toys", "0", "-o", "{}/new"),
}


@contextmanager
def for_reading_only(folder: Path) -> Iterator[None]:
    """Nobody may write below a folder; root becomes someone else for the time."""
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("writer", WRITERS)
def test_read_only_folder(
    writer: str, nuem: Nuem, tmp_path: Path, open_folder: Path, tally: Callable[..., None]
) -> None:
    for folder in (tmp_path, open_folder):
        assert nuem(*TOYS, "-o", folder / "study").code == 0
    words = [word.replace("{}", str(tmp_path)) for word in WRITERS[writer]]
    assert nuem(*words).code == 0  # and everything is imported before root is nobody
    shard = open_folder / "study" / "shards" / "000000.h5"
    shard.write_bytes(b"damaged")
    before = {path: path.is_file() and path.read_bytes() for path in open_folder.rglob("*")}
    with for_reading_only(open_folder):
        outcome = nuem(*(word.replace("{}", str(open_folder)) for word in WRITERS[writer]))
    assert outcome.code == 5
    assert "Permission denied" in outcome.line
    assert str(open_folder) in outcome.line
    after = {path: path.is_file() and path.read_bytes() for path in open_folder.rglob("*")}
    tally("folder for reading only", injected=1, lost=int(before != after))


def test_a_study_for_reading_only_is_summarised(nuem: Nuem, open_folder: Path) -> None:
    """Also one with a damaged shard, which only counts as missing."""
    study = open_folder / "study"
    assert nuem(*TOYS, "-o", study).code == 0
    with for_reading_only(study):
        assert '"n_done": 40' in nuem("study", study, "--json").out
    (study / "shards" / "000000.h5").write_bytes(b"damaged")
    with for_reading_only(study):
        assert '"n_done": 0' in nuem("study", study, "--json").out


class Clock:
    """A clock that jumps about, mostly backwards."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 1.8e9

    def time(self) -> float:
        self.now -= self.random.uniform(-1e5, 1e6)
        return self.now

    def time_ns(self) -> int:
        return int(self.time() * 1e9)


@pytest.mark.parametrize("seed", range(3))
def test_clock(
    seed: int,
    nuem: Nuem,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tally: Callable[..., None],
) -> None:
    """Wall clock and file times that go backwards change no result and repeat no work."""
    wanted = nuem(*TOYS, "-o", tmp_path / "right").out
    clock = Clock(seed)
    monkeypatch.setattr(time, "time", clock.time)
    monkeypatch.setattr(time, "time_ns", clock.time_ns)

    class Now(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Now:
            return cls.fromtimestamp(clock.time(), tz)

    monkeypatch.setattr("sim.store.datetime", Now)
    study = tmp_path / "wrong"
    found = nuem(*TOYS, "-o", study).out
    for path in study.rglob("*"):
        os.utime(path, (clock.now, clock.random.choice([0, 4e9])))
    times = {path: path.stat().st_mtime_ns for path in study.rglob("*.*")}
    again = nuem(*TOYS, "-o", study).out
    unchanged = times == {path: path.stat().st_mtime_ns for path in study.rglob("*.*")}
    spectra = nuem("spectrum", *SMALL, "-o", tmp_path / "a.h5").code
    fitted = nuem("fit", tmp_path / "a.h5", "--json").code
    lost = [found != wanted, again != wanted, not unchanged, spectra != 0, fitted != 0]
    tally("clock going backwards", injected=5, lost=sum(lost))
