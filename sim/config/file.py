"""The experiment file: its sections, keys, units, defaults and checks.

Units are part of the key names; energies marked ``_kev`` are electron equivalent unless a
docstring says otherwise.  Everything else of the house sees validated values only.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.config.analysis import AnalysisConfig
from sim.config.backgrounds.registry import BackgroundConfig
from sim.config.data import DataConfig
from sim.config.detector import DetectorConfig
from sim.config.exposure import ExposureConfig
from sim.config.interactions import InteractionConfig, check_names
from sim.config.published import PublishedConfig
from sim.config.reactor import ReactorConfig
from sim.config.systematics import SystematicsConfig
from sim.config.templates import TemplatesConfig
from sim.neutrinos.moments_section import MomentsConfig
from sim.section import Inside, Positive, Section
from sim.syntax.spelling import repeated


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
    def _names_of_backgrounds(self) -> ExperimentConfig:
        names = [component.name for component in self.background]
        twice = repeated(names)
        if twice is not None:
            raise ValueError(f"background: the name {twice!r} stands twice")
        check_names(self.interaction)
        return self

    @model_validator(mode="after")
    def _terms_are_whole(self) -> ExperimentConfig:
        if self.templates is not None and self.templates.terms is not None:
            beside = "background" if self.background else "interaction" if self.interaction else ""
            beside = "systematics" if self.systematics != SystematicsConfig() else beside
            if beside:
                raise ValueError(f"{beside} stands beside templates.terms, which state all counts")
        return self
