"""Bins of a detector: those of its regions, and between them gaps in which nothing is expected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sim.config.analysis import Region
from sim.cross_sections.parameters import FloatArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Edges (n_bins + 1,) that increase; gap (n_bins,) marks what lies between two regions."""

    edges_kev: FloatArray
    gap: BoolArray

    @classmethod
    @lru_cache(maxsize=64)
    def of_regions(cls, regions: tuple[Region, ...]) -> Bins:
        """Bins of equal width in each region; the same object for the same regions."""
        edges: list[FloatArray] = []
        gap: list[bool] = []
        for low, high, width in regions:
            n_bins = round((high - low) / width)
            own = np.linspace(low, high, n_bins + 1)
            if edges and abs(low - edges[-1][-1]) <= 1e-9 * low:
                own = own[1:]
            elif edges:
                gap.append(True)
            edges.append(own)
            gap += [False] * n_bins
        return cls(np.concatenate(edges), np.array(gap))

    @classmethod
    def of_edges(cls, edges_kev: FloatArray) -> Bins:
        """Bins without a gap."""
        return cls(edges_kev, np.zeros(edges_kev.size - 1, dtype=np.bool_))

    @property
    def window_kev(self) -> tuple[float, float]:
        """From the first edge to the last."""
        return float(self.edges_kev[0]), float(self.edges_kev[-1])
