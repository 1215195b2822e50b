"""How far the fits of toys are from what the machine can do: their arithmetic alone, at full speed.

A pass over the bins of a toy costs one multiply-add a bin for each shape in the expectation, one
for each active shape in R, one for each pair of them in V where the matrix is made, and a division;
the value at the end costs the shapes, a division and the polynomial of the logarithm.  What the
machine does in a second is measured by loops of nothing else, compiled as ours are, on numbers that
lie in its first cache.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np
from timing import Row, shown
from toy_rows import generated, toy_likelihood

from analysis.fits import newton_kernels as kernels
from analysis.fits.batch import batch_statistics

_LANES, _ROWS = 64, 8
_LOGARITHM = 20
"""Multiply-adds of ``log_ratio_parts`` and what is made of it."""
_TOYS = 640
Array = np.ndarray[Any, np.dtype[np.float64]]


@numba.njit(error_model="numpy")
def _multiply_adds(rows: Array, weights: Array, out: Array, repeat: int) -> None:
    for _ in range(repeat):
        w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
        w4, w5, w6, w7 = weights[4], weights[5], weights[6], weights[7]
        for lane in range(out.shape[0]):
            out[lane] += (
                w0 * rows[0, lane]
                + w1 * rows[1, lane]
                + w2 * rows[2, lane]
                + w3 * rows[3, lane]
                + w4 * rows[4, lane]
                + w5 * rows[5, lane]
                + w6 * rows[6, lane]
                + w7 * rows[7, lane]
            )


@numba.njit(error_model="numpy")
def _divisions(rows: Array, weights: Array, out: Array, repeat: int) -> None:
    for k in range(repeat):
        row = rows[k % 8]
        for lane in range(out.shape[0]):
            out[lane] = weights[k % 8] / row[lane]


def rows() -> list[Row]:
    """The statistic of a toy over the time of its multiply-adds and divisions alone."""
    likelihood = toy_likelihood()
    toys = generated(likelihood, "mu2", 1.0, 8192)
    some = generated(likelihood, "mu2", 1.0, _TOYS)
    done: Counter[str] = Counter()
    with _counted(done):
        batch_statistics(likelihood, some, "mu2", 1.0)
    batch_statistics(likelihood, toys, "mu2", 1.0)
    ours = min(_seconds(lambda: batch_statistics(likelihood, toys, "mu2", 1.0)) for _ in range(5))
    ours /= 8192
    adds, divisions = done["adds"] / _TOYS, done["divisions"] / _TOYS
    add_s, division_s = _time_of(_multiply_adds, _ROWS), _time_of(_divisions, 1)
    floor = adds * add_s + divisions * division_s
    note = (
        f"a toy takes {done['passes'] / _TOYS:.1f} passes over its bins, "
        f"{done['matrices'] / _TOYS:.1f} of them with the matrix, and {done['values'] / _TOYS:.1f} "
        f"values: {adds:,.0f} multiply-adds at {1e9 * add_s:.2g} ns and {divisions:,.0f} divisions "
        f"at {1e9 * division_s:.2g} ns; no logarithm is called. The machine's share is "
        f"{floor / ours:.0%}; the rest is steps of 6 parameters, loading and copying of toys, and "
        f"lanes that wait for the last of {_LANES}"
    )
    what, against = "statistic of a toy", "its arithmetic alone"
    return [Row(what, against, shown(ours), shown(floor), ours / floor, 2.5, True, note)]


@contextmanager
def _counted(done: Counter[str]) -> Iterator[None]:
    """Newton's steps in Python about the compiled passes, which are counted."""
    known = {
        name: getattr(kernels, name) for name in ("minimise_toys", "newton", "add_blocks", "values")
    }

    def add_blocks(*given: Any) -> None:
        _, counts, problem, _, _, second = given[:6]
        n_bins, n_lanes = counts.shape
        shapes, active = _shapes(problem)
        done["passes"] += n_lanes
        done["matrices"] += n_lanes * bool(second)
        pairs = active * (active + 1) // 2 if second else 0
        done["adds"] += n_lanes * n_bins * (shapes + active + pairs)
        done["divisions"] += n_lanes * n_bins
        known["add_blocks"](*given)

    def values(*given: Any) -> None:
        (n_bins, n_lanes), (shapes, _) = given[1].shape, _shapes(given[3])
        done["values"] += n_lanes
        done["adds"] += n_lanes * n_bins * (shapes + _LOGARITHM)
        done["divisions"] += n_lanes * n_bins
        known["values"](*given)

    changed = {
        "minimise_toys": known["minimise_toys"].py_func,
        "newton": known["newton"].py_func,
        "add_blocks": add_blocks,
        "values": values,
    }
    try:
        for name, function in changed.items():
            setattr(kernels, name, function)
        yield
    finally:
        for name, function in known.items():
            setattr(kernels, name, function)


def _shapes(problem: Any) -> tuple[int, int]:
    """Number of shapes, and of the active ones, of all blocks."""
    (_, layout, _), _, rows, _ = problem
    return int(np.sum(layout[:, kernels.N_SHAPES])), int(np.sum(rows[5]))


def _time_of(kernel: Callable[..., None], each: int) -> float:
    """Seconds of one operation of a loop that does ``each`` of them a lane."""
    rows, out = np.full((_ROWS, _LANES), 1.5), np.zeros(_LANES)
    weights, repeat = np.full(_ROWS, 1e-9), 200_000
    kernel(rows, weights, out, 10)
    spent = min(_seconds(lambda: kernel(rows, weights, out, repeat)) for _ in range(5))
    return spent / (repeat * _LANES * each)


def _seconds(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start
