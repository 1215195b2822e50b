"""Physics: the cross sections of an experiment, made of the entries of the registries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from detectors.matter.nuclei import Isotope
from sim.config.file import ExperimentConfig, PhysicsConfig
from sim.config.reactor import ReactorConfig
from sim.cross_sections.couplings import Couplings, couplings
from sim.cross_sections.electron import cross_section_on_electron_cm2_per_kev
from sim.cross_sections.interactions.interaction import InteractionSection, StandardModel
from sim.cross_sections.interactions.registry import check_names, interactions, model_of
from sim.cross_sections.ionization.equivalent_photon import EquivalentPhotons
from sim.cross_sections.ionization.model import IonizationModel
from sim.cross_sections.ionization.pai import Matter
from sim.cross_sections.ionization.registry import ionization_model
from sim.cross_sections.nucleus import cross_section_on_nucleus_cm2_per_kev
from sim.cross_sections.parameters import NeutrinoParameters
from sim.cross_sections.theory import Contribution, Theory, theory


@dataclass(frozen=True, slots=True)
class Physics:
    """What cross sections depend on besides the target."""

    theory: Theory
    ionization: IonizationModel
    form_factor: str = "helm"
    axial: bool = False

    @property
    def couplings(self) -> Couplings:
        """Couplings of the Standard Model."""
        return self.theory.couplings


@lru_cache(maxsize=64)
def theory_of(
    scheme: Couplings,
    charge_sign: int = 1,
    sections: tuple[InteractionSection, ...] = (),
    *,
    running_charge_radius: bool = False,
    baselines_m: tuple[tuple[float, float], ...] = (),
) -> Theory:
    """A Standard Model with all interactions that are always there, and those of sections.

    Raises
    ------
    ValueError
        if two sections of one model have no names, or the same.
    """
    check_names(sections)
    standard = StandardModel(scheme, charge_sign, running_charge_radius, baselines_m)
    entries = {entry.name: entry for entry in interactions()}
    parts = [
        part
        for entry in entries.values()
        if entry.configuration is None
        for part in entry.contributions(None, standard)
    ]
    models = [model_of(section) for section in sections]
    for model, section in zip(models, sections, strict=True):
        found = entries[model].contributions(section, standard)
        several = models.count(model) > 1
        parts += [_labelled(part, section.name) for part in found] if several else found
    always = [shift for entry in entries.values() for shift in entry.always(standard)]
    return theory(scheme, parts, always)


def _labelled(part: Contribution, label: str) -> Contribution:
    """A contribution of one of several sections of a model."""
    parameter = replace(
        part.parameter,
        name=f"{part.parameter.name}[{label}]",
        fitted=f"{part.parameter.fitted}[{label}]",
        symbol=rf"{part.parameter.symbol}\,[\mathrm{{{label}}}]",
    )
    return replace(
        part,
        parameter=parameter,
        operator=replace(part.operator, name=f"{part.operator.name}[{label}]"),
    )


def electron_cross_section_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    parameters: NeutrinoParameters,
    couplings: Couplings,
    *,
    antineutrino: bool = True,
    charge_sign: int = 1,
    sections: tuple[InteractionSection, ...] = (),
    running_charge_radius: bool = False,
) -> float:
    """d sigma / d T on one free electron [cm^2 / keV], zero above T_max(E).

    charge_sign = -1 gives the sign of q of older papers.

    Raises
    ------
    ValueError
        if an energy is not positive.

    Examples
    --------
    >>> point = nuem.NeutrinoParameters(mu_nu=1e-10)
    >>> found = nuem.electron_cross_section_cm2_per_kev(3.0, 10.0, point, nuem.couplings())
    >>> print(f"{found:.3e} cm2/keV")
    2.585e-46 cm2/keV
    """
    return cross_section_on_electron_cm2_per_kev(
        energy_mev,
        recoil_kev,
        parameters,
        theory_of(couplings, charge_sign, sections, running_charge_radius=running_charge_radius),
        antineutrino=antineutrino,
    )


def nucleus_cross_section_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    nucleus: Isotope,
    parameters: NeutrinoParameters,
    couplings: Couplings,
    *,
    form_factor_name: str = "helm",
    charge_sign: int = 1,
    sections: tuple[InteractionSection, ...] = (),
    running_charge_radius: bool = False,
) -> float:
    """d sigma / d T on one nucleus [cm^2 / keV], zero above T_max(E).

    Equal for neutrinos and antineutrinos.

    Raises
    ------
    ValueError
        if an energy is not positive, or for an unknown form factor.

    Examples
    --------
    >>> standard = nuem.NeutrinoParameters()
    >>> found = nuem.nucleus_cross_section_cm2_per_kev(
    ...     5.0, 0.5, nuem.isotope("Ge-74"), standard, nuem.couplings()
    ... )
    >>> print(f"{found:.3e} cm2/keV")
    1.471e-40 cm2/keV
    """
    return cross_section_on_nucleus_cm2_per_kev(
        energy_mev,
        recoil_kev,
        nucleus,
        parameters,
        theory_of(couplings, charge_sign, sections, running_charge_radius=running_charge_radius),
        form_factor_name=form_factor_name,
    )


def physics(
    scheme: Couplings,
    *,
    ionization: str = "stepping",
    equivalent_photons: EquivalentPhotons | None = None,
    matter: Matter | None = None,
    form_factor: str = "helm",
    axial: bool = False,
    charge_sign: int = 1,
    sections: tuple[InteractionSection, ...] = (),
    running_charge_radius: bool = False,
    baselines_m: tuple[tuple[float, float], ...] = (),
) -> Physics:
    """The physics of couplings and switches; ValueError for an unknown ionization model."""
    return Physics(
        theory=theory_of(
            scheme,
            charge_sign,
            sections,
            running_charge_radius=running_charge_radius,
            baselines_m=baselines_m,
        ),
        ionization=ionization_model(
            ionization, equivalent_photons or EquivalentPhotons(), matter or Matter()
        ),
        form_factor=form_factor,
        axial=axial,
    )


def physics_of(config: ExperimentConfig) -> Physics:
    """The physics of a configuration."""
    switches = config.physics
    if switches.moments is not None:
        switches = switches.model_copy(update={"moments": None})
    return _physics_of(switches, config.interaction, _baselines_m(config.reactor))


def loses_flux(config: ExperimentConfig) -> bool:
    """Whether an interaction takes neutrinos away, by a share that the distance decides."""
    return bool(config.interaction) and bool(physics_of(config).theory.changes)


def _baselines_m(reactor: ReactorConfig) -> tuple[tuple[float, float], ...]:
    """Distance of each core with its share of the flux at full power."""
    if not reactor.core:
        return () if reactor.baseline_m is None else ((reactor.baseline_m, 1.0),)
    sizes = [core.thermal_power_gw / core.baseline_m**2 for core in reactor.core]
    return tuple(
        (core.baseline_m, size / sum(sizes))
        for core, size in zip(reactor.core, sizes, strict=True)
        if size > 0
    )


@lru_cache(maxsize=64)
def _physics_of(
    config: PhysicsConfig,
    sections: tuple[InteractionSection, ...],
    baselines_m: tuple[tuple[float, float], ...],
) -> Physics:
    return physics(
        couplings(config.couplings, config.sin2_theta_w),
        ionization=config.ionization,
        equivalent_photons=EquivalentPhotons(
            config.epa_neutrino_mass_ev, config.epa_medium, config.plasmon_energy_ev
        ),
        matter=Matter(config.pai_close, config.density_g_cm3),
        form_factor=config.form_factor,
        axial=config.axial,
        charge_sign=config.charge_sign,
        sections=sections,
        running_charge_radius=config.running_charge_radius,
        baselines_m=baselines_m,
    )
