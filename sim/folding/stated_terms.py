"""Terms that a table states, in place of folding: ``[templates] terms``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.config.templates import TemplateNuisance
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import Signal
from sim.folding.terms import MOST_FACTORS, Nuisance, ShapeLabel, SpectrumTerms
from sim.spectra.spectrum_info import SpectrumInfo
from sim.syntax.records import Record, read_records
from sim.syntax.spelling import nearest

COLUMNS = ("detector", "period", "factors", "low_kev", "high_kev", "counts")
NORM = "norm:"

Factors = tuple[str, ...]
Place = tuple[str, str]


def stated_nuisances(stated: Sequence[TemplateNuisance]) -> tuple[Nuisance, ...]:
    """Nuisances as fits take them; those named ``norm:`` are norms."""
    return tuple(
        Nuisance(
            one.name,
            "norm" if one.name.startswith(NORM) else "morph",
            one.center,
            np.inf if one.sigma == "free" else float(one.sigma),
        )
        for one in stated
    )


def stated_terms(
    text: str,
    source: str,
    infos: Sequence[SpectrumInfo],
    signal: Signal,
    nuisances: Sequence[Nuisance],
) -> tuple[SpectrumTerms, ...]:
    """Terms of each spectrum, from the text of a table with the columns ``COLUMNS``.

    Bins that a term does not list hold nothing of it.  A column error is that of a simulation's
    statistics, and counts for what is there at the nominal point.

    Raises
    ------
    ValueError
        for a spectrum, bin or factor that the experiment does not have, or more than six factors.
    """
    known = [*signal.fitted_names, *(nuisance.name for nuisance in nuisances)]
    places = {(info.detector, info.period): info for info in infos}
    found: dict[Place, dict[Factors, FloatArray]] = {place: {} for place in places}
    squares = {place: np.zeros(info.n_bins) for place, info in places.items()}
    norms = {nuisance.name for nuisance in nuisances if nuisance.kind == "norm"}
    for record in read_records(text, source, COLUMNS):
        place = record["detector"], record["period"]
        if place not in places:
            names = [info.name for info in infos]
            raise ValueError(
                f"{record.place}: no spectrum {'/'.join(place)}"
                f"{nearest('/'.join(place), names)}; allowed: {', '.join(names)}"
            )
        own, info = found[place], places[place]
        factors = _factors(record, known)
        _check_product(record, factors, signal)
        counts = own.setdefault(factors, np.zeros(info.n_bins))
        place_of_bin = _bin(record, info.edges_kev)
        counts[place_of_bin] += record.number("counts")
        if "error" in record.cells and set(factors) <= norms:
            squares[place][place_of_bin] += record.number("error") ** 2
    return tuple(_terms(own, nuisances, squares[place]) for place, own in found.items())


def _factors(record: Record, known: Sequence[str]) -> Factors:
    """Factors of a row in the order of the known names."""
    names = [name for name in record["factors"].split("*") if name]
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise ValueError(
            f"{record.place}: factor {unknown!r}{nearest(unknown, known)}; allowed: "
            f"{', '.join(known)}"
        )
    if len(names) > MOST_FACTORS:
        raise ValueError(
            f"{record.place}: at most {MOST_FACTORS} factors, found {len(names)}: "
            f"{record['factors']}"
        )
    return tuple(sorted(names, key=known.index))


def _check_product(record: Record, factors: Factors, signal: Signal) -> None:
    own = tuple(name for name in factors if name in signal.fitted_names)
    allowed = [monomial.powers for monomial in signal.monomials]
    if own not in allowed:
        words = ", ".join("*".join(powers) for powers in allowed if powers)
        raise ValueError(
            f"{record.place}: no rate goes with {'*'.join(own)}; allowed of the signal: {words}"
        )


def _bin(record: Record, edges_kev: FloatArray) -> int:
    """Place of the bin that a row names by its edges."""
    low, high = record.number("low_kev"), record.number("high_kev")
    place = int(np.argmin(np.abs(edges_kev[:-1] - low)))
    if not np.allclose(edges_kev[place : place + 2], [low, high], rtol=1e-9, atol=1e-12):
        raise ValueError(f"{record.place}: no bin from {low:g} to {high:g} keV in [analysis]")
    return place


def _terms(
    stated: Mapping[Factors, FloatArray], nuisances: Sequence[Nuisance], squares: FloatArray
) -> SpectrumTerms:
    morphs = {nuisance.name for nuisance in nuisances if nuisance.kind == "morph"}
    labels = []
    for factors in stated:
        moved = [name for name in factors if name in morphs]
        sample = "*".join(name for name in factors if name not in morphs) or "1"
        labels.append(ShapeLabel(sample, "*".join(dict.fromkeys(moved)), len(moved)))
    return SpectrumTerms(
        shapes=np.array(list(stated.values())).reshape(len(stated), squares.size),
        labels=tuple(labels),
        shape_of=np.arange(len(stated)),
        weights=np.ones(len(stated)),
        factors=tuple(stated),
        errors=np.sqrt(squares) if np.any(squares) else None,
    )
