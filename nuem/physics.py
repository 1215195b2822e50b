"""Physics: cross sections, couplings, moments, ionization, nuclei and quenching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from detectors.matter.nuclei import isotope as isotope
    from detectors.quenching.families import curve_families as curve_families
    from detectors.quenching.fit import fit_quenching as fit_quenching
    from detectors.quenching.points import quenching_data as quenching_data
    from sim.cross_sections.atomic.ionization_table import IonizationTable as IonizationTable
    from sim.cross_sections.atomic.known_tables import ionization_table as ionization_table
    from sim.cross_sections.couplings import couplings as couplings
    from sim.cross_sections.couplings import sm_charge_radius_cm2 as sm_charge_radius_cm2
    from sim.cross_sections.crossings import electron_crossing_kev as electron_crossing_kev
    from sim.cross_sections.crossings import nucleus_crossing_kev as nucleus_crossing_kev
    from sim.cross_sections.kinematics import recoil_angle_rad as recoil_angle_rad
    from sim.cross_sections.parameters import NeutrinoParameters as NeutrinoParameters
    from sim.neutrinos.moments import effective_moment_mu_b as effective_moment_mu_b
    from sim.neutrinos.moments import sm_dirac_moment_mu_b as sm_dirac_moment_mu_b
    from sim.physics import electron_cross_section_cm2_per_kev as electron_cross_section_cm2_per_kev
    from sim.physics import nucleus_cross_section_cm2_per_kev as nucleus_cross_section_cm2_per_kev

HOMES = {
    "IonizationTable": "sim.cross_sections.atomic.ionization_table",
    "NeutrinoParameters": "sim.cross_sections.parameters",
    "couplings": "sim.cross_sections.couplings",
    "curve_families": "detectors.quenching.families",
    "effective_moment_mu_b": "sim.neutrinos.moments",
    "electron_cross_section_cm2_per_kev": "sim.physics",
    "electron_crossing_kev": "sim.cross_sections.crossings",
    "fit_quenching": "detectors.quenching.fit",
    "ionization_table": "sim.cross_sections.atomic.known_tables",
    "isotope": "detectors.matter.nuclei",
    "nucleus_cross_section_cm2_per_kev": "sim.physics",
    "nucleus_crossing_kev": "sim.cross_sections.crossings",
    "quenching_data": "detectors.quenching.points",
    "recoil_angle_rad": "sim.cross_sections.kinematics",
    "sm_charge_radius_cm2": "sim.cross_sections.couplings",
    "sm_dirac_moment_mu_b": "sim.neutrinos.moments",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
