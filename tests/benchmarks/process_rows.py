"""Whole processes: a warm limit, and a scan against a loop of limits."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

from timing import Row, cpu_seconds, shown

from analysis.limits.limit import limit
from sim.experiment import load_experiment
from sim.model import build_model


def limit_rows() -> list[Row]:
    """A warm limit, wall times in turns; imports are most of it."""
    ours = ["-c", "from scripts.cli import main; main()", "limit", "gemma-2012"]
    pairs = [(_seconds(ours), _seconds(["-c", "import pyhf"])) for _ in range(8)][1:]
    mine, peer = (median(pair[k] for pair in pairs) for k in (0, 1))
    ratio = median(pair[0] / pair[1] for pair in pairs)
    note = (
        "in a profile of 5.3 s the import of numba took 0.6 s and loading nine cached kernels "
        "1.1 s, which pyhf does without"
    )
    what, against = "`nuem limit gemma-2012`, warm", 'python -c "import pyhf"'
    return [Row(what, against, shown(mine), shown(peer), ratio, 1.5, True, note)]


def scan_rows() -> list[Row]:
    """Scans, backgrounds times exposures: a point against a limit one by one, and 1e5 points."""
    few = _scan_seconds(100, 100, workers=1) / 10_000
    many = _scan_seconds(250, 400, workers=2)

    def loop(days: float) -> Callable[[], object]:
        def run() -> object:
            model = build_model(load_experiment("gemma-2012", [f"exposure.on_days={days}"]))
            return limit(model, model.asimov(), "mu_nu")

        return run

    peer = median(cpu_seconds(loop(100.0 + k), 1) for k in range(6))
    what, against = "point of a scan of 1e4, whole command", "a loop of limits in one process"
    note = (
        f"wall time of the whole command, with CSV, HDF5 and figure; load {os.getloadavg()[0]:.0f}"
    )
    return [
        Row(what, against, shown(few), shown(peer), peer / few, 20),
        Row("scan of 1e5 points, two workers [s]", "", shown(many), "", many, 10, True, note),
    ]


def _scan_seconds(n_days: int, n_rates: int, workers: int) -> float:
    scan = [
        *("-c", "from scripts.cli import main; main()", "scan", "gemma-2012"),
        *("--parameter", "mu_nu", "--workers", str(workers)),
        *("--vary", f"exposure.on_days=100:2000:{n_days}"),
        *("--vary", f"background.0.rate_per_kev_kg_day=0.1:10:{n_rates}"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        return _seconds([*scan, "-o", f"{folder}/scan"])


def _seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start
