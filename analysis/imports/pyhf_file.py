"""Workspaces of pyhf: channels without energies, samples with modifiers, one measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.imports.histfactory import (
    Constraint,
    Modifier,
    errors_together,
    expected_sample,
)
from analysis.imports.likelihood_file import (
    LikelihoodFile,
    Names,
    Piece,
    numbered_edges,
    section_name,
)
from analysis.imports.polynomials import total
from sim.cross_sections.parameters import FloatArray

ON_AND_OFF = ("on", "off")


def read_pyhf(workspace: Mapping[str, Any]) -> LikelihoodFile:
    """The likelihood of a workspace (schema 1.0.0), of its first measurement.

    Raises
    ------
    ValueError
        for what is no workspace, or a modifier that is not known.
    """
    try:
        measurement = workspace["measurements"][0]
        observed = {one["name"]: one["data"] for one in workspace["observations"]}
        channels = workspace["channels"]
        interest = str(measurement["config"]["poi"])
        stated = {p["name"]: p for p in measurement["config"]["parameters"]}
        names = Names(interest)
        pieces: list[Piece] = []
        for channel in channels:
            taken = [piece.detector for piece in pieces]
            pieces.append(_piece(channel, observed[channel["name"]], names, stated, taken))
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"not a workspace of pyhf: {_missing(error)}") from None
    if [channel["name"] for channel in channels] not in (["on"], ["on", "off"]):
        names.notes.append("channels are detectors of one period with reactor power")
    names.notes.append("pyhf has no energies: bins are numbered from 1 keV on")
    return LikelihoodFile(
        name=str(measurement["name"]),
        reference="",
        pieces=tuple(pieces),
        parameters=tuple(names.known.values()),
        notes=tuple(dict.fromkeys(names.notes)),
    )


def _missing(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _piece(
    channel: Mapping[str, Any],
    counts: Sequence[float],
    names: Names,
    stated: Mapping[str, Mapping[str, Any]],
    taken: Sequence[str],
) -> Piece:
    name, samples = str(channel["name"]), channel["samples"]
    nominal = {kind: _nominal(samples, kind) for kind in ("staterror", "shapesys")}

    def constraint(parameter: str, center: float) -> Constraint:
        return _constraint(stated.get(parameter, {}), center)

    expected = []
    for sample in samples:
        own = np.array(sample["data"], dtype=np.float64)
        modifiers = [_modifier(m, samples, own.size) for m in sample["modifiers"]]
        uses_staterror = any(m.kind == "staterror" for m in modifiers)
        relative_to = nominal["staterror"] if uses_staterror else own
        expected.append(expected_sample(own.tolist(), modifiers, names, constraint, relative_to))
    plain = name in ON_AND_OFF
    return Piece(
        detector="detector" if plain else section_name(name, taken),
        period=name if plain else "data",
        powered=name != "off",
        edges_kev=numbered_edges(len(counts)),
        counts=np.array(counts, dtype=np.float64),
        expected=total(expected),
    )


def _nominal(samples: Sequence[Mapping[str, Any]], kind: str) -> FloatArray:
    """Counts of all samples with a modifier of a kind."""
    chosen = [s["data"] for s in samples if any(m["type"] == kind for m in s["modifiers"])]
    return np.asarray(np.sum(np.array(chosen or [[0.0]], dtype=np.float64), axis=0))


def _modifier(
    stated: Mapping[str, Any], samples: Sequence[Mapping[str, Any]], n_bins: int
) -> Modifier:
    kind, name = str(stated["type"]), str(stated["name"])
    data: Any = stated.get("data")
    if kind == "histosys":
        low, high = (np.array(data[key], dtype=np.float64) for key in ("lo_data", "hi_data"))
        return Modifier(kind, (name,), low, high)
    if kind == "normsys":
        return Modifier(kind, (name,), float(data["lo"]), float(data["hi"]))
    if kind in ("shapefactor", "staterror", "shapesys"):
        bins = tuple(f"{name}[{i}]" for i in range(n_bins))
        errors = None
        if kind == "staterror":
            errors = errors_together(samples, kind)
        elif kind == "shapesys":
            errors = np.array(data, dtype=np.float64)
        return Modifier(kind, bins, errors=errors)
    return Modifier(kind, (name,))


def _constraint(stated: Mapping[str, Any], center: float) -> Constraint:
    """Center and sigma: those of lumi, 1 about 0 for what varies templates, free factors."""
    if stated.get("fixed"):
        return float(stated.get("inits", [center])[0]), 0.0
    if "sigmas" in stated:
        return float(stated["auxdata"][0]), float(stated["sigmas"][0])
    return center, 1.0 if center == 0.0 else None
