"""What each spectrum is: a detector in a period, with its bins, exposure and flux."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

import numpy as np

from sim.cross_sections.parameters import FloatArray
from sim.syntax.spelling import nearest

PERIODS = ("on", "off")
"""Periods of a file that states on_days and off_days."""


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumInfo:
    """One detector in one period: its bins, its exposure and its flux.

    edges_kev has shape (n_bins + 1,).  flux_cm2_s is the whole flux, flux_fraction that over the
    flux at full power; powered is False in the periods that tell the background (OFF).  start and
    stop are None where no dates are stated, days_from and days count in days from the first
    period; live_days and mass_kg are None where only their product kg_days is stated.
    source labels the experiment where there are several: the detector is then ``source/name``.
    """

    detector: str
    period: str
    edges_kev: FloatArray
    kg_days: float
    live_days: float | None
    mass_kg: float | None
    flux_cm2_s: float
    flux_fraction: float
    powered: bool
    start: datetime | None = None
    stop: datetime | None = None
    days_from: float | None = None
    days: float | None = None
    source: str = ""

    @property
    def name(self) -> str:
        """Detector and period, as ``C2/on-1``."""
        return f"{self.detector}/{self.period}"

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return self.edges_kev.size - 1


def plain_infos(edges_kev: FloatArray) -> tuple[SpectrumInfo, ...]:
    """ON and OFF of one detector of which nothing but the bins is known."""
    return tuple(
        SpectrumInfo("detector", p, edges_kev, 0.0, None, None, 0.0, 0.0, powered=p == PERIODS[0])
        for p in PERIODS
    )


def offsets_of(infos: Sequence[SpectrumInfo]) -> list[int]:
    """First bin of each spectrum in flat counts, and the number of all bins."""
    return [0, *np.cumsum([info.n_bins for info in infos], dtype=int).tolist()]


def common_edges_kev(infos: Sequence[SpectrumInfo]) -> FloatArray:
    """Edges of the bins (n_bins + 1,); ValueError where they are not the same everywhere."""
    first = infos[0].edges_kev
    if not all(np.array_equal(first, info.edges_kev) for info in infos[1:]):
        raise ValueError("the spectra have different bins: each has its own edges_kev")
    return first


def bins_in_words(infos: Sequence[SpectrumInfo]) -> str:
    """How many bins there are, and from where to where."""
    low = min(info.edges_kev[0] for info in infos)
    high = max(info.edges_kev[-1] for info in infos)
    n_bins = sorted({info.n_bins for info in infos})
    number = str(n_bins[0]) if len(n_bins) == 1 else f"{n_bins[0]} to {n_bins[-1]}"
    return f"{number} from {low:g} to {high:g} keV"


def matching(
    infos: Sequence[SpectrumInfo],
    detector: Sequence[str] | None = None,
    period: Sequence[str] | None = None,
) -> list[int]:
    """Places of the spectra whose names match one of the patterns; None matches all.

    A detector is found with the label of its source, and without.

    Raises
    ------
    ValueError
        for a pattern that no name matches, or a choice without a spectrum.
    """
    chosen = set(range(len(infos)))
    for patterns, what in ((detector, "detector"), (period, "period")):
        if patterns is None:
            continue
        names = [_names(info, what) for info in infos]
        found = {p: {i for i, own in enumerate(names) if _any_is(own, p)} for p in patterns}
        for pattern, places in found.items():
            if not places:
                known = list(dict.fromkeys(own[0] for own in names))
                raise ValueError(f"{pattern!r} is no {what}{nearest(pattern, known)}")
        chosen &= set().union(*found.values())
    if not chosen:
        raise ValueError("no spectrum has both, a chosen detector and a chosen period")
    return sorted(chosen)


def _names(info: SpectrumInfo, what: str) -> tuple[str, ...]:
    """What a detector or period may be called."""
    name = str(getattr(info, what))
    return (name, name.removeprefix(f"{info.source}/")) if info.source else (name,)


def _any_is(names: Sequence[str], pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)
