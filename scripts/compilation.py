"""Announces the compilation of kernels, which happens once, with how many and how long so far."""

from __future__ import annotations

import sys
import time

import click
from numba.core import event

_INTERVAL_S = 10.0


class _Announcement(event.Listener):
    """Counts the kernels on standard error: in place on a terminal, else every ten seconds."""

    def __init__(self) -> None:
        self._compiled, self._depth, self._last, self._start = 0, 0, 0.0, time.monotonic()

    def on_start(self, event: event.Event) -> None:
        if self._depth == 0:
            self._say()
        self._depth += 1

    def on_end(self, event: event.Event) -> None:
        self._depth -= 1
        self._compiled += 1

    def _say(self) -> None:
        now = time.monotonic()
        so_far = f" {self._compiled} done, {now - self._start:.0f} s"
        if sys.stderr.isatty():
            end = f"{so_far}\r"
        elif now - self._last < _INTERVAL_S:
            return
        else:
            end = f"{so_far}\n" if self._compiled else "\n"
        self._last = now
        click.echo(f"nuem: compiling kernels, once: ...{end}", nl=False, err=True)


def announce_compilation() -> None:
    """Tell of every compilation from now on."""
    event.register("numba:compile", _Announcement())  # type: ignore[no-untyped-call]
