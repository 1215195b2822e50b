"""Bins of a table: their edges from the columns of low and high ends."""

from __future__ import annotations

import numpy as np

from fluxes.tables import ROUNDING, FloatArray


def bin_edges(low: FloatArray, high: FloatArray) -> FloatArray:
    """Edges (n + 1,) of n bins; ends that differ by rounding (1e-4 of a bin) are one.

    Raises
    ------
    ValueError
        for a bin that ends before it starts, and bins that do not adjoin.
    """
    if not np.all(high > low):
        row = int(np.argmax(~(high > low)))
        raise ValueError(f"bin {row} ends at {high[row]} before it starts: {low[row]}")
    widths = high - low
    slack = np.maximum(1e-9 * np.maximum(1.0, high[:-1]), ROUNDING * widths[:-1])
    gap = np.abs(low[1:] - high[:-1]) > slack
    if np.any(gap):
        row = int(np.argmax(gap))
        raise ValueError(
            f"bins must adjoin: bin {row} ends at {high[row]}, bin {row + 1} starts at "
            f"{low[row + 1]}"
        )
    return np.append(low, high[-1])
