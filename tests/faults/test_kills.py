"""SIGKILL: nothing acknowledged is lost, nothing is torn, and the end is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "killing.py"
NAMES = {
    "one": "SIGKILL of a study's process",
    "group": "SIGKILL of a study with its workers",
    "worker": "SIGKILL of one worker of a study",
    "parent": "SIGKILL of a study, not of its workers",
}


SHORT = ("one=8", "group=1", "worker=1", "parent=1")
LONG = ("one=220", "group=16", "worker=10", "parent=6")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc here")
def test_killed_studies(
    torture: bool, tmp_path: Path, environment: dict[str, str], tally: Callable[..., None]
) -> None:
    words = [sys.executable, "-W", "ignore", str(PROGRAM), str(tmp_path), "--kills"]
    done = subprocess.run(
        [*words, *(LONG if torture else SHORT)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=7200 if torture else 240,
    )
    assert done.returncode == 0, done.stderr
    everything = json.loads(done.stdout)
    studies = sum(found["studies"] for found in everything.values())
    acknowledged = sum(found["acknowledged"] for found in everything.values())
    assert 12 * studies < acknowledged <= 24 * studies
    wrong = ("lost", "torn", "orphans", "left_behind", "differing_merges")
    for how, found in everything.items():
        assert found["kills"] == int(dict(w.split("=") for w in (LONG if torture else SHORT))[how])
        tally(NAMES[how], injected=found["kills"], lost=sum(found[name] for name in wrong))
