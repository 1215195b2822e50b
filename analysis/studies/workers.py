"""Workers: the shards of a study on this machine or on a running Dask cluster."""

from __future__ import annotations

import atexit
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from analysis.processes import WorkerLostError, follow_parent, interrupts_held
from analysis.studies.plans.plan import Plan
from analysis.studies.shard_files import (
    Progress,
    no_progress,
    unreadable_line,
    verified_shards,
)
from analysis.studies.shard_runner import run_shard
from analysis.studies.study import check_code
from sim.files import sweep

_POLL_S = 0.5
_done: Any = None
"""In a worker process: items done of each shard, written by whoever runs it, without a lock.

A lock would outlive a worker that is killed while it holds it, and everyone would wait.
"""


class UnreadableShardsError(RuntimeError):
    """Some shards of a study cannot be read; the others are done."""


def run_study(
    folder: Path,
    plan: Plan,
    workers: int = 1,
    shards: Sequence[int] | None = None,
    progress: Progress = no_progress,
    dask_address: str | None = None,
) -> None:
    """Run the shards of a study that are not finished (all of them by default).

    Each is written as soon as it is done, so that an interruption costs only what was under
    way; the result does not depend on the workers.

    Raises
    ------
    ConfigurationError
        if there is something to run, and the study was made by other code.
    OSError
        if a shard cannot be written, or none of those that are there can be read.
    UnreadableShardsError
        if some shards are there and cannot be read: they are left as they are.
    WorkerLostError
        if a worker process is killed.
    """
    sweep(folder / "shards")
    selected = range(plan.n_shards) if shards is None else shards
    unreadable: dict[int, str] = {}
    finished = {index for index, _ in verified_shards(folder, plan, unreadable, selected)}
    todo = [index for index in selected if index not in finished and index not in unreadable]
    for index in finished:
        progress(_n_items(plan, index))
    if todo:
        check_code(folder)
        _run(folder, plan, todo, workers, progress, dask_address)
    if unreadable:
        raise UnreadableShardsError(unreadable_line(unreadable.values()))


def _run(
    folder: Path,
    plan: Plan,
    todo: Sequence[int],
    workers: int,
    progress: Progress,
    dask_address: str | None,
) -> None:
    """Run shards in this process, in processes of their own, or on a cluster."""
    try:
        if dask_address is not None:
            from analysis.studies.dask_engine import run_on_dask

            with closing(run_on_dask(dask_address, folder, todo)) as done:
                for index in done:
                    progress(_n_items(plan, index))
        elif workers == 1 or len(todo) == 1:
            for index in todo:
                run_shard(folder, index, progress)
        else:
            _run_in_processes(folder, todo, workers, progress)
    finally:  # an interrupt may have left something half written
        sweep(folder / "shards")


def _run_in_processes(
    folder: Path, shards: Sequence[int], workers: int, progress: Progress
) -> None:
    context = multiprocessing.get_context("spawn")
    done, reported = context.RawArray("q", len(shards)), 0
    counts = np.frombuffer(done, dtype=np.int64)
    ended: SimpleQueue[Future[int]] = SimpleQueue()  # an interrupt leaves its locks as they were
    pool: Executor = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(done,)
    )
    others, started = set(multiprocessing.active_children()), set()
    try:
        with interrupts_held():
            for place, index in enumerate(shards):
                pool.submit(_run_counted, folder, index, place).add_done_callback(ended.put)
            started = set(multiprocessing.active_children()) - others
        left = len(shards)
        while left:
            with suppress(Empty):
                ended.get(timeout=_POLL_S).result()
                left -= 1
            now = int(counts.sum())
            if now > reported:
                progress(now - reported)
                reported = now
    except BrokenProcessPool:
        raise WorkerLostError(
            f"{folder}: a worker process died (killed, or out of memory); finished shards are "
            f"kept: run the same again, with fewer workers if memory is short"
        ) from None
    except KeyboardInterrupt:  # which the workers need not have had
        for process in started:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _run_counted(folder: Path, index: int, place: int) -> int:
    """A shard in a worker process, whose items are counted as they are done."""

    def count(n_items: int) -> None:
        _done[place] += n_items

    return run_shard(folder, index, count)


def _start_worker(done: Any) -> None:
    """First act of a worker."""
    global _done
    _done = done
    follow_parent()
    atexit.register(os._exit, 0)  # all is written by then; taking down what was imported costs time


def _n_items(plan: Plan, index: int) -> int:
    first, end = plan.item_range(index)
    return end - first
