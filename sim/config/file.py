"""The experiment file: its sections, keys, units, defaults and checks.

Units are part of the key names; energies marked ``_kev`` are electron equivalent unless a
docstring says otherwise.  Everything else of the house sees validated values only.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.config.backgrounds import BackgroundConfig
from sim.config.detector import DetectorConfig
from sim.config.interactions import InteractionConfig, check_names
from sim.config.published import PublishedConfig
from sim.config.reactor import ReactorConfig
from sim.config.section import (
    FileName,
    Fraction,
    Inside,
    NonNegative,
    Positive,
    RelativeUncertainty,
    Section,
)
from sim.neutrinos.moments_section import MomentsConfig


class ExposureConfig(Section):
    """Live days with the reactor on and off.

    off_residual_flux is the flux left in OFF periods (neighbouring units, spent fuel) as a
    fraction of the ON flux; off_start_day counts from the start of the ON period, at its end by
    default (it matters only for decaying backgrounds).
    """

    on_days: Positive
    """Live time with the reactor on."""
    off_days: NonNegative
    """Live time with the reactor off; 0 for none."""
    off_residual_flux: Fraction = 0.0
    """Flux left in OFF as a fraction of the ON flux, with the ON spectrum."""
    off_start_day: NonNegative | None = None
    """Start of OFF, counted from the start of ON; left out: the end of ON."""


def _whole(value: object) -> object:
    """1.0 as 1: the versions of pydantic differ in what they make of it, and true is no sign."""
    if isinstance(value, bool):
        raise ValueError("Input should be 1 or -1")
    return int(value) if isinstance(value, float) and value.is_integer() else value


class PhysicsConfig(Section):
    """Switches of the cross sections; charge_sign = -1 is the sign of q of older papers.

    The epa keys and plasmon_energy_ev belong to ionization = "epa-max", pai_close and density_g_cm3
    to "pai", "orbital" and "best" (``sim.cross_sections.ionization``); axial adds the axial current
    on nuclei with spin.
    """

    couplings: Literal["one-loop", "tree"] = "one-loop"
    """Electroweak couplings, with or without one-loop corrections."""
    sin2_theta_w: Inside = 0.23857
    """Weak mixing angle at zero momentum transfer."""
    ionization: Literal[
        "stepping", "free", "stepping-smoothed", "rrpa", "epa-max", "pai", "orbital", "best"
    ] = "stepping"
    """Model of the binding of electrons."""
    epa_neutrino_mass_ev: Positive = 1.0
    """Infrared cut of the equivalent photons, for epa-max in vacuum."""
    epa_medium: Literal["vacuum", "density-effect"] = "vacuum"
    """Medium of the equivalent photons; density-effect is deprecated: pai replaces it."""
    plasmon_energy_ev: Positive | None = None
    """Plasmon energy of the medium, required by density-effect."""
    pai_close: Literal["shifted", "allison-cobb"] = "shifted"
    """Form of the close collisions, for pai and best."""
    density_g_cm3: Positive | None = None
    """Density of the target as a medium, for pai, orbital and best; left out: the known one."""
    form_factor: Literal["helm", "helm-rms", "klein-nystrand", "unity"] = "helm"
    """Nuclear form factor."""
    axial: bool = False
    """Adds the axial current on the nuclei with spin that are known."""
    charge_sign: Annotated[Literal[1, -1], BeforeValidator(_whole)] = 1
    """Sign of q; -1 is that of older papers."""
    running_charge_radius: bool = False
    """Takes the lepton loop of the one-loop charge radius at the momentum transfer."""
    moments: MomentsConfig | None = None
    """Moments in the mass basis, in which a limit on mu_nu can be read."""

    @model_validator(mode="after")
    def _plasmon_energy(self) -> PhysicsConfig:
        if self.epa_medium == "density-effect" and self.plasmon_energy_ev is None:
            raise ValueError("epa_medium = 'density-effect' needs plasmon_energy_ev")
        return self

    @model_validator(mode="after")
    def _no_neutrino_mass_in_matter(self) -> PhysicsConfig:
        default = type(self).model_fields["epa_neutrino_mass_ev"].default
        in_matter = self.ionization in ("pai", "orbital", "best")
        if in_matter and self.epa_neutrino_mass_ev != default:
            raise ValueError(
                f"epa_neutrino_mass_ev is for ionization = 'epa-max': with {self.ionization!r} "
                "the medium ends the field of a charge, whatever the mass"
            )
        return self


class AnalysisConfig(Section):
    """Window, bins, channels and the treatment of the background.

    ``off-joint`` fits ON and OFF together, so the OFF statistics count; ``off-fixed`` takes the
    background from a fit of its shape to the OFF spectrum and then holds it fixed.
    """

    window_kev: tuple[NonNegative, Positive]
    """Lower and upper end of the reconstructed energy."""
    bin_width_kev: Positive
    """Width of the bins; the window must hold a whole number of them."""
    background: Literal["off-joint", "off-fixed"] = "off-joint"
    """Fit ON and OFF together, or fix the background by a fit to OFF."""
    channels: Annotated[tuple[Literal["electron", "nucleus"], ...], Field(min_length=1)] = (
        "electron",
        "nucleus",
    )
    """Processes that count as signal: ionization, coherent scattering on nuclei."""

    @property
    def n_bins(self) -> int:
        """Number of bins in the window."""
        return round((self.window_kev[1] - self.window_kev[0]) / self.bin_width_kev)

    @model_validator(mode="after")
    def _whole_bins(self) -> AnalysisConfig:
        low, high = self.window_kev
        if not low < high:
            raise ValueError(f"window_kev must increase: found {low:g} to {high:g}")
        bins = (high - low) / self.bin_width_kev
        if abs(bins - round(bins)) > 1e-6 or round(bins) < 1:
            raise ValueError(
                f"window_kev must hold a whole number of bins of {self.bin_width_kev:g} keV, "
                f"found {bins:g}"
            )
        if bins > 100_000:
            raise ValueError(f"at most 100000 bins, found {bins:g}")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("channels: each channel may stand once")
        return self


SharedName = Literal[
    "flux_norm",
    "flux_shape",
    "efficiency",
    "exposure",
    "energy_scale",
    "quenching",
    "resolution",
]


class SystematicsConfig(Section):
    """Relative uncertainties, each a Gaussian nuisance parameter; 0 leaves it out.

    flux_norm and efficiency scale all signal rates, exposure signal and background, energy_scale
    the reconstructed energy, quenching the uncertain number of its model (Lindhard's k),
    resolution its width.  flux_shape adds the components of the flux covariance, besides
    flux_norm.  shared names those that a combination of experiments has in common.
    """

    flux_norm: RelativeUncertainty = 0.0
    """Relative uncertainty of the flux; scales the signal."""
    efficiency: RelativeUncertainty = 0.0
    """Relative uncertainty of the efficiency; scales the signal."""
    exposure: RelativeUncertainty = 0.0
    """Relative uncertainty of the exposure; scales signal and backgrounds."""
    energy_scale: RelativeUncertainty = 0.0
    """Relative uncertainty of the reconstructed energy."""
    quenching: RelativeUncertainty = 0.0
    """Relative uncertainty of the quenching (of Lindhard's k, or of the factor)."""
    resolution: RelativeUncertainty = 0.0
    """Relative uncertainty of the width of the resolution."""
    flux_shape: bool = False
    """Adds the components of the flux covariance, besides flux_norm."""
    shared: tuple[SharedName, ...] = ("flux_norm", "flux_shape")
    """Nuisances that a combination of experiments has in common."""


class TemplatesConfig(Section):
    """Signal templates from elsewhere, in place of folding."""

    file: str
    """Table of the signal in counts per kg and day of each bin."""


class DataConfig(Section):
    """Observed spectra: tables with the columns low_kev, high_kev, counts."""

    on: FileName
    """Table of the observed ON counts: low_kev, high_kev, counts."""
    off: FileName | None = None
    """Table of the observed OFF counts, in the same bins."""


class VariantConfig(Section):
    """A what-if of a reproduction: KEY=VALUE changes as for --set."""

    name: str
    """What is changed, in words."""
    changes: Annotated[tuple[str, ...], Field(min_length=1)]
    """Changes as for --set, KEY=VALUE each."""


class ExperimentConfig(Section):
    """A whole experiment file."""

    name: Annotated[str, Field(pattern=r"^\w[\w ._+-]*$", max_length=100)]
    """The experiment's name."""
    description: str = ""
    """One line of text."""
    reference: str = ""
    """The paper that it follows."""
    reactor: ReactorConfig
    """The source."""
    detector: DetectorConfig
    """The target and its response."""
    exposure: ExposureConfig
    """Live times."""
    analysis: AnalysisConfig
    """Window, bins and channels."""
    physics: PhysicsConfig = PhysicsConfig()
    """Switches of the cross sections."""
    systematics: SystematicsConfig = SystematicsConfig()
    """Uncertainties, each a nuisance parameter."""
    background: tuple[BackgroundConfig, ...] = ()
    """Backgrounds, any number."""
    interaction: tuple[InteractionConfig, ...] = ()
    """Interactions beyond the Standard Model, any number."""
    templates: TemplatesConfig | None = None
    """Signal templates as a table."""
    data: DataConfig | None = None
    """Observed spectra."""
    published: PublishedConfig = PublishedConfig()
    """What the paper says, for `nuem reproduce`."""
    variant: tuple[VariantConfig, ...] = ()
    """What-ifs of `nuem reproduce`, any number."""

    @model_validator(mode="after")
    def _sections_agree(self) -> ExperimentConfig:
        high = self.analysis.window_kev[1]
        detector = self.detector
        if detector.threshold_kev >= high:
            raise ValueError(
                f"detector.threshold_kev = {detector.threshold_kev:g} lies above "
                f"analysis.window_kev, which ends at {high:g}"
            )
        if detector.min_ionization_kev >= high:
            raise ValueError(
                f"detector.min_ionization_kev = {detector.min_ionization_kev:g} lies above "
                f"analysis.window_kev, which ends at {high:g}"
            )
        names = [component.name for component in self.background]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"background: the name {twice!r} stands twice")
        check_names(self.interaction)
        problem = self.templates_problem()
        if self.templates is not None and problem is not None:
            raise ValueError(problem)
        problem = self.off_fixed_problem()
        if self.analysis.background == "off-fixed" and problem is not None:
            raise ValueError(problem)
        return self

    def templates_problem(self) -> str | None:
        """Why signal templates cannot be given as a table, or None if they can."""
        start = self.analysis.window_kev[0]
        if self.detector.threshold_kev > start:
            return (
                f"templates: detector.threshold_kev = {self.detector.threshold_kev:g} would cut "
                f"the table, which starts at {start:g}"
            )
        systematics = self.systematics
        for name in ("energy_scale", "quenching", "resolution", "flux_shape"):
            if getattr(systematics, name):
                return f"templates: systematics.{name} needs templates that are folded, not a table"
        return None

    def off_fixed_problem(self) -> str | None:
        """Why the OFF spectrum cannot fix the background, or None if it can."""
        if self.exposure.off_days == 0:
            return "background = 'off-fixed' needs an OFF period: exposure.off_days is 0"
        for component in self.background:
            if component.norm != 0 and component.scaling in ("reactor", "free"):
                return (
                    f"background = 'off-fixed': the OFF spectrum cannot give the norm of "
                    f"{component.name!r} (scaling = {component.scaling!r}); set its norm to 0 or "
                    f"use 'off-joint'"
                )
        return None
