"""Whole processes: a warm limit, and a scan against a loop of limits."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median

from timing import Row, cpu_seconds, shown

from analysis.limits.limit import limit
from sim.experiment import load_experiment
from sim.model_assembly import build_model


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


def first_rows() -> list[Row]:
    """The first limit of a machine: processor time with an empty folder of kernels."""
    with tempfile.TemporaryDirectory() as folder:
        spent = _processor_seconds("limit", "gemma-2012", NUMBA_CACHE_DIR=folder)
    return [Row("first `nuem limit gemma-2012` [s]", "", shown(spent), "", spent, 6, True)]


def floating_rows() -> list[Row]:
    """Commands on dresden-ii, whose shapes float: a fifth of what they took, at most 5 or 8 s."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for command, before, most in (
            (["limit", "dresden-ii"], 2.35, 5.0),
            (["contour", "dresden-ii", "--parameters", "mu_nu,q_nu"], 21.0, 4.2),
            (["report", "dresden-ii", "-o", f"{folder}/report.html"], 27.0, 8.0),
            (["reproduce", "dresden-ii"], 29.0, 5.0),
            (["export", "dresden-ii", "--format", "hepdata", "-o", f"{folder}/hepdata"], 11.0, 5.0),
        ):
            _processor_seconds("limit", "dresden-ii")
            spent, what = _processor_seconds(*command), " ".join(command[:2])
            what = f"`nuem {what}`, processor time [s]"
            rows.append(Row(what, "once", shown(spent), shown(before), spent, most, True))
    return rows


def unified_rows() -> list[Row]:
    """Feldman-Cousins with 1e5 toys a value."""
    rows = []
    for name, most in (("gemma-2012", 30.0), ("dresden-ii", 120.0)):
        command = ["limit", name, "--method", "feldman-cousins", "--toys", "100000"]
        spent = _seconds(["-c", "from scripts.cli import main; main()", *command])
        what = f"Feldman-Cousins of {name}, 1e5 toys a value [s]"
        rows.append(Row(what, "", shown(spent), "", spent, most, True, f"wall time, {_load()}"))
    return rows


def refold_rows() -> list[Row]:
    """A scan of thresholds and quenching, each point folded anew, against limits one by one."""
    keys = ("detector.threshold_kev", "detector.quenching.k")
    scan = [
        *("-c", "from scripts.cli import main; main()", "scan", "conus-2024"),
        *("--parameter", "mu_nu", "--workers", "2"),
        *("--vary", f"{keys[0]}=0.21:0.3:100", "--vary", f"{keys[1]}=0.14:0.18:100"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        spent = _seconds([*scan, "-o", f"{folder}/scan"])

    def loop(threshold: float) -> Callable[[], object]:
        def run() -> object:
            changes = [f"{keys[0]}={threshold}", f"{keys[1]}=0.16"]
            model = build_model(load_experiment("conus-2024", changes))
            return limit(model, model.asimov(), "mu_nu")

        return run

    peer = median(cpu_seconds(loop(0.21 + 0.01 * k), 1) for k in range(6))
    note, few = f"wall time of the whole command, {_load()}", spent / 10_000
    what, against = "scan of threshold and quenching, 1e4 points, two workers", "a loop of limits"
    return [
        Row(what, against, shown(few), shown(peer), peer / few, 20, note=note),
        Row(f"{what} [s]", "", shown(spent), "", spent, 20, True, note),
    ]


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
    note = f"wall time of the whole command, with CSV, HDF5 and figure; {_load()}"
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


def _processor_seconds(*command: str, **environment: str) -> float:
    """Processor time of a command of nuem, its own and the system's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", "from scripts.cli import main; main()", *command],
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _load() -> str:
    return f"load {os.getloadavg()[0]:.0f}"


def _seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start
