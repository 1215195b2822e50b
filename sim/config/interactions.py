"""The [[interaction]] sections: of all files of interactions that have one, told apart by model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field, model_validator

from sim.cross_sections.interactions.interaction import InteractionSection
from sim.cross_sections.interactions.registry import check_names as check_names
from sim.cross_sections.interactions.registry import interactions
from sim.section import Section

if TYPE_CHECKING:
    InteractionConfig = InteractionSection
else:
    _SECTIONS = tuple(
        entry.configuration for entry in interactions() if entry.configuration is not None
    )
    InteractionConfig = Annotated[Union[_SECTIONS], Field(discriminator="model")]  # noqa: UP007


class Interactions(Section):
    """Sections on their own, as the command line takes them."""

    interaction: tuple[InteractionConfig, ...] = ()
    """Interactions beyond the Standard Model, any number."""

    @model_validator(mode="after")
    def _told_apart(self) -> Interactions:
        check_names(self.interaction)
        return self
