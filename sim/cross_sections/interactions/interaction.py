"""What a file of this folder says of its interaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from sim.cross_sections.couplings import Couplings
from sim.cross_sections.operators import Shift
from sim.cross_sections.theory import Contribution
from sim.section import Section


class InteractionSection(Section):
    """What the section of every interaction has beside its ``model``."""

    name: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9_-]*)?$", max_length=40)] = ""
    """Name by which keys are addressed, and that tells parameters of one model apart."""

    if TYPE_CHECKING:
        model: str


@dataclass(frozen=True, slots=True)
class StandardModel:
    """What interactions are told of the theory that they change.

    baselines_m holds the distance of each core with its share of the flux, none where there is no
    reactor.
    """

    couplings: Couplings
    charge_sign: int = 1
    running_charge_radius: bool = False
    baselines_m: tuple[tuple[float, float], ...] = ()


def _nothing(_: StandardModel) -> tuple[Shift, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Interaction:
    """An entry of the registry: the name ``INTERACTION`` of a file.

    parameters are users' names; contributions makes them and their operators from the section of
    the experiment file (None for what is always there) and the Standard Model; always gives shifts
    of the Standard Model itself; configuration is the class of the section, whose ``model`` is the
    name; citations are keys of ``analysis/published/references.bib``.
    """

    name: str
    parameters: tuple[str, ...]
    contributions: Callable[[Any, StandardModel], tuple[Contribution, ...]]
    always: Callable[[StandardModel], tuple[Shift, ...]] = _nothing
    configuration: type[InteractionSection] | None = None
    citations: tuple[str, ...] = ()
