"""Workspaces of HS3: ``histfactory_dist`` channels with energies, and Gaussian constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.exports.hs3_workspace import NAME
from analysis.imports.histfactory import Constraint, Modifier, expected_sample
from analysis.imports.likelihood_file import LikelihoodFile, Names, Piece, section_name
from analysis.imports.polynomials import total
from sim.cross_sections.parameters import FloatArray

Content = Mapping[str, Any]


def read_hs3(workspace: Content) -> LikelihoodFile:
    """The likelihood of the first analysis of a workspace.

    Raises
    ------
    ValueError
        for what is no workspace, or holds what a polynomial of parameters cannot.
    """
    try:
        return _read(workspace)
    except (KeyError, IndexError, TypeError) as error:
        words = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"not a workspace of HS3 with an analysis: {words}") from None


def _read(workspace: Content) -> LikelihoodFile:
    analysis = workspace["analyses"][0]
    likelihood = _named(workspace["likelihoods"])[analysis["likelihood"]]
    distributions, data = _named(workspace["distributions"]), _named(workspace["data"])
    constraints = _constraints([distributions[n] for n in likelihood.get("aux_distributions", [])])
    constraints |= _fixed(workspace, analysis, constraints)
    remarks = workspace.get("misc", {}).get(NAME, {})
    names = Names(str((analysis.get("parameters_of_interest") or [""])[0]))
    pieces: list[Piece] = []
    pairs = zip(likelihood["distributions"], likelihood["data"], strict=True)
    for channel, datum in pairs:
        known = remarks.get("channels", {}).get(channel)
        pieces.append(
            _piece(
                distributions[channel],
                data[datum],
                names,
                constraints,
                known or _guessed(channel, [piece.detector for piece in pieces]),
            )
        )
    if not remarks:
        names.notes.append("channels are detectors of one period with reactor power")
    metadata = workspace.get("metadata", {})
    return LikelihoodFile(
        name=str(analysis["name"]),
        reference="; ".join(map(str, metadata.get("publications") or [])),
        pieces=tuple(pieces),
        parameters=tuple(names.known.values()),
        notes=tuple(dict.fromkeys(names.notes)),
    )


def _named(content: Sequence[Content]) -> dict[str, Content]:
    return {str(one["name"]): one for one in content}


def _guessed(channel: str, taken: Sequence[str]) -> dict[str, Any]:
    return {"detector": section_name(channel, taken), "period": "data", "powered": True}


def _piece(
    distribution: Content,
    datum: Content,
    names: Names,
    constraints: Mapping[str, Constraint],
    place: Content,
) -> Piece:
    if distribution["type"] != "histfactory_dist":
        raise ValueError(
            f"channel {distribution['name']!r} is a {distribution['type']}: allowed is "
            f"histfactory_dist"
        )

    def constraint(parameter: str, center: float) -> Constraint:
        return constraints.get(parameter, (center, 1.0 if center == 0.0 else None))

    samples = distribution["samples"]
    expected = []
    for sample in samples:
        counts = [float(value) for value in sample["data"]["contents"]]
        modifiers = [_modifier(m, samples, sample) for m in sample.get("modifiers", [])]
        with_errors = any(m.kind == "staterror" for m in modifiers)
        nominal = _nominal(samples) if with_errors else np.array(counts)
        expected.append(expected_sample(counts, modifiers, names, constraint, nominal))
    return Piece(
        detector=section_name(str(place["detector"])),
        period=section_name(str(place["period"])),
        powered=bool(place["powered"]),
        edges_kev=_edges(distribution),
        counts=np.array(datum["contents"], dtype=np.float64),
        expected=total(expected),
    )


def _edges(distribution: Content) -> FloatArray:
    axes = distribution["axes"]
    if len(axes) != 1:
        raise ValueError(f"channel {distribution['name']!r} has {len(axes)} axes: allowed is one")
    (axis,) = axes
    if "edges" in axis:
        return np.array(axis["edges"], dtype=np.float64)
    return np.linspace(float(axis["min"]), float(axis["max"]), int(axis["nbins"]) + 1)


def _modifier(stated: Content, samples: Sequence[Content], sample: Content) -> Modifier:
    kind = str(stated["type"])
    data = stated.get("data") or {}
    if kind == "histosys":
        low, high = (np.array(data[k]["contents"], dtype=np.float64) for k in ("lo", "hi"))
        return Modifier(kind, (str(stated["parameter"]),), low, high)
    if kind == "normsys":
        factors = (float(data["lo"]), float(data["hi"]))
        return Modifier(kind, (str(stated["parameter"]),), *factors)
    if kind in ("shapefactor", "shapesys", "staterror"):
        errors = None
        if kind == "staterror":
            own = [s["data"].get("errors") or [0.0] for s in samples if _has_errors(s)]
            errors = np.sqrt(np.sum(np.square(np.array(own, dtype=np.float64)), axis=0))
        elif kind == "shapesys":
            relative = np.array(data["vals"], dtype=np.float64)
            errors = relative * np.array(sample["data"]["contents"], dtype=np.float64)
        return Modifier(kind, tuple(map(str, stated["parameters"])), errors=errors)
    return Modifier(kind, (str(stated.get("parameter", stated["name"])),))


def _has_errors(sample: Content) -> bool:
    return any(m["type"] == "staterror" for m in sample.get("modifiers", []))


def _nominal(samples: Sequence[Content]) -> FloatArray:
    own = [s["data"]["contents"] for s in samples if _has_errors(s)]
    return np.asarray(np.sum(np.array(own, dtype=np.float64), axis=0))


def _constraints(distributions: Sequence[Content]) -> dict[str, Constraint]:
    """Center and sigma of the parameters of Gaussian constraints."""
    found: dict[str, Constraint] = {}
    for one in distributions:
        if one["type"] != "gaussian_dist":
            raise ValueError(
                f"constraint {one['name']!r} is a {one['type']}: allowed is gaussian_dist"
            )
        x, mean = one["x"], one["mean"]
        name, center = (mean, x) if isinstance(mean, str) else (x, mean)
        found[str(name)] = (float(center), float(one["sigma"]))
    return found


def _fixed(
    workspace: Content, analysis: Content, constraints: Mapping[str, Constraint]
) -> dict[str, Constraint]:
    """Parameters without a constraint that the initial values hold constant."""
    points = _named(workspace.get("parameter_points", [])).get(str(analysis.get("init")), {})
    return {
        str(p["name"]): (float(p["value"]), 0.0)
        for p in points.get("parameters", [])
        if p.get("const") and p["name"] not in constraints
    }
