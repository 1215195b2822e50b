"""Memory: a long study needs no more of it than a short one, and what would is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Nuem = Callable[..., Any]
PROGRAM = """
import json, resource, sys
from pathlib import Path
from analysis.studies.merging import merge_study
from analysis.studies.study import open_study
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.toy_summary import summarise_toys
from analysis.studies.workers import run_study
from sim.experiment import load_experiment

folder, n_toys = Path(sys.argv[1]), int(sys.argv[2])
experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"])
plan = ToyPlan(experiment, "mu_nu", n_toys=n_toys, seed=1, shard_size=5000)

def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

open_study(folder, plan)
run_study(folder, plan)
summarise_toys(folder)
streamed = peak()
merge_study(folder, folder / "merged.h5")
print(json.dumps([streamed, peak()]))
"""


def test_a_long_study_is_streamed(
    torture: bool, tmp_path: Path, environment: dict[str, str], tally: Callable[..., None]
) -> None:
    """Running and summarising take less than 16 bytes a toy more; results alone are 48."""
    if not torture:
        pytest.skip("in the long form")
    peaks = {}
    for n_toys in (20_000, 420_000):
        done = subprocess.run(
            [sys.executable, "-P", "-c", PROGRAM, str(tmp_path / str(n_toys)), str(n_toys)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=3600,
        )
        assert done.returncode == 0, done.stderr
        peaks[n_toys] = json.loads(done.stdout)
    (short, merged_short), (long, merged_long) = peaks.values()
    slope, merging = (long - short) / 4e5, (merged_long - merged_short) / 4e5
    print(
        f"peak of 420000 toys: {long / 2**20:.0f} MiB, {slope:.1f} bytes a toy more than of 20000"
    )
    print(f"merging them: {merged_long / 2**20:.0f} MiB, {merging:.0f} bytes a toy")
    tally("a study twenty times as long", injected=1, lost=int(slope > 16 or merging > 400))


def test_more_toys_than_memory_are_refused(
    nuem: Nuem, tmp_path: Path, tally: Callable[..., None]
) -> None:
    words = ("--toys", 10_000_000, "--seed", 1, "-o", tmp_path / "a.h5")
    outcome = nuem("spectrum", "gemma-2012", *words)
    assert (outcome.code, outcome.out) == (3, "")
    assert "GiB" in outcome.line
    assert list(tmp_path.iterdir()) == []
    tally("more toys than memory", injected=1)


def test_memory_that_runs_out_is_one_line(
    nuem: Nuem, monkeypatch: pytest.MonkeyPatch, tally: Callable[..., None]
) -> None:
    def too_large(*_: object) -> None:
        raise MemoryError("Unable to allocate 83 GiB")

    monkeypatch.setattr("sim.model_assembly.build_model", too_large)
    outcome = nuem("limit", "gemma-2012", "--parameter", "mu_nu")
    assert (outcome.code, outcome.line) == (5, "nuem: not enough memory: Unable to allocate 83 GiB")
    tally("more toys than memory", injected=1)
