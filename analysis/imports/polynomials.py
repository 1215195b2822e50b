"""Samples of HistFactory as polynomials of parameters: products of names, and counts in each bin.

The expectation of a sample is (nominal + sum of additive changes) times the product of its
multiplicative modifiers (Cranmer et al., CERN-OPEN-2012-016).  A change between two templates at
-1 and +1 standard deviations is the parabola through the three: exact where these lie symmetrically
about the nominal one, an approximation where the file interpolates in another way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sim.cross_sections.parameters import FloatArray

Polynomial = dict[tuple[str, ...], FloatArray]
"""Counts (n_bins,) by the sorted names of the parameters that multiply them."""


def constant(counts: Sequence[float]) -> Polynomial:
    """What no parameter changes."""
    return {(): np.array(counts, dtype=np.float64)}


def parabola(
    name: str, low: FloatArray | float, nominal: FloatArray | float, high: FloatArray | float
) -> Polynomial:
    """Change from nominal with a parameter: low at -1, high at +1, 0 at 0."""
    down, middle, up = (np.asarray(values, dtype=np.float64) for values in (low, nominal, high))
    return {
        (name,): np.asarray((up - down) / 2),
        (name, name): np.asarray((up + down) / 2 - middle),
    }


def is_line(low: FloatArray | float, nominal: FloatArray | float, high: FloatArray | float) -> bool:
    """True if the parabola is a straight line."""
    middle = (np.asarray(high) + np.asarray(low)) / 2
    size = np.max(np.abs(np.asarray(high) - np.asarray(low)), initial=0.0)
    return bool(np.all(np.abs(middle - nominal) <= 1e-9 * max(float(size), 1e-300)))


def total(parts: Sequence[Mapping[tuple[str, ...], FloatArray]]) -> Polynomial:
    """Sum of polynomials; what is 0 everywhere drops."""
    found: Polynomial = {}
    for part in parts:
        for names, counts in part.items():
            found[names] = found[names] + counts if names in found else counts
    return {names: counts for names, counts in found.items() if np.any(counts)}


def product(
    one: Mapping[tuple[str, ...], FloatArray], other: Mapping[tuple[str, ...], FloatArray]
) -> Polynomial:
    """Product of two polynomials, bin by bin."""
    return total(
        [
            {tuple(sorted((*a, *b))): np.asarray(x * y)}
            for a, x in one.items()
            for b, y in other.items()
        ]
    )
