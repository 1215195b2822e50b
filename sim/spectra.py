"""Spectra: the counts of an ON and an OFF period, expected, simulated or observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fluxes.tables import parse_table
from sim.histogram import Histogram
from sim.parameters import FloatArray, NeutrinoParameters

if TYPE_CHECKING:
    import hist

PERIODS = ("on", "off")
KINDS = ("asimov", "toy", "observed")
_COLUMNS = ("low_kev", "high_kev", "counts")


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Counts per bin, shape (2, n_bins): ON and OFF; edges_kev has shape (n_bins + 1,).

    kind is ``asimov``, ``toy`` or ``observed``; truth is None for observed spectra.  errors, of
    the shape of counts, makes the bins Gaussian; without, they are Poisson counts.
    """

    edges_kev: FloatArray
    counts: FloatArray
    kind: str
    truth: NeutrinoParameters | None = None
    errors: FloatArray | None = None

    def histogram(self, period: str) -> Histogram:
        """One period, "on" or "off", as a histogram that hist and mplhep understand.

        Raises
        ------
        ValueError
            for another period.
        """
        if period not in PERIODS:
            raise ValueError(f"period {period!r}: allowed are {', '.join(PERIODS)}")
        row = PERIODS.index(period)
        errors = None if self.errors is None else self.errors[row]
        return Histogram(period, self.edges_kev, self.counts[row], errors)

    def to_hist(self, period: str) -> hist.Hist[Any]:
        """One period as a ``hist.Hist``; ImportError if hist is not installed."""
        return self.histogram(period).to_hist()

    def to_csv(self, period: str) -> str:
        """One period as the table that ``[data]`` reads; numbers in full precision."""
        counts = self.counts[PERIODS.index(period)]
        rows = zip(self.edges_kev[:-1], self.edges_kev[1:], counts, strict=True)
        lines = [f"{float(low)!r},{float(high)!r},{float(n)!r}" for low, high, n in rows]
        return "\n".join([",".join(_COLUMNS), *lines]) + "\n"


def read_spectrum(text: str, source: str) -> tuple[FloatArray, FloatArray]:
    """Edges (n + 1,) and counts (n,) of a table with the columns low_kev, high_kev, counts.

    Raises
    ------
    ValueError
        unless the bins adjoin, increase, and hold counts >= 0.
    """
    table = parse_table(text, source, _COLUMNS)
    low, high, counts = (table[name] for name in _COLUMNS)
    if not np.all(high > low):
        row = int(np.argmax(~(high > low)))
        raise ValueError(
            f"{source}: bin {row} ends at {high[row]:g} before it starts: {low[row]:g}"
        )
    gap = np.abs(low[1:] - high[:-1]) > 1e-9 * np.maximum(1.0, high[:-1])
    if np.any(gap):
        row = int(np.argmax(gap))
        raise ValueError(
            f"{source}: bins must adjoin: bin {row} ends at {high[row]:g}, "
            f"bin {row + 1} starts at {low[row + 1]:g}"
        )
    if np.any(counts < 0):
        row = int(np.argmax(counts < 0))
        raise ValueError(f"{source}: counts must be >= 0, found {counts[row]:g} in bin {row}")
    return np.append(low, high[-1]), counts


def cut_to_window(
    edges_kev: FloatArray, counts: FloatArray, window_kev: tuple[float, float], source: str
) -> tuple[FloatArray, FloatArray]:
    """The bins that lie whole in the window.

    Raises
    ------
    ValueError
        if none does.
    """
    slack = 1e-9 * window_kev[1]
    inside = (edges_kev[:-1] >= window_kev[0] - slack) & (edges_kev[1:] <= window_kev[1] + slack)
    if not np.any(inside):
        raise ValueError(
            f"{source}: no bin lies in the window {window_kev[0]:g} to {window_kev[1]:g} keV"
        )
    first, last = int(np.argmax(inside)), int(inside.size - np.argmax(inside[::-1]))
    return edges_kev[first : last + 1], counts[first:last]
