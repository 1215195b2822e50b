"""Interleaved timing: the machine's moods hit ours and the peer's alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: seconds a unit, ours and the peer's, and what was aimed at.

    target is the least ratio peer / ours that is wanted, or the largest value with at_most.
    """

    what: str
    against: str
    ours: str
    peer: str
    measured: float
    target: float
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """True if the target is reached."""
        return self.measured <= self.target if self.at_most else self.measured >= self.target


def cpu_seconds(function: Callable[[], object], units: float) -> float:
    """Processor time of one call, a unit."""
    start = time.process_time()
    function()
    return (time.process_time() - start) / units


def interleaved(
    ours: Callable[[], object],
    peer: Callable[[], object],
    ours_units: float,
    peer_units: float,
    rounds: int = 5,
) -> tuple[float, float, float]:
    """Median seconds a unit of both, called in turns, and the median ratio peer / ours."""
    ours()
    peer()
    pairs = [(cpu_seconds(ours, ours_units), cpu_seconds(peer, peer_units)) for _ in range(rounds)]
    return (
        median(pair[0] for pair in pairs),
        median(pair[1] for pair in pairs),
        median(pair[1] / pair[0] for pair in pairs),
    )


def shown(seconds: float) -> str:
    """A time with a fitting unit."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def ratio_row(
    what: str,
    against: str,
    found: tuple[float, float, float],
    target: float,
    note: str = "",
    at_most: bool = False,
) -> Row:
    """A row of an interleaved comparison; at_most compares ours / peer instead."""
    ours, peer, ratio = found
    measured = 1 / ratio if at_most else ratio
    return Row(what, against, shown(ours), shown(peer), measured, target, at_most, note)
