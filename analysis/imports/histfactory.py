"""Modifiers of HistFactory, as pyhf and HS3 name them, made into polynomials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.imports.likelihood_file import Names
from analysis.imports.polynomials import Polynomial, constant, is_line, parabola, product, total
from sim.cross_sections.parameters import FloatArray

Constraint = tuple[float, float | None]
"""Center and sigma of a parameter, sigma None for a free one and 0 for a fixed one."""


@dataclass(frozen=True, slots=True, eq=False)
class Modifier:
    """A modifier without its format: the parameters that it names, and its numbers.

    low and high are templates or factors at -1 and +1; errors (n,) are absolute ones of each bin.
    """

    kind: str
    parameters: tuple[str, ...]
    low: FloatArray | float = 0.0
    high: FloatArray | float = 0.0
    errors: FloatArray | None = None


def expected_sample(
    counts: Sequence[float],
    modifiers: Sequence[Modifier],
    names: Names,
    constraint: Callable[[str, float], Constraint],
    nominal_of_errors: FloatArray,
) -> Polynomial:
    """A sample with its modifiers.

    constraint gives center and sigma of a parameter by its name, and a center for where the file
    says none; nominal_of_errors (n,) are the counts to which the errors of bins are relative.

    Raises
    ------
    ValueError
        for a modifier that is not known.
    """
    nominal = np.array(counts, dtype=np.float64)
    parts, factors = [constant(counts)], []
    for modifier in modifiers:
        name = modifier.parameters[0] if modifier.parameters else ""
        match modifier.kind:
            case "histosys":
                _note_of_parabola(names, name, modifier, nominal)
                own = names.deviation(name, constraint(name, 0.0)[1])
                parts.append(parabola(own, modifier.low, nominal, modifier.high))
            case "normsys":
                names.notes.append(f"{name}: a parabola through its factors at -1, 0 and 1")
                own = names.deviation(name, constraint(name, 0.0)[1])
                change = parabola(own, modifier.low, 1.0, modifier.high)
                factors.append(total([{(): np.ones(1)}, change]))
            case "normfactor" | "lumi":
                factors.append(names.norm_factor(name, *constraint(name, 1.0)))
            case "shapefactor" | "staterror" | "shapesys":
                factors.append(_bin_factors(modifier, names, constraint, nominal_of_errors))
            case _:
                raise ValueError(f"modifier {modifier.kind!r} of {name!r} is not known")
    expected = total(parts)
    for factor in factors:
        expected = product(expected, factor)
    return expected


def _note_of_parabola(names: Names, name: str, modifier: Modifier, nominal: FloatArray) -> None:
    if not is_line(modifier.low, nominal, modifier.high):
        note = f"{name}: a parabola through its templates at -1, 0 and 1"
        if note not in names.notes:
            names.notes.append(note)


def _bin_factors(
    modifier: Modifier,
    names: Names,
    constraint: Callable[[str, float], Constraint],
    nominal: FloatArray,
) -> Polynomial:
    """A factor of its own for each bin: free, or known as well as the errors say."""
    found: Polynomial = {}
    if modifier.kind == "shapesys":
        note = f"{modifier.parameters[0]} and its like: Gaussian in place of Poisson constraints"
        names.notes.append(note)
    for i, name in enumerate(modifier.parameters):
        center, sigma = constraint(name, 1.0)
        if modifier.kind != "shapefactor" and modifier.errors is not None:
            relative = float(modifier.errors[i] / nominal[i]) if nominal[i] > 0 else 0.0
            center, sigma = 1.0, relative
        here = np.zeros(nominal.size)
        here[i] = 1.0
        found |= {key: size * here for key, size in names.norm_factor(name, center, sigma).items()}
    return found


def errors_together(samples: Sequence[Mapping[str, Any]], kind: str) -> FloatArray:
    """Quadratic sum of the errors of all samples with a modifier of a kind, (n,)."""
    own = [m["data"] for s in samples for m in s["modifiers"] if m["type"] == kind]
    return np.asarray(np.sqrt(np.sum(np.square(np.array(own, dtype=np.float64)), axis=0)))
