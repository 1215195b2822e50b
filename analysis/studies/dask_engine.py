"""Shards on a Dask cluster: a running scheduler, or one started through dask-jobqueue."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from analysis.extras import missing_extra
from analysis.processes import WorkerLostError
from analysis.studies.code import code_sha256
from analysis.studies.shard_runner import run_shard

if TYPE_CHECKING:
    from distributed import Client, Future

JOB_SYSTEMS = {"slurm": "SLURMCluster", "htcondor": "HTCondorCluster"}
"""Batch systems and their classes of dask-jobqueue."""

MOST_JOBS = 200
WAIT = "nuem.wait"
"""Key of Dask's configuration: the longest time without a worker, an hour by default."""
_RETRIES = 3
_TIMEOUT = "30s"
_POLL_S = 0.5
_LOST_S = 10.0
"""Time for a client to find a scheduler again that it lost."""
_REPORT_S = 60.0
_DEFAULTS: dict[str, Any] = {"cores": 1, "processes": 1, "memory": "2GB", "disk": "1GB"}
_SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_KEPT = "finished shards are kept: run the same again"
_KNOCK = (
    "import socket, sys; host, _, port = sys.argv[1].partition('://')[2].rpartition(':'); "
    "socket.create_connection((host.strip('[]'), int(port)), 30).close()"
)
"""A program that fails if nobody listens at an address."""
_LOG = logging.getLogger("nuem.study")


class ClusterError(OSError):
    """A cluster that cannot be used; the message is one line."""


