"""Workers: the shards of a study on this machine or on a running Dask cluster."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from analysis.plan import Plan
from analysis.shard_files import Shard, verified_shards, write_shard
from analysis.study import PLAN_FILE, read_plan
from analysis.toy_plan import ToyPlan

Progress = Callable[[int], None]
"""Called with the number of items of each shard as it is finished."""


class Runner(Protocol):
    """What makes the shards of a plan; it folds and prepares once what they have in common."""

    def run(self, index: int) -> Shard:
        """One shard, a pure function of the plan and the index."""


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
    OSError
        if a shard cannot be written.
    """
    selected = range(plan.n_shards) if shards is None else shards
    finished = {index for index, _ in verified_shards(folder, plan, selected)}
    todo = [index for index in selected if index not in finished]
    report = progress or _ignore
    for index in finished:
        report(_n_items(plan, index))
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
        report(_n_items(plan, index))


def run_shard(folder: Path, index: int) -> int:
    """Run and store one shard of a study; the model is built once in each process."""
    stored = hashlib.sha256((folder / PLAN_FILE).read_bytes()).hexdigest()
    plan, runner = _prepared(folder, stored)
    write_shard(folder, plan, index, runner.run(index))
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


@lru_cache(maxsize=1)
def _prepared(folder: Path, plan_sha256: str) -> tuple[Plan, Runner]:
    """Plan and runner of a folder; the hash tells a folder that was made anew from the old one."""
    plan = read_plan(folder)
    return plan, _runner(plan)


def _runner(plan: Plan) -> Runner:
    match plan:
        case ToyPlan():
            from analysis.shards import ToyRunner

            return ToyRunner(plan)
    raise TypeError(f"no runner for a plan of {plan.items}")


def _n_items(plan: Plan, index: int) -> int:
    first, end = plan.item_range(index)
    return end - first


def _ignore(n_items: int) -> None:
    return None
