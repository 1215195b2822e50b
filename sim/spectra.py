"""Spectra: the counts of an ON and an OFF period, expected, simulated or observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fluxes.tables import parse_table
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.display import html_table
from sim.histogram import Histogram

if TYPE_CHECKING:
    import hist

PERIODS = ("on", "off")
KINDS = ("asimov", "toy", "observed")
_COLUMNS = ("low_kev", "high_kev", "counts")
_ERRORS = "error"


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

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {text}" for name, text in self._facts())
        return f"<Spectra ({self.kind}): {facts}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_table(f"spectra ({self.kind})", self._facts())

    def _facts(self) -> list[tuple[str, str]]:
        low, high = self.edges_kev[0], self.edges_kev[-1]
        return [
            ("bins", f"{self.edges_kev.size - 1} from {low:g} to {high:g} keV"),
            *(
                (p.upper(), f"{n:.6g}")
                for p, n in zip(PERIODS, self.counts.sum(axis=1), strict=True)
            ),
        ]

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
        place = PERIODS.index(period)
        names = list(_COLUMNS)
        columns = [self.edges_kev[:-1], self.edges_kev[1:], self.counts[place]]
        if self.errors is not None:
            names.append(_ERRORS)
            columns.append(self.errors[place])
        lines = [",".join(repr(float(v)) for v in row) for row in zip(*columns, strict=True)]
        return "\n".join([",".join(names), *lines]) + "\n"


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Counts (n_bins,) of one period in bins of edges_kev; errors as in ``Spectra``."""

    edges_kev: FloatArray
    counts: FloatArray
    errors: FloatArray | None = None

    def cut(self, window_kev: tuple[float, float], source: str) -> Spectrum:
        """The bins that lie whole in the window.

        Raises
        ------
        ValueError
            if none does.
        """
        edges, slack = self.edges_kev, 1e-9 * window_kev[1]
        inside = (edges[:-1] >= window_kev[0] - slack) & (edges[1:] <= window_kev[1] + slack)
        if not np.any(inside):
            raise ValueError(
                f"{source}: no bin lies in the window {window_kev[0]:g} to {window_kev[1]:g} keV"
            )
        first, last = int(np.argmax(inside)), int(inside.size - np.argmax(inside[::-1]))
        errors = None if self.errors is None else self.errors[first:last]
        return Spectrum(edges[first : last + 1], self.counts[first:last], errors)


def read_spectrum(text: str, source: str) -> Spectrum:
    """Spectrum of a table with the columns low_kev, high_kev, counts and, if Gaussian, error.

    Raises
    ------
    ValueError
        unless the bins adjoin, increase, and hold counts >= 0, or any counts with errors > 0.
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
    errors = table.get(_ERRORS)
    if errors is not None and not np.all(errors > 0):
        row = int(np.argmax(~(errors > 0)))
        raise ValueError(f"{source}: errors must be > 0, found {errors[row]:g} in bin {row}")
    if errors is None and np.any(counts < 0):
        row = int(np.argmax(counts < 0))
        raise ValueError(f"{source}: counts must be >= 0, found {counts[row]:g} in bin {row}")
    return Spectrum(np.append(low, high[-1]), counts, errors)
