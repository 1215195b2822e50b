"""The constructions of the house, found by their files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from analysis.limits.constructions.construction import Construction
from analysis.limits.constructions.names import construction_names
from sim.cross_sections.signal import SignalParameter


@cache
def constructions() -> tuple[Construction, ...]:
    """All constructions, ordered by their rank."""
    return tuple(sorted(_imported(), key=lambda construction: construction.rank))


def construction(name: str) -> Construction:
    """The construction of a name; ValueError for another."""
    for known in constructions():
        if known.name == name:
            return known
    allowed = ", ".join(known.name for known in constructions())
    raise ValueError(f"method {name!r}: allowed are {allowed}")


def constructions_for(parameter: SignalParameter) -> tuple[Construction, ...]:
    """Those that give intervals of a parameter; the first is the default."""
    return tuple(known for known in constructions() if known.applies_to(parameter))


def _imported() -> Iterator[Construction]:
    for name in construction_names():
        module = import_module(f"analysis.limits.constructions.{name.replace('-', '_')}")
        found: Construction = module.CONSTRUCTION
        yield found
