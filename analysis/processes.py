"""Worker processes: how they are started, interrupted and ended; a function of many things."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerLostError(RuntimeError):
    """What works for us died or did not come."""


def results_of(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int,
    progress: Callable[[int], None],
) -> list[Result]:
    """What a function makes of each item, in their order, by that many processes.

    work and what it takes and gives are sent to the processes; with one worker it runs here.  An
    interrupt ends the processes.

    Raises
    ------
    WorkerLostError
        if a process is killed.
    """
    if workers == 1 or len(items) == 1:
        return list(_one_by_one(work, items, progress))
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(
        min(workers, len(items)), mp_context=context, initializer=follow_parent
    ) as pool:
        with interrupts_held():
            jobs = [pool.submit(work, item) for item in items]
            started = set(multiprocessing.active_children()) - others
        try:
            for job in as_completed(jobs):
                job.result()
                progress(1)
        except BrokenProcessPool:
            raise WorkerLostError(
                "a worker process died (killed, or out of memory): fewer workers need less memory"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                process.terminate()
            raise
    return [job.result() for job in jobs]


def _one_by_one(
    work: Callable[[Item], Result], items: Sequence[Item], progress: Callable[[int], None]
) -> Iterator[Result]:
    for item in items:
        yield work(item)
        progress(1)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold SIGINT back while workers start; they inherit that until ``follow_parent``."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def follow_parent() -> None:
    """First act of a worker: an interrupt ends it silently, and so does the end of its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
