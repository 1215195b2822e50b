"""What a file of this folder says of its interaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.cross_sections.couplings import Couplings
from sim.cross_sections.theory import Contribution


@dataclass(frozen=True, slots=True)
class StandardModel:
    """What interactions are told of the theory that they change."""

    couplings: Couplings
    charge_sign: int = 1


@dataclass(frozen=True, slots=True)
class Interaction:
    """An entry of the registry: the name ``INTERACTION`` of a file.

    parameters are users' names; contributions makes them and their operators from the section of
    the experiment file (None for what is always there) and the Standard Model; citations are keys
    of ``analysis/published/references.bib``.
    """

    name: str
    parameters: tuple[str, ...]
    contributions: Callable[[Any, StandardModel], tuple[Contribution, ...]]
    citations: tuple[str, ...] = ()
