"""Studies on Dask: a real scheduler with worker processes, a worker killed, job scripts.

Batch systems are not there: `sbatch` is a script that runs what it is given on this machine, which
takes dask-jobqueue all the way from the job script to finished shards.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.extras import MissingExtraError
from analysis.processes import WorkerLostError
from analysis.studies import dask_engine
from analysis.studies.dask_engine import ClusterError, job_cluster, run_on_dask
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.study import open_study, shard_path
from analysis.studies.workers import run_study
from sim.experiment import load_experiment

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
N_SHARDS = 6
_PATIENCE_S = 120

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def plan() -> ToyPlan:
    """Every shard takes a good part of a second."""
    experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=0.9"])
    return ToyPlan(experiment, "mu_nu", 150 * N_SHARDS, 3, method="bayes-flat", shard_size=150)


@pytest.fixture(scope="module")
def wanted(plan: ToyPlan, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("local")
    open_study(folder, plan)
    run_study(folder, plan)
    return [shard_path(folder, index).read_bytes() for index in range(N_SHARDS)]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program of distributed that ends with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def run(program: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *options]
        around = {**os.environ, **environment}
        with (tmp_path / f"{program}-{len(running)}.log").open("wb") as log:
            running.append(subprocess.Popen(words, stdout=log, stderr=log, env=around))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(0.02)


def started_scheduler(
    start: Start, folder: Path, **environment: str
) -> tuple[subprocess.Popen[bytes], str]:
    """The process and its address, read once its file is written to the end."""
    file = folder / "scheduler.json"
    words = ("--port", "0", "--host", "127.0.0.1", "--scheduler-file", str(file))
    process = start("dask_scheduler", *words, **environment)
    wait_for(lambda: file.exists() and file.read_text().rstrip().endswith("}"), "the scheduler")
    return process, str(json.loads(file.read_text())["address"])


def scheduler_address(start: Start, folder: Path, **environment: str) -> str:
    return started_scheduler(start, folder, **environment)[1]


def start_worker(start: Start, address: str, **environment: str) -> subprocess.Popen[bytes]:
    return start("dask_worker", address, "--nthreads", "1", "--no-nanny", **environment)


def shards_of(folder: Path) -> list[bytes]:
    return [shard_path(folder, index).read_bytes() for index in range(N_SHARDS)]


def test_a_worker_killed_in_mid_study_costs_nothing(
    start: Start, plan: ToyPlan, wanted: list[bytes], tmp_path: Path
) -> None:
    """Two workers, one of them killed as soon as a shard is there: the same bytes as ever."""
    address = scheduler_address(start, tmp_path)
    victim, _ = start_worker(start, address), start_worker(start, address)
    folder = tmp_path / "study"
    open_study(folder, plan)
    done = []
    for index in run_on_dask(address, folder, range(N_SHARDS)):
        if not done:
            victim.send_signal(signal.SIGKILL)
            assert victim.wait(_PATIENCE_S) == -signal.SIGKILL
        done.append(index)
    assert sorted(done) == list(range(N_SHARDS))
    assert shards_of(folder) == wanted
    assert not list((folder / "shards").glob("*.damaged"))


def test_the_command_on_a_running_scheduler(
    start: Start, plan: ToyPlan, wanted: list[bytes], tmp_path: Path
) -> None:
    address = scheduler_address(start, tmp_path)
    start_worker(start, address)
    folder = tmp_path / "study"
    open_study(folder, plan)
    shard_path(folder, 2).write_bytes(wanted[2])
    reported: list[int] = []
    run_study(folder, plan, progress=reported.append, dask_address=address)
    assert shards_of(folder) == wanted
    assert reported == [150] * N_SHARDS


def test_no_scheduler_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dask_engine, "_TIMEOUT", "1s")
    with pytest.raises(OSError, match=r"127\.0\.0\.1:1"):
        list(run_on_dask("tcp://127.0.0.1:1", tmp_path, [0]))


def test_no_address(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"no Dask scheduler at nonsense://: .*nonsense"):
        list(run_on_dask("nonsense://", tmp_path, [0]))


def test_a_scheduler_killed_in_mid_study(start: Start, plan: ToyPlan, tmp_path: Path) -> None:
    """What was finished is kept, and the line says so."""
    scheduler, address = started_scheduler(start, tmp_path)
    start_worker(start, address)
    folder = tmp_path / "study"
    open_study(folder, plan)
    done = run_on_dask(address, folder, range(N_SHARDS))
    first = next(done)
    scheduler.kill()
    with pytest.raises(WorkerLostError, match=f"scheduler at {address} has ended; finished"):
        list(done)
    assert shard_path(folder, first).exists()


def test_workers_without_nuem(start: Start, plan: ToyPlan, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['analysis'] = None\n")
    address = scheduler_address(start, tmp_path)
    start_worker(start, address, PYTHONPATH=str(hidden))
    open_study(tmp_path / "study", plan)
    with pytest.raises(
        ClusterError, match=r"workers at .* cannot load nuem \(.*analysis.*\): start them"
    ):
        list(run_on_dask(address, tmp_path / "study", [0]))


def test_a_shard_that_kills_workers(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As for want of memory."""
    monkeypatch.setattr(dask_engine, "run_shard", lambda folder, index: os._exit(9))
    failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    address = scheduler_address(start, tmp_path, **failures)
    start_worker(start, address)
    with pytest.raises(WorkerLostError, match=r"died of one shard \(killed, or out of memory\)"):
        list(run_on_dask(address, tmp_path, [0]))


