"""The interactions of the house: every file of this folder that holds an ``INTERACTION``."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module

from sim.cross_sections import interactions as folder
from sim.cross_sections.interactions.interaction import Interaction, InteractionSection


def model_of(section: InteractionSection) -> str:
    """Name of the interaction that a section is of."""
    return section.model


def check_names(sections: Sequence[InteractionSection]) -> None:
    """Raise ValueError where sections of one model cannot be told apart."""
    for model in {model_of(section) for section in sections}:
        names = [section.name for section in sections if model_of(section) == model]
        if len(names) > 1 and (len(set(names)) < len(names) or "" in names):
            raise ValueError(f"interaction: sections of {model!r} need names of their own")


@cache
def interactions() -> tuple[Interaction, ...]:
    """All entries, by the names of their files, which is the order of templates and parameters."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    modules = [import_module(f"{folder.__name__}.{name}") for name in names]
    return tuple(m.INTERACTION for m in modules if hasattr(m, "INTERACTION"))
