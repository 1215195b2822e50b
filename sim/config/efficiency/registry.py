"""The efficiencies of the house, found by the files of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.config import efficiency as folder
from sim.config.efficiency.section import EfficiencySection
from sim.syntax.variants import one_of, variants_in

if TYPE_CHECKING:
    EfficiencyConfig = EfficiencySection
else:
    EfficiencyConfig = one_of(variants_in(folder, EfficiencySection), "model", "erf")
