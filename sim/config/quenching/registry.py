"""The quenching models of the house, found by the files of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.config import quenching as folder
from sim.config.quenching.section import QuenchingSection
from sim.syntax.variants import one_of, variants_in

if TYPE_CHECKING:
    QuenchingConfig = QuenchingSection
else:
    QuenchingConfig = one_of(variants_in(folder, QuenchingSection), "model", "lindhard")
