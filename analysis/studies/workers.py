"""Workers: the shards of a study on this machine or on a running Dask cluster."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from analysis.studies.plans.plan import Plan
from analysis.studies.shard_files import unreadable_line, verified_shards
from analysis.studies.shard_runner import run_shard
from analysis.studies.study import check_code
from sim.files import sweep

Progress = Callable[[int], None]
"""Called with the number of items of each shard as it is finished."""


class WorkerLostError(RuntimeError):
    """A worker process died; what was finished is kept."""


class UnreadableShardsError(RuntimeError):
    """Some shards of a study cannot be read; the others are done."""


def run_study(
    folder: Path,
    plan: Plan,
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
    report = progress or _ignore
    for index in finished:
        report(_n_items(plan, index))
    if todo:
        check_code(folder)
        _run(folder, plan, todo, workers, report, dask_address)
    if unreadable:
        raise UnreadableShardsError(unreadable_line(unreadable.values()))


def _run(
    folder: Path,
    plan: Plan,
    todo: Sequence[int],
    workers: int,
    report: Progress,
    dask_address: str | None,
) -> None:
    """Run shards in this process, in processes of their own, or on a cluster."""
    if dask_address is not None:
        from analysis.studies.dask_engine import run_on_dask

        done = run_on_dask(dask_address, folder, todo)
    elif workers == 1 or len(todo) == 1:
        done = (run_shard(folder, index) for index in todo)
    else:
        done = _run_in_processes(folder, todo, workers)
    try:
        for index in done:
            report(_n_items(plan, index))
    finally:  # an interrupt may have left something half written
        sweep(folder / "shards")


def _run_in_processes(folder: Path, shards: Sequence[int], workers: int) -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    pool: Executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_parent)
    try:
        with _interrupts_held():
            futures = [pool.submit(run_shard, folder, index) for index in shards]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise WorkerLostError(
            f"{folder}: a worker process died (killed, or out of memory); finished shards are "
            f"kept: run the same again, with fewer workers if memory is short"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold SIGINT back while workers start; they inherit that until ``_follow_parent``."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow_parent() -> None:
    """First act of a worker: an interrupt ends it silently, and so does the end of its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    atexit.register(os._exit, 0)  # all is written by then; taking down what was imported costs time


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _n_items(plan: Plan, index: int) -> int:
    first, end = plan.item_range(index)
    return end - first


def _ignore(n_items: int) -> None:
    return None