def run_on_dask(address: str, folder: Path, shards: Sequence[int]) -> Generator[int, None, None]:
    """Run shards of a study on a cluster and yield each index as it is done.

    address is that of a running scheduler, or ``slurm`` or ``htcondor`` for a cluster that
    dask-jobqueue starts with its own configuration.  The study's folder must be on a file system
    that the workers share.  A worker that dies costs only the shard it was at.  While there is no
    worker a line a minute says so in the log, until ``nuem.wait`` of Dask's configuration is over.

    Raises
    ------
    MissingExtraError
        without the packages of the extra ``cluster``.
    ClusterError
        if the scheduler cannot be reached, jobs are refused, or workers lack nuem.
    WorkerLostError
        if the scheduler ends, a shard kills its workers, or no worker comes in time.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise missing_extra("--dask needs dask.distributed", "cluster") from None

    refused: list[str] = []
    with _quiet(), _scheduler(address, len(shards), refused) as where:
        try:
            client = Client(where, timeout=_TIMEOUT)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler at {address}: {error}") from None
        except AssertionError:  # distributed waits ten seconds for a thread of its own
            raise ClusterError("the client of Dask did not start: is the machine busy?") from None
        with client:
            patience = _Patience(client, address, refused)
            _meet_first(client, patience)
            futures = client.map(
                run_shard, [folder.resolve()] * len(shards), shards, pure=False, retries=_RETRIES
            )
            yield from _finished(dict(zip(futures, shards, strict=True)), patience)


def _meet_first(client: Client, patience: _Patience) -> None:
    """Wait for a worker, and ask all for the hash of their code: without nuem they would die."""
    while not patience.check():
        time.sleep(_POLL_S)
    try:
        client.run(code_sha256)
    except Exception as error:  # a worker's own comes as any class
        if "ModuleNotFoundError" not in repr(error):
            raise
        raise _without_nuem(patience.address, error) from None


def _without_nuem(address: str, error: BaseException) -> ClusterError:
    return ClusterError(
        f"scheduler or workers at {address} cannot load nuem ({error}): start them in the "
        f"environment of this command"
    )


def _finished(shard_of: dict[Future[int], int], patience: _Patience) -> Iterator[int]:
    """Shards as their futures end, in whatever order."""
    ended: SimpleQueue[Future[int]] = SimpleQueue()
    for future in shard_of:
        future.add_done_callback(ended.put)
    left = len(shard_of)
    while left:
        try:
            future = ended.get(timeout=_POLL_S)
        except Empty:
            patience.check()
            continue
        if future.status != "finished":
            raise _what_happened(future, patience.address)
        left -= 1
        yield shard_of[future]


def _what_happened(future: Future[int], address: str) -> BaseException:
    """The error of a future in words of this house, or that of the shard itself."""
    from distributed import KilledWorker

    error = future.exception() if future.status == "error" else None
    if error is None:
        return _scheduler_ended(address)
    if isinstance(error, KilledWorker):
        return WorkerLostError(
            f"several workers at {address} died of one shard (killed, or out of memory); {_KEPT}, "
            f"with more memory"
        )
    if isinstance(error, ImportError) or "deserializ" in str(error):
        return _without_nuem(address, error.__cause__ or error)
    found: BaseException = error
    return found


def _scheduler_ended(address: str) -> WorkerLostError:
    return WorkerLostError(f"the Dask scheduler at {address} has ended; {_KEPT}")


class _Patience:
    """Watches over a cluster: refused jobs, a scheduler that is gone, and no worker for long."""

    def __init__(self, client: Client, address: str, refused: list[str]) -> None:
        import dask

        self.address = address
        self._client, self._refused = client, refused
        stated = dask.config.get(WAIT, "1 hour")
        try:
            self._longest_s = float(dask.utils.parse_timedelta(stated))
        except (KeyError, ValueError):
            raise ClusterError(
                f"{WAIT} of Dask's configuration: a time such as '2 hours' expected, found "
                f"{stated!r}"
            ) from None
        self._since = self._reported = time.monotonic()
        self._lost: float | None = None

    def check(self) -> bool:
        """True if there is a worker; ClusterError, WorkerLostError if it is no use to wait."""
        now = time.monotonic()
        if self._client.status != "running":
            self._lost = self._lost or now
            if now - self._lost > _LOST_S:
                raise _scheduler_ended(self.address)
        elif self._client.nthreads():
            self._lost = None
            self._since = self._reported = now
            return True
        if self._refused:
            raise ClusterError(f"a job for {self.address} was refused: {self._refused[-1]}")
        if now - self._since > self._longest_s:
            raise WorkerLostError(
                f"no worker at {self.address} in {self._longest_s:g} s ({WAIT} of Dask's "
                f"configuration, DASK_NUEM__WAIT); {_KEPT}"
            )
        if now - self._reported >= _REPORT_S:
            self._reported = now
            _LOG.warning(
                "nuem: no worker at %s for %.0f s, waiting up to %.0f s",
                self.address,
                now - self._since,
                self._longest_s,
            )
        return False


@contextmanager
def _scheduler(address: str, n_shards: int, refused: list[str]) -> Iterator[Any]:
    """What a client connects to: an address, or a cluster of jobs that ends with the block."""
    if address not in JOB_SYSTEMS:
        yield address
        return
    with job_cluster(address, refused) as cluster:
        cluster.adapt(minimum=1, maximum=min(MOST_JOBS, n_shards))
        yield cluster


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what distributed logs of lost connections and jobs: what is wrong is raised."""
    names = (
        *("distributed", "distributed.client", "distributed.deploy.adaptive_core"),
        *("tornado", "tornado.application"),
    )
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _interrupts_as_they_are() -> Iterator[None]:
    """The import of dask-jobqueue takes SIGINT for itself, and would end without a word."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def job_cluster(system: str, refused: list[str] | None = None) -> Any:
    """A cluster of dask-jobqueue for a batch system, without workers yet.

    Each job is one worker with one thread.  What the user's own configuration of dask-jobqueue
    (``jobqueue.<system>``) leaves open is 1 core, 2 GB of memory and, for HTCondor, 1 GB of disk.
    Workers share the folder of compiled kernels, and numpy has one thread in each.  refused gets a
    line of each job that could not be submitted.

    Raises
    ------
    MissingExtraError
        without dask-jobqueue.
    """
    try:
        import dask

        with _interrupts_as_they_are():
            import dask_jobqueue
    except ModuleNotFoundError:
        raise missing_extra(f"--dask {system} needs dask-jobqueue", "cluster") from None
    given = dask.config.get(f"jobqueue.{system}", {})
    wanted = {k: v for k, v in _DEFAULTS.items() if k != "disk" or system == "htcondor"}
    options = {key: value for key, value in wanted.items() if given.get(key) is None}
    if not given.get("scheduler-options"):
        options["scheduler_options"] = {"dashboard_address": ":0"}
    python = given.get("python") or shlex.quote(sys.executable)
    prologue = [*(given.get("job-script-prologue") or []), *_surroundings()]
    kind = getattr(dask_jobqueue, JOB_SYSTEMS[system])
    job = _noting_job(kind.job_cls, [] if refused is None else refused, python)
    return kind(python=python, job_script_prologue=prologue, job_cls=job, **options)


def _noting_job(kind: Any, refused: list[str], python: str) -> Any:
    """A kind of job that keeps what its submission was refused for.

    A job of a client that is gone meanwhile ends at once; its worker would look for it for a
    minute, and so would those of all jobs behind it in the queue.
    """
    from distributed import Status

    class NotingJob(kind):  # type: ignore[misc]
        def __init__(self, scheduler: str | None = None, *words: Any, **options: Any) -> None:
            super().__init__(scheduler, *words, **options)
            if scheduler is not None and scheduler.startswith(("tcp://", "tls://")):
                job: Any = self
                knock = f"{python} -c {shlex.quote(_KNOCK)} {shlex.quote(scheduler)} || exit 1"
                job._job_script_prologue = [*job._job_script_prologue, knock]

        async def start(self) -> None:
            try:
                await super().start()
            except (RuntimeError, ValueError, OSError) as error:
                said = str(error).partition("stderr:")[2] or str(error)
                refused.append(" ".join(said.split()))
                self.status = Status.failed  # which the cluster closes
                raise

    return NotingJob


def _surroundings() -> list[str]:
    """Lines of a job script that set the surroundings of a worker."""
    lines = [f"export {name}=1" for name in _SINGLE_THREADED]
    cache = os.environ.get("NUMBA_CACHE_DIR")
    return [*lines, f"export NUMBA_CACHE_DIR='{cache}'"] if cache else lines
