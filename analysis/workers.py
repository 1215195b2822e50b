"""Workers: the shards of a study on this machine or on a running Dask cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

from analysis.shards import ShardRunner, read_shard, write_shard
from analysis.study import StudyPlan, read_plan, shard_path
from sim.hdf5 import StoreError

Progress = Callable[[int], None]
"""Called with the number of toys of each shard as it is finished."""


def finished_shards(folder: Path, plan: StudyPlan, shards: Sequence[int]) -> set[int]:
    """Shards that are there and verified; a damaged one is set aside as ``*.damaged``."""
    finished = set()
    for index in shards:
        path = shard_path(folder, index)
        if not path.exists():
            continue
        try:
            read_shard(folder, plan, index)
        except StoreError:
            path.replace(path.with_suffix(".damaged"))
        else:
            finished.add(index)
    return finished


def run_study(
    folder: Path,
    plan: StudyPlan,
    workers: int = 1,
    shards: Sequence[int] | None = None,
    progress: Progress | None = None,
    dask_address: str | None = None,
) -> None:
    """Run the shards of a study that are not finished (all of them by default).

    Each is written as soon as it is done, so that an interruption costs only what was under
    way; the result does not depend on the workers.

    Raises
    ------
    OSError
        if a shard cannot be written.
    """
    selected = range(plan.n_shards) if shards is None else shards
    finished = finished_shards(folder, plan, selected)
    todo = [index for index in selected if index not in finished]
    report = progress or _ignore
    for index in finished:
        report(_n_toys(plan, index))
    if not todo:
        return
    if dask_address is not None:
        from analysis.dask_engine import run_on_dask

        done = run_on_dask(dask_address, folder, todo)
    elif workers == 1 or len(todo) == 1:
        done = (run_shard(folder, index) for index in todo)
    else:
        done = _run_in_processes(folder, todo, workers)
    for index in done:
        report(_n_toys(plan, index))


def run_shard(folder: Path, index: int) -> int:
    """Run and store one shard of a study; the model is built once in each process."""
    runner = _runner(folder)
    write_shard(folder, runner.plan, index, runner.run(index))
    return index


def _run_in_processes(folder: Path, shards: Sequence[int], workers: int) -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    pool: Executor = ProcessPoolExecutor(workers, mp_context=context)
    try:
        futures = [pool.submit(run_shard, folder, index) for index in shards]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@cache
def _runner(folder: Path) -> ShardRunner:
    return ShardRunner(read_plan(folder))


def _n_toys(plan: StudyPlan, index: int) -> int:
    first, end = plan.toy_range(index)
    return end - first


def _ignore(n_toys: int) -> None:
    return None
