"""What a file of a likelihood says, whatever its format: spectra, parameters, remarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.imports.polynomials import Polynomial
from sim.cross_sections.interactions.parameter_table import standing_parameters
from sim.cross_sections.interactions.strength import STRENGTH
from sim.cross_sections.parameters import FloatArray

NORM = "norm:"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that is no signal: center give or take sigma, None where it is free."""

    name: str
    center: float
    sigma: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Neighbouring bins of a spectrum: edges (n + 1,), counts (n,), what is expected."""

    detector: str
    period: str
    powered: bool
    edges_kev: FloatArray
    counts: FloatArray
    expected: Polynomial


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodFile:
    """A likelihood in pieces; notes say what is approximate in it or had to be guessed."""

    name: str
    reference: str
    pieces: tuple[Piece, ...]
    parameters: tuple[Parameter, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class Names:
    """How names of a file are called here, the parameter of interest by what it is.

    Those of the signal stay as they are (``mu2``, ``q``).  Another parameter of interest is taken
    as the strength of coherent scattering, 1 in the Standard Model.
    """

    interest: str
    notes: list[str] = field(default_factory=list)
    known: dict[str, Parameter] = field(default_factory=dict)

    def is_signal(self, name: str) -> bool:
        """True for a parameter of the signal by its own name."""
        return name in {p.fitted for p in standing_parameters().values()}

    def norm_factor(self, name: str, center: float, sigma: float | None) -> Polynomial:
        """What a factor of this name multiplies by: itself, or 1 and the strength beyond 1."""
        if self.is_signal(name):
            return {(name,): np.ones(1)}
        if name == self.interest:
            note = f"{name} is taken as the strength of coherent scattering, {STRENGTH}"
            if note not in self.notes:
                self.notes.append(note)
            return {(): np.ones(1), (STRENGTH,): np.ones(1)}
        if center == 0.0:
            return {(self.deviation(name, sigma),): np.ones(1)}
        own = NORM + plain(name.removeprefix(NORM))
        self.known.setdefault(own, Parameter(own, center, sigma))
        return {(own,): np.ones(1)}

    def deviation(self, name: str, sigma: float | None = 1.0) -> str:
        """A parameter that is 0 give or take sigma."""
        if self.is_signal(name):
            return name
        own = plain(name.removeprefix(NORM))
        self.known.setdefault(own, Parameter(own, 0.0, sigma))
        return own


def plain(name: str) -> str:
    """A name without what separates names and cells."""
    return re.sub(r"[*,#\s]+", "_", name.strip()) or "_"


def section_name(name: str, taken: Sequence[str] = ()) -> str:
    """A name that a detector or period may have, unlike those taken."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "channel"
    first = kept if kept[0].isalpha() else f"channel-{kept}"
    second, number = first, 2
    while second in taken:
        second, number = f"{first}-{number}", number + 1
    return second


def numbered_edges(n_bins: int) -> FloatArray:
    """Edges of bins of which a file gives no energies: 1, 2, ..."""
    return np.arange(1.0, n_bins + 2.0)
