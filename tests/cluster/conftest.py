"""A real SLURM on one node: munged, slurmctld and slurmd of Debian, in a folder of their own.

It needs root, and ports that are free; nothing of an installed cluster is read or changed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
SYSTEM = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where Debian has programs of administration, which need not be on the path."""
PATIENCE_S = 180.0
N_CPUS = 4
CONFIGURATION = """
ClusterName=nuem
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MinJobAge=300
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=64000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def wait_for(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> None:
    """Until a condition holds; AssertionError if it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(0.2)


@dataclass(frozen=True)
class Slurm:
    """A running cluster: its commands."""

    def __call__(self, *words: str) -> str:
        """What a command of SLURM prints."""
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def jobs(self) -> list[str]:
        """Identifiers of the jobs that wait or run."""
        return self("squeue", "--noheader", "--format=%A").split()

    def running(self) -> list[str]:
        """Identifiers of the jobs that run."""
        return self("squeue", "--noheader", "--format=%A", "--states=RUNNING").split()


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """The cluster, started; skipped where that is not asked for, or not possible."""
    if "NUEM_SLURM" not in os.environ:
        pytest.skip("needs a SLURM of its own: make check-cluster")
    path = os.pathsep.join([os.environ["PATH"], *SYSTEM])
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: apt-get install slurm-wlm munge")
    if os.geteuid() != 0:
        pytest.skip("only root can start SLURM")
    folder = Path(tempfile.mkdtemp(prefix="nuem-slurm-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        running: list[subprocess.Popen[bytes]] = []
        try:
            _start(folder, running)
            yield Slurm()
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait(30)
            shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, running: list[subprocess.Popen[bytes]]) -> None:
    host = socket.gethostname().partition(".")[0]
    folder.chmod(0o755)
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    text = CONFIGURATION.format(host=host, folder=folder, ports=_free_ports(), cpus=N_CPUS)
    (folder / "slurm.conf").write_text(text)
    (folder / "key").write_bytes(os.urandom(128))
    (folder / "key").chmod(0o600)

    def start(*words: str) -> None:
        with (folder / f"{words[0]}.log").open("wb") as log:
            running.append(subprocess.Popen(words, stdout=log, stderr=log))

    def said() -> str:
        return "\n".join(log.read_text(errors="replace")[-2000:] for log in folder.glob("*.log"))

    names = {"socket": "munge.socket", "pid-file": "munge.pid", "log-file": "munged.log"}
    files = [f"--{key}={folder / name}" for key, name in names.items()]
    files += [f"--key-file={folder / 'key'}", f"--seed-file={folder / 'seed'}"]
    start("munged", "--foreground", "--force", *files)
    wait_for((folder / "munge.socket").exists, "munged", 30)
    start("slurmctld", "-D", "-c", "-f", str(folder / "slurm.conf"))
    start("slurmd", "-D", "-c", "-f", str(folder / "slurm.conf"), "-N", host)

    def idle() -> bool:
        done = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True)
        assert all(process.poll() is None for process in running), said()
        return done.stdout.strip() == "idle"

    wait_for(idle, "an idle node", 60)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def work(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to submit from; at the end no job is left."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    yield tmp_path
    for job in slurm.jobs():
        slurm("scancel", job)
    wait_for(lambda: not slurm.jobs(), "the jobs to end")


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """``wait_for``."""
    return wait_for
