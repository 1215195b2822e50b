"""Progress of a long job: a bar on a terminal, a plain line every ten seconds otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

_INTERVAL_S = 10.0


@contextmanager
def progress_of(total: int, what: str, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Give a function to call with every amount done; the display goes to standard error."""
    if quiet:
        yield lambda amount: None
    elif sys.stderr.isatty():
        yield from _bar(total, what)
    else:
        yield _lines(total, what)


def _bar(total: int, what: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda amount: bar.update(task, advance=amount)


def _lines(total: int, what: str) -> Callable[[int], None]:
    start = last = time.monotonic()
    done = 0

    def advance(amount: int) -> None:
        nonlocal done, last
        done += amount
        now = time.monotonic()
        if now - last >= _INTERVAL_S and done < total:
            last = now
            left = (now - start) / done * (total - done)
            click.echo(f"nuem: {what} {done} of {total}, about {left:.0f} s left", err=True)

    return advance
