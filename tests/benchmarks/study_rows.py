"""Toy studies: generate, fit and store; two workers; memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import Row, interleaved, ratio_row
from toy_peers import pyhf_model, pyhf_statistics
from toy_rows import MODEL, generated, toy_likelihood
from two_cores import two_cores_file

from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import shard_image, write_shard
from analysis.studies.study import open_study
from analysis.studies.toy_runner import ToyRunner
from sim.experiment import load_experiment

_SHARD = 65_536


def study_rows() -> list[Row]:
    """On the toy model with the default share of toys fitted again by iminuit."""
    likelihood = toy_likelihood()
    model = pyhf_model(likelihood)
    toys = generated(likelihood, "mu2", 0.0, 10)
    plan = ToyPlan(load_experiment(MODEL), "mu_nu", 16 * _SHARD, 1)
    runner = ToyRunner(plan)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_study(folder, plan)

        def study() -> None:
            write_shard(folder, plan, 0, runner.run(0))

        timed = interleaved(
            study,
            lambda: pyhf_statistics(model, toys.counts, toys.centers[:, 3], 0.0),
            _SHARD,
            10,
            3,
        )
    shard = runner.run(1)
    start = time.process_time()
    shard_image(plan, 1, shard)
    storing = (time.process_time() - start) / _SHARD / timed[0]
    return [
        ratio_row("generate, fit and store a toy", "pyhf, no storing", timed, 1500),
        Row("share of storing", "", f"{storing:.1%}", "", storing, 0.15, True),
    ]


def worker_rows() -> list[Row]:
    """Wall time of 128 shards with one worker and with two, starting included."""
    seconds = {workers: _study_seconds(128, workers) for workers in (1, 2)}
    busy = os.getloadavg()[0]
    note = (
        "wall time of the whole command, 8.4e6 toys; timed apart, a shard takes 4.5 % more beside "
        "another process, which leaves 1.92, and of the rest what one process does alone takes 1 s "
        f"and the start of a worker 0.7 s; load {busy:.0f} at the end"
    )
    ours, peer = f"{seconds[2]:.1f} s", f"{seconds[1]:.1f} s"
    return [Row("two workers", "one worker", ours, peer, seconds[1] / seconds[2], 1.85, note=note)]


def _study_seconds(n_shards: int, workers: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        command = [
            *(sys.executable, "-c", "from scripts.cli import main; main()", "toys", str(MODEL)),
            *("-n", str(n_shards * _SHARD), "--seed", "1", "-o", f"{name}/study"),
            *("--workers", str(workers)),
        ]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start


def memory_rows() -> list[Row]:
    """Largest memory of studies, of one with 200 spectra, and of merging ten million toys."""
    used, per_study = {}, ["-n", "{n}", "--seed", "1", "--workers", "1"]
    for n_shards in (1, 16):
        with tempfile.TemporaryDirectory() as name:
            options = [word.format(n=n_shards * _SHARD) for word in per_study]
            used[n_shards] = _largest_mib("toys", str(MODEL), *options, "-o", f"{name}/study")
    with tempfile.TemporaryDirectory() as name:
        path = two_cores_file(Path(name))
        options = [word.format(n=1000) for word in per_study]
        many = _largest_mib("toys", str(path), *options, "-o", f"{name}/study")
        study, options = f"{name}/large", [word.format(n=10**7) for word in per_study]
        _largest_mib("toys", str(MODEL), *options, "-o", study)
        merging = _largest_mib("merge", study, "-o", f"{name}/large.h5")
    many_what = "memory of 1,000 toys of 200 spectra [MiB]"
    return [
        Row(
            "memory of 1e6 toys [MiB]",
            "of 65,536 toys",
            f"{used[16]:.0f}",
            f"{used[1]:.0f}",
            used[16],
            1024,
            True,
        ),
        Row(many_what, "", f"{many:.0f}", "", many, 300e6 / 2**20, True),
        Row("memory of merging 1e7 toys [MiB]", "", f"{merging:.0f}", "", merging, 600, True),
    ]


def _largest_mib(*command: str) -> float:
    """Largest memory of a command of nuem, of its own process."""
    script = (
        "import resource, sys; from scripts.cli import run; run(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    unit = 1 if sys.platform == "darwin" else 1024
    arguments = [sys.executable, "-c", script, *command]
    out = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    return int(out.splitlines()[-1]) * unit / 2**20
