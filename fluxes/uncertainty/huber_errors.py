"""Huber's errors of the converted spectra: relative one-sigma shifts in bins of 250 keV.

The tables hold for each source of error the lower and the upper shift of every bin, sorted by
sign: where a correlated shift passes through zero the two columns change places.  A source that is
correlated between the bins has two courses, of its upward and its downward variation, which are
smooth functions of the energy; they are followed here from the highest bin down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from fluxes.tables import FloatArray, shipped_text

HUBER_ISOTOPES = ("u235", "pu239", "pu241")
_FIRST_MEV, _LAST_MEV, _BIN_MEV = 2.0, 10.0, 0.25


@dataclass(frozen=True, slots=True, eq=False)
class HuberErrors:
    """Relative one-sigma shifts of one isotope, shape (n,) each; edges_mev has shape (n + 1,).

    uncorrelated: statistics and bias, independent between bins and isotopes.  charge (Z),
    weak_magnetism, norm: each correlated between all bins and isotopes, with a sign.
    """

    edges_mev: FloatArray
    uncorrelated: FloatArray
    charge: FloatArray
    weak_magnetism: FloatArray
    norm: FloatArray


@cache
def huber_errors(isotope: str) -> HuberErrors:
    """Errors of a converted spectrum (u235, pu239, pu241).

    A bin reaches 125 keV to both sides of its energy in the table; the first begins at 2 MeV, and
    the last, at 8 MeV, is used up to 10 MeV.  The two sides of an asymmetric error become
    one: sigma = sqrt((lower^2 + upper^2) / 2).
    Source: Huber, Phys. Rev. C 84, 024617 (2011), official tables.

    Raises
    ------
    ValueError
        for another isotope.
    """
    if isotope not in HUBER_ISOTOPES:
        raise ValueError(f"isotope {isotope!r}: Huber's errors are of {', '.join(HUBER_ISOTOPES)}")
    rows = _rows(f"huber_2011_{isotope}.dat")
    stat, bias, charge, weak_magnetism, norm = (rows[:, i : i + 2] for i in range(2, 12, 2))
    edges = np.concatenate([[_FIRST_MEV], rows[:-1, 0] + _BIN_MEV / 2, [_LAST_MEV]])
    return HuberErrors(
        edges_mev=edges,
        uncorrelated=np.sqrt(symmetrised(stat) ** 2 + symmetrised(bias) ** 2),
        charge=correlated_shift(charge),
        weak_magnetism=correlated_shift(weak_magnetism),
        norm=correlated_shift(norm),
    )


def symmetrised(two_sides: FloatArray) -> FloatArray:
    """sqrt((lower^2 + upper^2) / 2) of errors of shape (n, 2)."""
    return np.asarray(np.sqrt(np.mean(two_sides**2, axis=1)), dtype=np.float64)


def correlated_shift(two_sides: FloatArray) -> FloatArray:
    """Signed one-sigma shift of a source that is correlated between the bins, shape (n,).

    two_sides has shape (n, 2), bins upward in energy.  From the highest bins down each of the two
    courses takes the side that lies nearer to the parabola through its last three bins (the
    courses are straight or parabolic); the sign is that of the course that is positive at the
    highest energy.
    """
    upward, downward = list(two_sides[:-4:-1, 1]), list(two_sides[:-4:-1, 0])
    for lower, upper in two_sides[-4::-1]:
        straight = abs(_continued(downward) - lower) <= abs(_continued(downward) - upper)
        downward.append(lower if straight else upper)
        upward.append(upper if straight else lower)
    sign = np.sign(np.array(upward) - np.array(downward))[::-1]
    return np.asarray(sign * symmetrised(two_sides), dtype=np.float64)


def _continued(course: list[float]) -> float:
    return 3 * course[-1] - 3 * course[-2] + course[-3]


def _rows(name: str) -> FloatArray:
    lines = (line for line in shipped_text(name).splitlines() if not line.startswith("#"))
    return np.array([line.split() for line in lines], dtype=np.float64)
