"""Folders that may not be written, and clocks that go wrong."""

from __future__ import annotations

import ctypes
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
CAP_DAC_OVERRIDE = 1

WRITERS: dict[str, tuple[str, ...]] = {
    "spectra": ("spectrum", *SMALL, "-o", "{}/new.h5"),
    "tables": ("spectrum", *SMALL, "-o", "{}/new.h5", "--csv"),
    "a new study": (*TOYS, "-o", "{}/new"),
    "a study to finish": (*TOYS, "-o", "{}/study"),
    "merged study": ("merge", "{}/study", "--partial", "-o", "{}/new.h5"),
    "figure": ("plot", "cross-section", "-o", "{}/new.png"),
    "reproduction": ("reproduce", *SMALL, "--set", "variant=[]", "--toys", "0", "-o", "{}/new"),
}


class _Capabilities(ctypes.Structure):
    """What the kernel keeps for a thread in its first 32 capabilities (and again for the rest)."""

    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


@contextmanager
def without_writing_anywhere() -> Iterator[None]:
    """Root without the capability to write where it may not; for others nothing changes.

    It still reads the checkout and the compiled kernels, wherever they lie, which another user
    could not.
    """
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # third version, this thread
    held = (_Capabilities * 2)()
    assert libc.capget(header, held) == 0, os.strerror(ctypes.get_errno())
    before = held[0].effective
    held[0].effective &= ~(1 << CAP_DAC_OVERRIDE)
    assert libc.capset(header, held) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        held[0].effective = before
        assert libc.capset(header, held) == 0, os.strerror(ctypes.get_errno())


@contextmanager
def for_reading_only(folder: Path) -> Iterator[None]:
    """Nobody may write below a folder."""
    everything = [folder, *folder.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with without_writing_anywhere():
            yield
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("writer", WRITERS)
def test_read_only_folder(
    writer: str, nuem: Nuem, tmp_path: Path, tally: Callable[..., None]
) -> None:
    closed = tmp_path / "closed"
    assert nuem(*TOYS, "-o", closed / "study").code == 0
    shard = closed / "study" / "shards" / "000000.h5"
    shard.write_bytes(b"damaged")
    before = {path: path.is_file() and path.read_bytes() for path in closed.rglob("*")}
    with for_reading_only(closed):
        outcome = nuem(*(word.replace("{}", str(closed)) for word in WRITERS[writer]))
    assert outcome.code == 5
    assert "Permission denied" in outcome.line
    assert str(closed) in outcome.line
    after = {path: path.is_file() and path.read_bytes() for path in closed.rglob("*")}
    tally("folder for reading only", injected=1, lost=int(before != after))


def test_a_study_for_reading_only_is_summarised(nuem: Nuem, tmp_path: Path) -> None:
    """Also one with a damaged shard, which only counts as missing."""
    study = tmp_path / "study"
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
