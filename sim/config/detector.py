"""The [detector] section: the target and its response."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from sim.config.analysis import BinningKeys
from sim.config.quenching import LindhardQuenching, QuenchingConfig
from sim.config.times import Name
from sim.section import (
    OF_A_LABORATORY,
    FileName,
    Fraction,
    NonNegative,
    Positive,
    Section,
    tag_of,
)


class IonizationResolution(Section):
    """sigma^2 = (noise_fwhm_kev / 2.355)^2 + pair_energy_kev * fano_factor * E."""

    model: Literal["ionization"] = "ionization"
    """Formula of the resolution."""
    noise_fwhm_kev: NonNegative
    """Full width at half maximum of the electronic noise."""
    fano_factor: NonNegative = 0.0
    """Fano factor F."""
    pair_energy_kev: Positive = 2.96e-3
    """Energy per electron-hole pair."""

    @model_validator(mode="after")
    def _finite_width(self) -> IonizationResolution:
        if self.noise_fwhm_kev == 0 and self.fano_factor == 0:
            raise ValueError("the resolution must have a width: noise_fwhm_kev or fano_factor > 0")
        return self


class CcdResolution(Section):
    """Silicon CCD: noise_electrons of readout noise an event, and the Fano term."""

    model: Literal["ccd"]
    """Formula of the resolution."""
    noise_electrons: Positive
    """Readout noise of an event, rms."""
    fano_factor: NonNegative = 0.119
    """Fano factor F."""
    pair_energy_kev: Positive = 3.749e-3
    """Energy per electron-hole pair."""


class PhononResolution(Section):
    """sigma^2 = (baseline_fwhm_kev / 2.355)^2 + (linear_fraction E)^2 + sqrt_term_kev E."""

    model: Literal["phonon"]
    """Formula of the resolution."""
    baseline_fwhm_kev: Positive
    """Full width at half maximum of the baseline."""
    linear_fraction: NonNegative = 0.0
    """a in the term (a E)^2."""
    sqrt_term_kev: NonNegative = 0.0
    """b in the term b E."""


class PhotoElectronResolution(Section):
    """Poisson photo-electrons of yield_per_kev, each of relative width single_width."""

    model: Literal["photo-electrons"]
    """Formula of the resolution."""
    yield_per_kev: Positive
    """Photo-electrons per keV."""
    single_width: NonNegative = 0.0
    """Relative width of the charge of one photo-electron."""
    noise: NonNegative = 0.0
    """Electronic noise in photo-electrons."""


class NoResolution(Section):
    """Energies are not measured: for analysis.mode = ``counting``."""

    model: Literal["none"]
    """Formula of the resolution: none, for a counting experiment."""


def _resolution_tag(value: Any) -> str:
    return tag_of(value, "model", "ionization")


ResolutionConfig = Annotated[
    Annotated[IonizationResolution, Tag("ionization")]
    | Annotated[CcdResolution, Tag("ccd")]
    | Annotated[PhononResolution, Tag("phonon")]
    | Annotated[PhotoElectronResolution, Tag("photo-electrons")]
    | Annotated[NoResolution, Tag("none")],
    Discriminator(_resolution_tag),
]


class ErfEfficiency(Section):
    """Plateau with an optional error-function turn-on of the given Gaussian width."""

    model: Literal["erf"] = "erf"
    """Shape of the efficiency."""
    plateau: Annotated[float, Field(gt=0, le=1), OF_A_LABORATORY] = 1.0
    """Efficiency far above the turn-on."""
    half_kev: NonNegative = 0.0
    """Where it is half the plateau."""
    width_kev: Positive | None = None
    """Gaussian width of the turn-on; left out: the plateau everywhere."""
    acts_on: Literal["true", "reconstructed"] = "reconstructed"
    """The energy that it depends on."""

    @model_validator(mode="after")
    def _turn_on(self) -> ErfEfficiency:
        if self.half_kev > 0 and self.width_kev is None:
            raise ValueError("half_kev goes with width_kev, the width of the turn-on")
        return self


class TableEfficiency(Section):
    """A table with the columns energy_kev, efficiency."""

    model: Literal["table"]
    """Shape of the efficiency."""
    file: FileName
    """Table of energy_kev and efficiency."""
    acts_on: Literal["true", "reconstructed"] = "reconstructed"
    """The energy that it depends on."""


def _efficiency_tag(value: Any) -> str:
    return tag_of(value, "model", "erf")


EfficiencyConfig = Annotated[
    Annotated[ErfEfficiency, Tag("erf")] | Annotated[TableEfficiency, Tag("table")],
    Discriminator(_efficiency_tag),
]


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
        if (
            isinstance(self.resolution, PhononResolution)
            and "quenching" not in self.model_fields_set
        ):
            raise ValueError(
                "a phonon detector needs quenching = { model = 'constant', factor = 1.0 }, or "
                "another that is meant"
            )
        return self
