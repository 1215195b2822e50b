"""Shards on a Dask cluster: a running scheduler, or one started through dask-jobqueue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

JOB_SYSTEMS = ("slurm", "htcondor")
_RETRIES = 3


class DaskUnavailableError(RuntimeError):
    """dask.distributed or dask-jobqueue is not installed."""


def run_on_dask(address: str, folder: Path, shards: Sequence[int]) -> Iterator[int]:
    """Run shards of a study on a cluster and yield each index as it is done.

    address is that of a running scheduler, or ``slurm`` or ``htcondor`` for a cluster that
    dask-jobqueue starts with its own configuration.  The study's folder must be on a file system
    that the workers share.  A worker that dies costs only the shard it was at.

    Raises
    ------
    DaskUnavailableError
        without the packages of the extra ``cluster``.
    OSError
        if the scheduler cannot be reached.
    """
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError:
        raise DaskUnavailableError("--dask needs: pip install 'nuem[cluster]'") from None
    from analysis.workers import run_shard

    with _cluster(address) as target, Client(target, timeout="30s") as client:
        futures = client.map(
            run_shard, [folder.resolve()] * len(shards), shards, pure=False, retries=_RETRIES
        )
        for future in as_completed(futures):
            yield future.result()


def _cluster(address: str) -> Any:
    from contextlib import nullcontext

    if address not in JOB_SYSTEMS:
        return nullcontext(address)
    try:
        import dask_jobqueue
    except ModuleNotFoundError:
        raise DaskUnavailableError(f"--dask {address} needs: pip install 'nuem[cluster]'") from None
    kind = {"slurm": "SLURMCluster", "htcondor": "HTCondorCluster"}[address]
    cluster = getattr(dask_jobqueue, kind)()
    cluster.adapt(minimum=1, maximum=200)
    return cluster