def test_no_worker_in_time(
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    import dask

    monkeypatch.setattr(dask_engine, "_REPORT_S", 0.1)
    address = scheduler_address(start, tmp_path)
    with (
        dask.config.set({dask_engine.WAIT: "2s"}),
        caplog.at_level(logging.WARNING, "nuem.study"),
        pytest.raises(WorkerLostError, match=f"no worker at {address} in 2 s"),
    ):
        list(run_on_dask(address, tmp_path, [0]))
    assert f"nuem: no worker at {address} for " in caplog.text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo sbatch: error: invalid partition specified: x >&2; exit 1", "sbatch: error: inv"),
        ("echo nothing of the kind", "Could not parse job id"),
        (None, "No such file or directory"),
    ],
)
def test_jobs_that_are_refused(
    script: str | None, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if script is not None:
        (tmp_path / "sbatch").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "sbatch").chmod(0o755)
    (tmp_path / "scancel").write_text("#!/bin/sh\n")
    (tmp_path / "scancel").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match=f"a job for slurm was refused: .*{said}"):
        list(run_on_dask("slurm", tmp_path, [0]))


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt(name: str, start: Start, tmp_path: Path) -> None:
    address = scheduler_address(start, tmp_path)
    start_worker(start, address)
    program = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from scripts.cli import main\n"
        "main()\n"
    )
    words = ["toys", "gemma-2012", "-n", "100000000", "--seed", "7", "--dask", address, "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, *words, "-o", str(tmp_path / "study")],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: any(tmp_path.glob("study/shards/*.h5")), "a shard")
        process.send_signal(getattr(signal, name))
        _, said = process.communicate(timeout=_PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert said.strip().startswith("nuem: interrupted; "), said
    assert said.strip().count("\n") == 0


def test_without_the_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("distributed", "dask_jobqueue"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"nuem\[cluster\]"):
        list(run_on_dask("tcp://127.0.0.1:1", tmp_path, [0]))
    with pytest.raises(MissingExtraError, match="--dask slurm needs"):
        job_cluster("slurm")


def script_of(system: str) -> str:
    cluster: Any = job_cluster(system)
    try:
        return str(cluster.job_script())
    finally:
        cluster.close()


def test_a_python_below_a_path_with_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/home/me/my env/bin/python")
    script = script_of("slurm")
    assert script.count("'/home/me/my env/bin/python' -") == 2


def test_slurm_job_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/shared/kernels")
    script = script_of("slurm")
    for line in ("#SBATCH -n 1", "#SBATCH --cpus-per-task=1", "#SBATCH --mem=2G"):
        assert line in script
    assert "export OMP_NUM_THREADS=1" in script
    assert "export NUMBA_CACHE_DIR='/shared/kernels'" in script
    assert f"{shlex.quote(sys.executable)} -m distributed.cli.dask_worker tcp://" in script
    assert "--nthreads 1" in script
    knock = next(line for line in script.splitlines() if line.endswith("|| exit 1"))
    assert subprocess.run(["sh", "-c", knock], stderr=subprocess.DEVNULL).returncode == 1


def test_the_users_own_configuration_counts() -> None:
    import dask

    own = {
        "jobqueue.slurm.cores": 4,
        "jobqueue.slurm.queue": "long",
        "jobqueue.slurm.job-script-prologue": ["module load python"],
    }
    with dask.config.set(own):
        script = script_of("slurm")
    for line in ("#SBATCH --cpus-per-task=4", "#SBATCH -p long", "#SBATCH --mem=2G"):
        assert line in script
    assert script.index("module load python") < script.index("dask_worker")


def test_htcondor_job_script() -> None:
    script = script_of("htcondor")
    for line in (
        "RequestCpus = MY.DaskWorkerCores",
        "MY.DaskWorkerDisk = 1000000000",
        "Executable",
    ):
        assert line in script
    assert "OMP_NUM_THREADS=1" in script
    assert "distributed.cli.dask_worker" in script


@pytest.mark.slow
def test_slurm_from_job_to_shards(
    monkeypatch: pytest.MonkeyPatch, plan: ToyPlan, wanted: list[bytes], tmp_path: Path
) -> None:
    """`sbatch` runs a copy of the job at once, for the script is gone soon; `scancel` ends it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    jobs = tmp_path / "jobs"
    scripts = {
        "sbatch": f'cp "$1" {tmp_path}/job-$$; setsid sh {tmp_path}/job-$$ >/dev/null 2>&1 & '
        f'echo $! | tee -a {jobs} | sed "s/^/Submitted batch job /"',
        "scancel": 'kill -- -"$1"',
    }
    for name, text in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(dask_engine, "MOST_JOBS", 2)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "study"
    open_study(folder, plan)
    run_study(folder, plan, dask_address="slurm")
    assert shards_of(folder) == wanted
    submitted = jobs.read_text().split()
    assert 1 <= len(submitted) <= 4
    wait_for(lambda: not any(alive(int(job)) for job in submitted), "the jobs to end")


def alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"
