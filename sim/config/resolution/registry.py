"""The resolutions of the house, found by the files of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.config import resolution as folder
from sim.config.resolution.section import ResolutionSection
from sim.syntax.variants import one_of, variants_in

if TYPE_CHECKING:
    ResolutionConfig = ResolutionSection
else:
    ResolutionConfig = one_of(variants_in(folder, ResolutionSection), "model", "ionization")
