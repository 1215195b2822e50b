"""Shards on a Dask cluster: a running scheduler, or one started through dask-jobqueue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from analysis.extras import missing_extra
from analysis.studies.shard_runner import run_shard

JOB_SYSTEMS = {"slurm": "SLURMCluster", "htcondor": "HTCondorCluster"}
"""Batch systems and their classes of dask-jobqueue."""

MOST_JOBS = 200
_RETRIES = 3
_TIMEOUT = "30s"
_DEFAULTS: dict[str, Any] = {"cores": 1, "processes": 1, "memory": "2GB", "disk": "1GB"}
_SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run_on_dask(address: str, folder: Path, shards: Sequence[int]) -> Iterator[int]:
    """Run shards of a study on a cluster and yield each index as it is done.

    address is that of a running scheduler, or ``slurm`` or ``htcondor`` for a cluster that
    dask-jobqueue starts with its own configuration.  The study's folder must be on a file system
    that the workers share.  A worker that dies costs only the shard it was at.

    Raises
    ------
    MissingExtraError
        without the packages of the extra ``cluster``.
    OSError
        if the scheduler cannot be reached.
    """
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        raise missing_extra("--dask needs dask.distributed", "cluster") from None

    target: AbstractContextManager[Any] = nullcontext(address)
    if address in JOB_SYSTEMS:
        cluster = job_cluster(address)
        cluster.adapt(minimum=1, maximum=min(MOST_JOBS, len(shards)))
        target = cluster
    with target as where, Client(where, timeout=_TIMEOUT) as client:
        futures = client.map(
            run_shard, [folder.resolve()] * len(shards), shards, pure=False, retries=_RETRIES
        )
        for future in as_completed(futures):
            yield future.result()


def job_cluster(system: str) -> Any:
    """A cluster of dask-jobqueue for a batch system, without workers yet.

    Each job is one worker with one thread.  What the user's own configuration of dask-jobqueue
    (``jobqueue.<system>``) leaves open is 1 core, 2 GB of memory and, for HTCondor, 1 GB of disk.
    Workers share the folder of compiled kernels, and numpy has one thread in each.

    Raises
    ------
    MissingExtraError
        without dask-jobqueue.
    """
    try:
        import dask
        import dask_jobqueue
    except ModuleNotFoundError:
        raise missing_extra(f"--dask {system} needs dask-jobqueue", "cluster") from None
    given = dask.config.get(f"jobqueue.{system}", {})
    wanted = {k: v for k, v in _DEFAULTS.items() if k != "disk" or system == "htcondor"}
    options = {key: value for key, value in wanted.items() if given.get(key) is None}
    if not given.get("scheduler-options"):
        options["scheduler_options"] = {"dashboard_address": ":0"}
    prologue = [*(given.get("job-script-prologue") or []), *_surroundings()]
    return getattr(dask_jobqueue, JOB_SYSTEMS[system])(job_script_prologue=prologue, **options)


def _surroundings() -> list[str]:
    """Lines of a job script that set the surroundings of a worker."""
    lines = [f"export {name}=1" for name in _SINGLE_THREADED]
    cache = os.environ.get("NUMBA_CACHE_DIR")
    return [*lines, f"export NUMBA_CACHE_DIR='{cache}'"] if cache else lines
