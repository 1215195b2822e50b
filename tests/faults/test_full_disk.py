"""A full disk: one line and exit code 5 from every writer, old files whole, nothing left over."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Nuem = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=1.8")
SMALL = ("gemma-2012", *COARSE)
TOYS = ("toys", *SMALL, "-n", "40", "--seed", "7", "--workers", "1", "--quiet")

WRITERS: dict[str, tuple[str, ...]] = {
    "spectra": ("spectrum", *SMALL, "-o", "{out}/a.h5", "--force"),
    "toys in spectra": (
        *("spectrum", *SMALL, "-o", "{out}/a.h5", "--force"),
        *("--toys", "20", "--seed", "1"),
    ),
    "tables": ("spectrum", *SMALL, "-o", "{out}/a.h5", "--csv", "--force"),
    "study": (*TOYS, "-o", "{out}/study"),
    "merged study": ("merge", "{in}/study", "-o", "{out}/a.h5", "--force"),
    "study figure": ("study", "{in}/study", "-o", "{out}/a.png", "--force"),
    "contour figure": (
        *("contour", *SMALL, "--parameters", "mu_nu,q_nu", "--points", "5"),
        *("-o", "{out}/a.pdf", "--force"),
    ),
    "flux figure": ("plot", "flux", *SMALL, "-o", "{out}/a.svg", "--force"),
    "cross-section figure": ("plot", "cross-section", "-o", "{out}/a.png", "--force"),
    "rate figure": ("plot", "rate", *SMALL, "-o", "{out}/a.png", "--force"),
    "response figure": ("plot", "response", *SMALL, "-o", "{out}/a.png", "--force"),
    "reproduction": (
        *("reproduce", *SMALL, "--set", "variant=[]"),
        *("--toys", "0", "-o", "{out}/r", "--force"),
    ),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished study in it."""
    from scripts.cli import run

    folder = tmp_path_factory.mktemp("input")
    assert run([*TOYS, "-o", str(folder / "study")]) == 0
    return folder


@contextmanager
def files_limited_to(n_bytes: int) -> Iterator[None]:
    """No file of this process may become larger: what a full disk does to a writer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def words_of(writer: str, inside: Path, out: Path) -> list[str]:
    return [w.replace("{in}", str(inside)).replace("{out}", str(out)) for w in WRITERS[writer]]


def content(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.mark.parametrize("writer", WRITERS)
def test_no_byte_more(
    writer: str,
    torture: bool,
    nuem: Nuem,
    study: Path,
    tmp_path: Path,
    tally: Callable[..., None],
) -> None:
    """One byte less than the largest file needs (in the long form 0 and half of it too)."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    assert nuem(*words_of(writer, study, old)).code == 0
    for shard in old.glob("study/shards/*"):
        shard.unlink()
    written = content(old)
    needed = content(study / "study" / "shards") if writer == "study" else written
    largest = max(len(data) for data in needed.values())
    limits = (0, largest // 2, largest - 1) if torture else (largest - 1,)
    injected = lost = 0
    for folder in (old, new):
        for limit in limits:
            before = content(folder)
            with files_limited_to(limit):
                outcome = nuem(*words_of(writer, study, folder))
            assert outcome.code == 5
            assert "File too large" in outcome.line
            assert str(folder) in outcome.line
            injected += 1
            lost += damage(before, content(folder), limit)
    tally("full disk: a limit of the file size", injected=injected, lost=lost)
    assert nuem(*words_of(writer, study, new)).code == 0
    assert content(new).keys() >= written.keys()


def damage(before: dict[str, bytes], after: dict[str, bytes], limit: int) -> int:
    """Files that are gone, cut or left over; those below the limit may have been written anew."""
    gone = before.keys() - after.keys()
    cut = [n for n, data in before.items() if n not in gone and len(after[n]) < 0.99 * len(data)]
    over = [n for n, data in after.items() if n.endswith(".writing") or 0 < limit < len(data)]
    return len(gone) + len(cut) + len([name for name in over if after[name] != before.get(name)])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
@pytest.mark.parametrize("writer", WRITERS)
def test_small_disk(
    writer: str, torture: bool, nuem: Nuem, study: Path, tmp_path: Path, tally: Callable[..., None]
) -> None:
    """A real disk of some pages that is full."""
    if not torture:
        pytest.skip("in the long form")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    try:
        (disk / "filler").write_bytes(b"x" * 4096)
        outcome = nuem(*words_of(writer, study, disk))
        assert outcome.code == 5
        assert "No space left on device" in outcome.line
        left = content(disk)
        tally("full disk: a small file system", injected=1, lost=len(left) - 1)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
