"""The [detector] section: the target and its response."""

from __future__ import annotations

import re

from pydantic import ConfigDict, Field, model_validator

from sim.config.analysis import BinningKeys
from sim.config.efficiency.erf import ErfEfficiency
from sim.config.efficiency.registry import EfficiencyConfig
from sim.config.quenching.lindhard import LindhardQuenching
from sim.config.quenching.registry import QuenchingConfig
from sim.config.resolution.registry import ResolutionConfig
from sim.section import Fraction, Name, NonNegative, Positive, Section


class UnitConfig(BinningKeys):
    """One of several detectors: its name, its bins, and any key of [detector] that is its own.

    Tables are merged key by key with those of [detector]; one that names another ``model`` is
    taken whole.
    """

    model_config = ConfigDict(extra="allow")

    name: Name
    """A name of its own, also among the periods."""


class DetectorConfig(Section):
    """The target and its response: of one detector, or what all detectors have in common.

    threshold_kev cuts on reconstructed energy; min_ionization_kev is the lowest true ionization
    that can be seen at all (the pair-creation energy), without which 1/T and 1/T^2 spectra leak
    through the tail of the resolution.  isotopes gives the composition of elements that are not
    natural, ``{ Ge = { 76 = 0.86, 74 = 0.14 } }``; quenching_by_element that of elements which
    differ from quenching.  truncated_resolution cuts the Gaussian at zero reconstructed energy and
    normalises it again, as some published analyses do.
    """

    material: str | None = None
    """Chemical formula: Ge, CaWO4, CsI(Tl); required."""
    mass_kg: Positive | None = None
    """Active mass; required unless every period gives exposure_kg_day."""
    threshold_kev: NonNegative | None = None
    """Cut on the reconstructed energy; required."""
    min_ionization_kev: Positive | None = None
    """Lowest true ionization that can be seen at all (a pair's energy); required."""
    isotopes: dict[str, dict[str, Fraction]] = Field(default_factory=dict)
    """Composition of elements that are not natural, by mass number."""
    resolution: ResolutionConfig | None = None
    """Energy resolution; required."""
    truncated_resolution: bool = False
    """Cut the Gaussian at zero reconstructed energy and normalise it again."""
    quenching: QuenchingConfig = LindhardQuenching()
    """Ionization yield of nuclear recoils."""
    quenching_by_element: dict[str, QuenchingConfig] = Field(default_factory=dict)
    """Quenching of elements that differ from quenching."""
    efficiency: EfficiencyConfig = ErfEfficiency()
    """Detection efficiency."""
    unit: tuple[UnitConfig, ...] = ()
    """Sections [[detector.unit]]: several detectors; what one says stands before what this says."""

    @model_validator(mode="after")
    def _mass_numbers(self) -> DetectorConfig:
        for element, fractions in self.isotopes.items():
            for mass_number in fractions:
                if not re.fullmatch(r"[1-9][0-9]{0,2}", mass_number):
                    raise ValueError(
                        f"isotopes.{element}: a mass number expected as key, found {mass_number!r}"
                    )
        return self


class WholeDetector(DetectorConfig):
    """One detector in some period with all that it says and has in common with others."""

    name: Name
    """Name of the detector."""
    material: str
    threshold_kev: NonNegative
    min_ionization_kev: Positive
    resolution: ResolutionConfig

    @model_validator(mode="after")
    def _quenching_is_stated(self) -> WholeDetector:
        if self.resolution.quenching_is_stated and "quenching" not in self.model_fields_set:
            raise ValueError(
                f"a {self.resolution.model} detector needs quenching = "
                "{ model = 'constant', factor = 1.0 }, or another that is meant"
            )
        return self
