"""Covariance and correlation of what a fit leaves free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.fits.minimum import Minimum
from analysis.likelihood.blocks import IntArray
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table, shown

_FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance of the free parameters of a fit: matrix (n, n), entry i, j in units i times j.

    It is the inverse of half the second derivatives of -2 ln L at the best fit.  A root, as
    mu_nu, stands as its square; what is held, at a bound or undetermined is left out.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]

    def __repr__(self) -> str:
        return f"<Covariance of {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        """A table for notebooks: the lower half of the correlations."""
        rows = [
            (name, " ".join(shown(value, 3) for value in row[: i + 1]))
            for i, (name, row) in enumerate(zip(self.names, self.correlation, strict=True))
        ]
        return html_table("correlation of a fit", rows)

    @property
    def correlation(self) -> tuple[tuple[float, ...], ...]:
        """The same over the standard deviations of both, (n, n)."""
        matrix = np.array(self.matrix).reshape(len(self.names), len(self.names))
        sigmas = np.sqrt(np.diag(matrix))
        return _rows(matrix / np.outer(sigmas, sigmas))


def covariance_of(
    likelihood: Likelihood, best: Minimum, left_out: Sequence[str], units: Mapping[str, str]
) -> Covariance | None:
    """Covariance at a minimum without some parameters; None if it is no minimum.

    units are those of the nuisances, by name.
    """
    found = inverse_curvature(likelihood, best, left_out)
    if found is None:
        return None
    places, matrix = found
    known = {p.fitted: p for p in (*likelihood.signal, *likelihood.freed)}
    rows = [_labelled(likelihood.names[place], known, units) for place in places]
    scales = np.array([scale for _, _, scale in rows])
    names, texts = tuple(name for name, _, _ in rows), tuple(unit for _, unit, _ in rows)
    return Covariance(names, texts, _rows(matrix * np.outer(scales, scales)))


def inverse_curvature(
    likelihood: Likelihood, best: Minimum, left_out: Sequence[str]
) -> tuple[IntArray, FloatArray] | None:
    """Places (n,) of the free parameters, and the inverse of half the second derivatives (n, n).

    Without those left out and those held at their bound, which have no error; None where there is
    none, or it is not positive definite.
    """
    free = np.flatnonzero(~likelihood.fixed)
    bounded = likelihood.bounded()
    names = [likelihood.names[place] for place in free]
    kept = np.array(
        [
            name not in left_out and not (name in bounded and best.errors[place] == 0)
            for name, place in zip(names, free, strict=True)
        ],
        dtype=np.bool_,
    )
    information = likelihood.curvature(best.x)[np.ix_(kept, kept)]
    size = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not np.any(kept) or np.any(size == 0):
        return None
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    if values[0] <= _FLAT:
        return None
    return free[kept], (vectors / values) @ vectors.T / np.outer(size, size)


def _labelled(
    name: str, known: Mapping[str, SignalParameter], units: Mapping[str, str]
) -> tuple[str, str, float]:
    """Name, unit and scale of a parameter for people."""
    return in_fit_units(known[name]) if name in known else (name, units[name], 1.0)


def in_fit_units(parameter: SignalParameter) -> tuple[str, str, float]:
    """Name, unit and scale of what a fit takes for linear: of a root its power."""
    name, unit = parameter.name, parameter.unit
    if parameter.power == 1:
        return name, unit, parameter.scale
    exponent = round(1 / parameter.power)
    label = f"{name}_squared" if exponent == 2 else f"{name}_to_the_{exponent}"
    return label, unit if unit == "1" else f"{unit}^{exponent}", parameter.scale**exponent


def _rows(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in matrix)
