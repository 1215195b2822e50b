"""The interactions of the house: every file of this folder that holds an ``INTERACTION``."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from sim.cross_sections import interactions as folder
from sim.cross_sections.interactions.interaction import Interaction


@cache
def interactions() -> tuple[Interaction, ...]:
    """All entries, by the names of their files, which is the order of templates and parameters."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    modules = [import_module(f"{folder.__name__}.{name}") for name in names]
    return tuple(m.INTERACTION for m in modules if hasattr(m, "INTERACTION"))
