"""The [templates] section: a signal, or a whole likelihood, from elsewhere."""

from __future__ import annotations

from pydantic import model_validator

from sim.section import FileName, Norm, Number, Section
from sim.syntax.spelling import repeated


class TemplateNuisance(Section):
    """A parameter of the terms that is not of interest: center give or take sigma."""

    name: str
    """Its name among the factors; norm:NAME for a norm."""
    center: Number = 0.0
    """Where it is known to be."""
    sigma: Norm = 1.0
    """Standard deviation of its constraint, free without one, 0 for a fixed one."""


class TemplatesConfig(Section):
    """Templates in place of folding: file for those of the signal, or terms for all counts.

    terms is a table of every bin of every spectrum: its counts are those of a term, which its
    factors, names of parameters joined by ``*``, multiply.  Signal parameters have the names and
    units of fits (``mu2``, ``q``); those that are not are listed under nuisance.
    """

    file: FileName | None = None
    """Table of the signal in counts per kg and day of each bin."""
    terms: FileName | None = None
    """Table of detector, period, factors, low_kev, high_kev, counts: signal and backgrounds."""
    nuisance: tuple[TemplateNuisance, ...] = ()
    """Sections [[templates.nuisance]]: the parameters of terms that are no signal."""

    @model_validator(mode="after")
    def _one_of_them(self) -> TemplatesConfig:
        if (self.file is None) == (self.terms is None):
            raise ValueError("file or terms expected, one of them")
        if self.nuisance and self.terms is None:
            raise ValueError("nuisance goes with terms")
        names = [nuisance.name for nuisance in self.nuisance]
        twice = repeated(names)
        if twice is not None:
            raise ValueError(f"nuisance: the name {twice!r} stands twice")
        return self
