"""Physics: the cross sections of an experiment, made of the entries of the registries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from detectors.matter.nuclei import Isotope
from sim.config.file import ExperimentConfig, PhysicsConfig
from sim.cross_sections.couplings import Couplings, couplings
from sim.cross_sections.electron import cross_section_on_electron_cm2_per_kev
from sim.cross_sections.interactions.interaction import StandardModel
from sim.cross_sections.interactions.registry import interactions
from sim.cross_sections.ionization.equivalent_photon import EquivalentPhotons
from sim.cross_sections.ionization.model import IonizationModel
from sim.cross_sections.ionization.pai import Matter
from sim.cross_sections.ionization.registry import ionization_model
from sim.cross_sections.nucleus import cross_section_on_nucleus_cm2_per_kev
from sim.cross_sections.parameters import NeutrinoParameters
from sim.cross_sections.theory import Theory, theory


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
def theory_of(scheme: Couplings, charge_sign: int = 1) -> Theory:
    """All interactions that are always there, beside a Standard Model."""
    standard = StandardModel(scheme, charge_sign)
    found = [part for entry in interactions() for part in entry.contributions(None, standard)]
    return theory(scheme, found)


def electron_cross_section_cm2_per_kev(
    energy_mev: float,
    recoil_kev: float,
    parameters: NeutrinoParameters,
    couplings: Couplings,
    *,
    antineutrino: bool = True,
    charge_sign: int = 1,
) -> float:
    """d sigma / d T on one free electron [cm^2 / keV], zero above T_max(E).

    charge_sign = -1 gives the sign of q of older papers.

    Raises
    ------
    ValueError
        if an energy is not positive.
    """
    return cross_section_on_electron_cm2_per_kev(
        energy_mev,
        recoil_kev,
        parameters,
        theory_of(couplings, charge_sign),
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
) -> float:
    """d sigma / d T on one nucleus [cm^2 / keV], zero above T_max(E).

    Equal for neutrinos and antineutrinos.

    Raises
    ------
    ValueError
        if an energy is not positive, or for an unknown form factor.
    """
    return cross_section_on_nucleus_cm2_per_kev(
        energy_mev,
        recoil_kev,
        nucleus,
        parameters,
        theory_of(couplings, charge_sign),
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
) -> Physics:
    """The physics of couplings and switches; ValueError for an unknown ionization model."""
    return Physics(
        theory=theory_of(scheme, charge_sign),
        ionization=ionization_model(
            ionization, equivalent_photons or EquivalentPhotons(), matter or Matter()
        ),
        form_factor=form_factor,
        axial=axial,
    )


def physics_of(config: ExperimentConfig) -> Physics:
    """The physics of a configuration."""
    return _physics_of(config.physics.model_copy(update={"moments": None}))


@lru_cache(maxsize=64)
def _physics_of(config: PhysicsConfig) -> Physics:
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
    )
