"""Parameters by name, as files, commands and figures know them without an experiment."""

from __future__ import annotations

from functools import cache

from sim.cross_sections.couplings import couplings
from sim.cross_sections.interactions.interaction import StandardModel
from sim.cross_sections.interactions.registry import interactions
from sim.cross_sections.signal import SignalParameter


@cache
def standing_parameters() -> dict[str, SignalParameter]:
    """Parameters of interactions that are always there, by name, origins of the default couplings.

    Those of ``[[interaction]]`` depend on its keys: ``Model.signal_table`` has them.
    """
    standard = StandardModel(couplings())
    return {
        part.parameter.name: part.parameter
        for entry in interactions()
        if entry.configuration is None
        for part in entry.contributions(None, standard)
    }


def leading_parameters() -> tuple[str, ...]:
    """Names of the parameters that every fit reports, the one asked for by default first."""
    return tuple(name for name, known in standing_parameters().items() if known.reported)


def named_parameter(name: str) -> SignalParameter:
    """The parameter of a name; of one that depends on an experiment what its name says."""
    known = standing_parameters().get(name)
    return known or SignalParameter(name, name, rf"\mathrm{{{name}}}".replace("_", r"\_"), "1", 1.0)
