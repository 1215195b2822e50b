"""Recoil grids: Gauss-Legendre nodes between break points, fine enough for the response."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from sim.cross_sections.parameters import FloatArray

_POINTS_PER_CELL = 4
_MAX_RELATIVE_STEP = 0.08
_MAX_CELLS = 50_000


def recoil_grid(
    low_kev: float,
    high_kev: float,
    breakpoints_kev: Iterable[float],
    max_step_kev: Callable[[float], float],
    refinement: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights for integrals over recoil energy, shapes (n,), (n,).

    Break points are cell boundaries; a cell is no wider than 8 % of its energy and than
    max_step_kev there.  refinement = 2 halves every cell, to test convergence.

    Raises
    ------
    ValueError
        if the range is empty or needs more than 50000 cells.
    """
    if not 0 < low_kev < high_kev:
        raise ValueError(f"recoil range must be positive and increase: {low_kev:g} to {high_kev:g}")
    inner = sorted({b for b in breakpoints_kev if low_kev < b < high_kev})
    edges = [low_kev]
    for stop in [*inner, high_kev]:
        _extend(edges, stop, max_step_kev)
    cells = np.array(edges)
    if refinement > 1:
        steps = np.arange(refinement) / refinement
        cells = np.append((cells[:-1, None] + np.diff(cells)[:, None] * steps).ravel(), cells[-1])
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS_PER_CELL)
    half = np.diff(cells)[:, None] / 2
    middle = (cells[1:] + cells[:-1])[:, None] / 2
    return (middle + half * nodes).ravel(), (half * weights).ravel()


def _extend(edges: list[float], stop: float, max_step_kev: Callable[[float], float]) -> None:
    while edges[-1] < stop:
        if len(edges) > _MAX_CELLS:
            raise ValueError(
                f"the resolution is too narrow for the window: more than {_MAX_CELLS} cells "
                f"below {edges[-1]:g} keV"
            )
        here = edges[-1]
        step = min(_MAX_RELATIVE_STEP * here, max_step_kev(here))
        edges.append(stop if here + 1.2 * step >= stop else here + step)
