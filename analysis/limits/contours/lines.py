"""Lines of equal height of a function that is known on a grid, each point of them closed in on.

Marching squares: Lorensen & Cline, Comput. Graph. 21, 163 (1987), in two dimensions; a saddle is
decided by the mean of its four corners.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.fits.roots import root_between
from analysis.likelihood.blocks import BoolArray
from sim.cross_sections.parameters import FloatArray

Edge = tuple[int, int, bool]
"""A side of a cell: row and column of its first corner, and whether it runs along y."""
Height = Callable[[float, float], float]

_PRECISION = 1e-4


def lines_at(
    x: FloatArray, y: FloatArray, values: FloatArray, level: float, height: Height | None = None
) -> tuple[FloatArray, ...]:
    """Lines, each (2, n) of x and y, where values (n_y, n_x) cross a level.

    A closed line ends where it begins; others end at the border of the grid.  With height, of which
    values are those on the grid, each point is closed in on along its side of a cell, to 1e-4 of
    that; without, it lies on the straight line between the values at the ends.
    """
    inside = values <= level
    crossings: dict[Edge, tuple[float, float]] = {}
    for edge in _crossed(inside):
        crossings[edge] = _crossing(edge, x, y, values - level, level, height)
    return tuple(
        np.array([crossings[edge] for edge in chain]).T
        for chain in _chains(_segments(inside, values - level))
    )


def _crossed(inside: BoolArray) -> list[Edge]:
    along_x = np.argwhere(inside[:, 1:] != inside[:, :-1])
    along_y = np.argwhere(inside[1:] != inside[:-1])
    edges = [(int(i), int(k), False) for i, k in along_x]
    return edges + [(int(i), int(k), True) for i, k in along_y]


def _crossing(
    edge: Edge, x: FloatArray, y: FloatArray, over: FloatArray, level: float, height: Height | None
) -> tuple[float, float]:
    i, k, along_y = edge
    axis, first = (y, i) if along_y else (x, k)
    low, high = float(axis[first]), float(axis[first + 1])
    at_low, at_high = over[i, k], over[i + along_y, k + (not along_y)]
    if height is None:
        found = low + (high - low) * float(at_low / (at_low - at_high))
    else:
        other = float(x[k] if along_y else y[i])

        def excess(value: float) -> float:
            return (height(other, value) if along_y else height(value, other)) - level

        try:
            found = root_between(excess, low, high, _PRECISION * (high - low))
        except ValueError:
            found = low if abs(at_low) < abs(at_high) else high
    return (float(x[k]), found) if along_y else (found, float(y[i]))


def _segments(inside: BoolArray, over: FloatArray) -> dict[Edge, list[Edge]]:
    """The neighbours of each crossed side on the line: two, or one at the border."""
    neighbours: dict[Edge, list[Edge]] = {}
    for i, k in np.ndindex(inside.shape[0] - 1, inside.shape[1] - 1):
        bottom, top = (i, k, False), (i + 1, k, False)
        left, right = (i, k, True), (i, k + 1, True)
        corner = inside[i, k], inside[i, k + 1], inside[i + 1, k + 1], inside[i + 1, k]
        if all(corner) or not any(corner):
            continue
        around = (bottom, right, top, left)
        crossed = [edge for n, edge in enumerate(around) if corner[n] != corner[(n + 1) % 4]]
        if len(crossed) == 4:
            together = bool(np.mean(over[i : i + 2, k : k + 2]) <= 0)
            if together == corner[0]:
                pairs = [(bottom, right), (top, left)]
            else:
                pairs = [(bottom, left), (top, right)]
        else:
            pairs = [(crossed[0], crossed[1])]
        for one, other in pairs:
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    return neighbours


def _chains(neighbours: dict[Edge, list[Edge]]) -> list[list[Edge]]:
    """Sides in order along each line: open ones from their ends, then closed ones."""
    left = dict.fromkeys(sorted(neighbours, key=lambda edge: len(neighbours[edge])))
    chains = []
    while left:
        start = next(iter(left))
        chain = [start]
        del left[start]
        while following := [edge for edge in neighbours[chain[-1]] if edge in left]:
            chain.append(following[0])
            del left[following[0]]
        if len(neighbours[start]) == 2:
            chain.append(start)
        chains.append(chain)
    return chains
