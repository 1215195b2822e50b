"""The shapes of backgrounds of the house, found by the files of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from sim.config import backgrounds as folder
from sim.config.backgrounds.component import BackgroundComponent
from sim.syntax.variants import variants_in

if TYPE_CHECKING:
    BackgroundConfig = BackgroundComponent
else:
    _SHAPES = variants_in(folder, BackgroundComponent)
    BackgroundConfig = Annotated[Union[_SHAPES], Field(discriminator="shape")]  # noqa: UP007
