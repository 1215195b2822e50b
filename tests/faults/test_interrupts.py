"""SIGINT and SIGTERM to a study: exit code 130, one line, and what was finished is kept."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # in a job in the background it is ignored
from analysis.studies.plans import toy_plan
toy_plan.SHARD_SIZE = 200
from scripts.cli import main
if __name__ == "__main__":
    main()
"""
WORDS = ("toys", "gemma-2012", "--set", "analysis.bin_width_kev=1.8", "--seed", "7", "--quiet")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("to", "name"), [("group", "SIGINT"), ("process", "SIGINT"), ("process", "SIGTERM")]
)
def test_interrupted_study(
    workers: int,
    to: str,
    name: str,
    tmp_path: Path,
    environment: dict[str, str],
    tally: Callable[..., None],
) -> None:
    folder = tmp_path / "study"
    words = [sys.executable, "-P", "-c", PROGRAM, *WORDS, "-o", str(folder)]
    words += ["-n", "1000000", "--workers", str(workers)]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        process_group=0,
    )
    try:
        end = time.monotonic() + 300
        while len(finished(folder)) < 3 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        seen = finished(folder)
        (os.killpg if to == "group" else os.kill)(process.pid, getattr(signal, name))
        out, err = process.communicate(timeout=300)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, out) == (130, ""), err
    kept = finished(folder)
    said = re.fullmatch(r"nuem: interrupted; (\d+) of 5000 shards are in (.*): the .*", err.strip())
    assert said is not None, err
    assert (int(said[1]), said[2]) == (len(kept), str(folder))
    assert len(seen) >= 3
    tally(f"{name} of a study", injected=1, lost=len(seen - kept) + damaged(folder))


def finished(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("shards/*.h5")}


def damaged(folder: Path) -> int:
    """Shards that do not verify, and temporary files."""
    from analysis.studies.shard_files import verified_shards
    from analysis.studies.study import read_plan

    plan = read_plan(folder)
    there = [int(name[:6]) for name in finished(folder)]
    leftover = len(list(folder.glob("shards/.*")))
    return len(there) - len(list(verified_shards(folder, plan, {}, there))) + leftover
