"""The experiment of templates that a likelihood of others becomes: a file and two tables.

What is expected stands in ``[templates] terms``; the sections of reactor and detector are
placeholders, for nothing is folded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath

import numpy as np

from analysis.imports.likelihood_file import LikelihoodFile, Parameter, Piece
from sim.cross_sections.parameters import FloatArray

Bin = tuple[float, float]


def template_files(found: LikelihoodFile, source: str, stem: str) -> dict[str, str]:
    """Texts of ``stem.toml``, ``stem-terms.csv`` and ``stem-data.csv``, by these names.

    source is the file that it was made from, as the first line says.

    Raises
    ------
    ValueError
        for pieces of a detector whose bins overlap.
    """
    bins = _bins_of_detectors(found.pieces)
    terms, data = f"{stem}-terms.csv", f"{stem}-data.csv"
    return {
        f"{stem}.toml": "\n".join(_experiment(found, source, bins, terms, data)) + "\n",
        terms: "\n".join(_terms(found, source)) + "\n",
        data: "\n".join(_data(found, source, bins)) + "\n",
    }


def _bins_of_detectors(pieces: Sequence[Piece]) -> dict[str, list[Bin]]:
    """All bins of each detector, in order."""
    found: dict[str, set[Bin]] = {}
    for piece in pieces:
        found.setdefault(piece.detector, set()).update(_bins(piece.edges_kev))
    ordered = {detector: sorted(bins) for detector, bins in found.items()}
    for detector, bins in ordered.items():
        for (_, high), (low, _) in pairwise(bins):
            if low < high * (1 - 1e-12):
                raise ValueError(f"{detector}: bins overlap at {low:g} keV")
    return ordered


def _bins(edges_kev: FloatArray) -> list[Bin]:
    return [(float(low), float(high)) for low, high in pairwise(edges_kev)]


def _experiment(
    found: LikelihoodFile, source: str, bins: dict[str, list[Bin]], terms: str, data: str
) -> Iterator[str]:
    yield f"# The likelihood of {PurePath(source).name}, as nuem import made it."
    yield "# Sections marked as placeholders are not used: the terms state all counts."
    yield from (f"# {note}." for note in found.notes)
    yield f"\nname = {json.dumps(_experiment_name(found.name))}"
    if found.reference:
        yield f"reference = {json.dumps(found.reference, ensure_ascii=False)}"
    yield "\n[reactor]"
    yield "flux_cm2_s = 1.0                      # a placeholder"
    several = list(bins) != ["detector"]
    yield "\n[detector]"
    yield 'material = "Ge"                       # a placeholder'
    yield "mass_kg = 1.0                         # a placeholder"
    yield "threshold_kev = 0.0                   # a placeholder"
    yield "min_ionization_kev = 0.001            # a placeholder"
    yield "resolution = { noise_fwhm_kev = 1.0 } # a placeholder"
    for detector, own in bins.items() if several else ():
        yield f"\n[[detector.unit]]\nname = {json.dumps(detector)}"
        yield f"regions_kev = {_regions(own)}"
    periods = {piece.period: piece.powered for piece in found.pieces}
    for period, powered in periods.items():
        running = dict.fromkeys(p.detector for p in found.pieces if p.period == period)
        days = ", ".join(f"{json.dumps(detector)} = 1.0" for detector in running)
        yield f"\n[[exposure.period]]\nname = {json.dumps(period)}"
        yield f"live_days = {{ {days} }}   # placeholders"
        yield f"power_fraction = {1.0 if powered else 0.0}"
    yield "\n[analysis]"
    yield 'background = "off-joint"'
    if not several:
        yield f"regions_kev = {_regions(bins['detector'])}"
    yield f"\n[templates]\nterms = {json.dumps(terms)}"
    for parameter in found.parameters:
        yield from _nuisance(parameter)
    yield f"\n[data]\nfile = {json.dumps(data)}"


def _experiment_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in " ._+-" else "-" for c in name)[:100]
    return kept.strip(" .+-") or "imported"


def _nuisance(parameter: Parameter) -> Iterator[str]:
    yield f"\n[[templates.nuisance]]\nname = {json.dumps(parameter.name, ensure_ascii=False)}"
    yield f"center = {parameter.center!r}"
    yield f"sigma = {json.dumps('free' if parameter.sigma is None else parameter.sigma)}"


def _regions(bins: Sequence[Bin]) -> str:
    """Regions of equal neighbouring bins; any others are regions of one."""
    regions: list[list[float]] = []
    for low, high in bins:
        last = regions[-1] if regions else None
        if last is not None and np.isclose(last[1], low, rtol=1e-12) and _goes_on(last, high):
            last[1] = high
        else:
            regions.append([low, high, high - low])
    return str(regions)


def _goes_on(region: Sequence[float], high: float) -> bool:
    """True if a region up to high is still one of equal bins."""
    number = (high - region[0]) / region[2]
    return abs(number - round(number)) < 1e-7


def _terms(found: LikelihoodFile, source: str) -> Iterator[str]:
    yield f"# source: {PurePath(source).name}; counts of each product of parameters"
    yield "detector,period,factors,low_kev,high_kev,counts"
    for piece in found.pieces:
        for factors, counts in piece.expected.items():
            for (low, high), count in zip(_bins(piece.edges_kev), counts, strict=True):
                if count != 0:
                    words = "*".join(factors)
                    cells = f"{low!r},{high!r},{float(count)!r}"
                    yield f"{piece.detector},{piece.period},{words},{cells}"


def _data(found: LikelihoodFile, source: str, bins: dict[str, list[Bin]]) -> Iterator[str]:
    yield f"# source: {PurePath(source).name}; the counts that it holds, gaps without any"
    yield "detector,period,low_kev,high_kev,counts"
    counts: dict[tuple[str, str], dict[Bin, float]] = {}
    for piece in found.pieces:
        own = counts.setdefault((piece.detector, piece.period), {})
        own |= dict(zip(_bins(piece.edges_kev), map(float, piece.counts), strict=True))
    for (detector, period), own in counts.items():
        end = bins[detector][0][0]
        for low, high in bins[detector]:
            if low > end * (1 + 1e-12):
                yield f"{detector},{period},{end!r},{low!r},0.0"
            yield f"{detector},{period},{low!r},{high!r},{own.get((low, high), 0.0)!r}"
            end = high
