"""nuem: sensitivity of reactor experiments to the neutrino's electromagnetic properties.

An experiment from a shipped or own file, folded into a model; a limit on what it expects to see:

    >>> import nuem
    >>> experiment = nuem.load_experiment("gemma-2012", ["exposure.on_days=1000"])
    >>> model = nuem.build_model(experiment)
    >>> found = nuem.limit(model, model.asimov(), "mu_nu", cl=0.90)
    >>> print(f"{found.upper:.2e} {found.unit}, {found.status}")
    3.89e-11 mu_B, ok

model.data() are the observed spectra where the file names some, else those of the Standard Model;
nuem.fit, nuem.impacts and nuem.profile_curve take a model and spectra as nuem.limit does.
Everything below is imported from the house on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.explorer.content import explorer_content as explorer_content
    from analysis.explorer.page import explorer_page as explorer_page
    from analysis.exports.alea import alea_image as alea_image
    from analysis.exports.csv_table import csv_table as csv_table
    from analysis.exports.hepdata import hepdata_submission as hepdata_submission
    from analysis.exports.hs3_workspace import hs3_workspace as hs3_workspace
    from analysis.exports.pyhf_workspace import pyhf_workspace as pyhf_workspace
    from analysis.extras import MissingExtraError as MissingExtraError
    from analysis.fits.fit import FitResult as FitResult
    from analysis.fits.fit import FittedParameter as FittedParameter
    from analysis.fits.fit import fit as fit
    from analysis.fits.fitted_spectra import FittedSpectra as FittedSpectra
    from analysis.fits.fitted_spectra import fitted_spectra as fitted_spectra
    from analysis.fits.impacts import Impact as Impact
    from analysis.fits.impacts import impacts as impacts
    from analysis.fits.minimum import FitError as FitError
    from analysis.fits.quality import goodness_of_fit as goodness_of_fit
    from analysis.limits.atomic_models import limits_by_ionization as limits_by_ionization
    from analysis.limits.contours.contour import Contour as Contour
    from analysis.limits.contours.contour import contour as contour
    from analysis.limits.expected import expected_limits as expected_limits
    from analysis.limits.expected import expected_limits_of_toys as expected_limits_of_toys
    from analysis.limits.expected import expected_mu_nu_limits as expected_mu_nu_limits
    from analysis.limits.limit import combined_limit as combined_limit
    from analysis.limits.limit import limit as limit
    from analysis.limits.limit import upper_limit as upper_limit
    from analysis.limits.limit_result import Limit as Limit
    from analysis.limits.profiles import profile_curve as profile_curve
    from analysis.limits.quenching_curves import CurveLimit as CurveLimit
    from analysis.limits.quenching_curves import limits_by_quenching as limits_by_quenching
    from analysis.limits.reach import Reach as Reach
    from analysis.limits.reach import discovery_reach as discovery_reach
    from analysis.limits.significance import Significance as Significance
    from analysis.limits.significance import significance as significance
    from analysis.plots.figures import reproduction_figure as reproduction_figure
    from analysis.plots.ionization import plot_electrons as plot_electrons
    from analysis.plots.ionization import plot_ionization_ratios as plot_ionization_ratios
    from analysis.plots.limits import plot_contour as plot_contour
    from analysis.plots.limits import plot_expected_limits as plot_expected_limits
    from analysis.plots.limits import plot_impacts as plot_impacts
    from analysis.plots.limits import plot_profile as plot_profile
    from analysis.plots.physics import plot_electron_cross_section as plot_electron_cross_section
    from analysis.plots.physics import plot_flux as plot_flux
    from analysis.plots.physics import plot_quenching as plot_quenching
    from analysis.plots.physics import plot_recoil_rate as plot_recoil_rate
    from analysis.plots.physics import plot_response as plot_response
    from analysis.plots.quenching import plot_quenching_fits as plot_quenching_fits
    from analysis.plots.spectrum import plot_rates as plot_rates
    from analysis.plots.spectrum import plot_spectrum as plot_spectrum
    from analysis.plots.spectrum import plot_spectrum_pulls as plot_spectrum_pulls
    from analysis.plots.study import plot_toy_coverage as plot_toy_coverage
    from analysis.plots.study import plot_toy_pulls as plot_toy_pulls
    from analysis.plots.study import plot_toy_statistic as plot_toy_statistic
    from analysis.plots.style import figure_style as figure_style
    from analysis.published.citations import Citation as Citation
    from analysis.published.citations import citations as citations
    from analysis.published.reproduction import ReproducedLimit as ReproducedLimit
    from analysis.published.reproduction import reproduce_limits as reproduce_limits
    from analysis.reports.content import Report as Report
    from analysis.reports.content import report as report
    from analysis.reports.page import report_page as report_page
    from analysis.studies.coverage_results import CoverageResults as CoverageResults
    from analysis.studies.coverage_results import coverage_results as coverage_results
    from analysis.studies.merging import merge_study as merge_study
    from analysis.studies.plans.coverage_plan import CoveragePlan as CoveragePlan
    from analysis.studies.plans.scan_plan import Axis as Axis
    from analysis.studies.plans.scan_plan import ScanPlan as ScanPlan
    from analysis.studies.plans.toy_plan import ToyPlan as ToyPlan
    from analysis.studies.scan_results import ScanResults as ScanResults
    from analysis.studies.scan_results import scan_results as scan_results
    from analysis.studies.studies import scan as scan
    from analysis.studies.studies import toy_study as toy_study
    from analysis.studies.study import open_study as open_study
    from analysis.studies.toy_summary import ToySummary as ToySummary
    from analysis.studies.toy_summary import summarise_toys as summarise_toys
    from analysis.studies.toy_summary import toy_outcomes as toy_outcomes
    from analysis.studies.workers import run_study as run_study
    from detectors.matter.nuclei import isotope as isotope
    from detectors.quenching.families import curve_families as curve_families
    from detectors.quenching.fit import fit_quenching as fit_quenching
    from detectors.quenching.points import quenching_data as quenching_data
    from sim.config.schema import experiment_schema as experiment_schema
    from sim.cross_sections.atomic.ionization_table import IonizationTable as IonizationTable
    from sim.cross_sections.atomic.known_tables import ionization_table as ionization_table
    from sim.cross_sections.couplings import couplings as couplings
    from sim.cross_sections.couplings import sm_charge_radius_cm2 as sm_charge_radius_cm2
    from sim.cross_sections.crossings import electron_crossing_kev as electron_crossing_kev
    from sim.cross_sections.crossings import nucleus_crossing_kev as nucleus_crossing_kev
    from sim.cross_sections.kinematics import recoil_angle_rad as recoil_angle_rad
    from sim.cross_sections.parameters import NeutrinoParameters as NeutrinoParameters
    from sim.experiment import ConfigurationError as ConfigurationError
    from sim.experiment import Experiment as Experiment
    from sim.experiment import load_experiment as load_experiment
    from sim.experiment import parse_experiment as parse_experiment
    from sim.experiment import preset_names as preset_names
    from sim.experiment import preset_text as preset_text
    from sim.hdf5 import StoreError as StoreError
    from sim.instruments.checks import check_tables as check_tables
    from sim.model import Model as Model
    from sim.model_assembly import build_model as build_model
    from sim.neutrinos.moments import effective_moment_mu_b as effective_moment_mu_b
    from sim.neutrinos.moments import sm_dirac_moment_mu_b as sm_dirac_moment_mu_b
    from sim.physics import (
        electron_cross_section_cm2_per_kev as electron_cross_section_cm2_per_kev,
    )
    from sim.physics import (
        nucleus_cross_section_cm2_per_kev as nucleus_cross_section_cm2_per_kev,
    )
    from sim.pseudo import toys as toys
    from sim.sources.joint import joint_model as joint_model
    from sim.sources.joint import joint_spectra as joint_spectra
    from sim.spectra.histogram import Histogram as Histogram
    from sim.spectra.spectra import Spectra as Spectra
    from sim.store import StoredSpectra as StoredSpectra
    from sim.store import read_spectra as read_spectra
    from sim.store import write_spectra as write_spectra

_HOMES = {
    "Axis": "analysis.studies.plans.scan_plan",
    "Citation": "analysis.published.citations",
    "ConfigurationError": "sim.experiment",
    "Contour": "analysis.limits.contours.contour",
    "CoveragePlan": "analysis.studies.plans.coverage_plan",
    "CoverageResults": "analysis.studies.coverage_results",
    "CurveLimit": "analysis.limits.quenching_curves",
    "Experiment": "sim.experiment",
    "FitError": "analysis.fits.minimum",
    "FitResult": "analysis.fits.fit",
    "FittedParameter": "analysis.fits.fit",
    "FittedSpectra": "analysis.fits.fitted_spectra",
    "Histogram": "sim.spectra.histogram",
    "Impact": "analysis.fits.impacts",
    "IonizationTable": "sim.cross_sections.atomic.ionization_table",
    "Limit": "analysis.limits.limit_result",
    "MissingExtraError": "analysis.extras",
    "Model": "sim.model",
    "NeutrinoParameters": "sim.cross_sections.parameters",
    "Reach": "analysis.limits.reach",
    "Report": "analysis.reports.content",
    "ReproducedLimit": "analysis.published.reproduction",
    "ScanPlan": "analysis.studies.plans.scan_plan",
    "ScanResults": "analysis.studies.scan_results",
    "Significance": "analysis.limits.significance",
    "Spectra": "sim.spectra.spectra",
    "StoreError": "sim.hdf5",
    "StoredSpectra": "sim.store",
    "ToyPlan": "analysis.studies.plans.toy_plan",
    "ToySummary": "analysis.studies.toy_summary",
    "alea_image": "analysis.exports.alea",
    "build_model": "sim.model_assembly",
    "check_tables": "sim.instruments.checks",
    "citations": "analysis.published.citations",
    "combined_limit": "analysis.limits.limit",
    "contour": "analysis.limits.contours.contour",
    "couplings": "sim.cross_sections.couplings",
    "coverage_results": "analysis.studies.coverage_results",
    "csv_table": "analysis.exports.csv_table",
    "curve_families": "detectors.quenching.families",
    "effective_moment_mu_b": "sim.neutrinos.moments",
    "electron_cross_section_cm2_per_kev": "sim.physics",
    "electron_crossing_kev": "sim.cross_sections.crossings",
    "expected_limits": "analysis.limits.expected",
    "expected_limits_of_toys": "analysis.limits.expected",
    "expected_mu_nu_limits": "analysis.limits.expected",
    "experiment_schema": "sim.config.schema",
    "explorer_content": "analysis.explorer.content",
    "explorer_page": "analysis.explorer.page",
    "figure_style": "analysis.plots.style",
    "fit": "analysis.fits.fit",
    "fit_quenching": "detectors.quenching.fit",
    "fitted_spectra": "analysis.fits.fitted_spectra",
    "goodness_of_fit": "analysis.fits.quality",
    "hepdata_submission": "analysis.exports.hepdata",
    "hs3_workspace": "analysis.exports.hs3_workspace",
    "impacts": "analysis.fits.impacts",
    "ionization_table": "sim.cross_sections.atomic.known_tables",
    "isotope": "detectors.matter.nuclei",
    "joint_model": "sim.sources.joint",
    "joint_spectra": "sim.sources.joint",
    "limit": "analysis.limits.limit",
    "limits_by_ionization": "analysis.limits.atomic_models",
    "limits_by_quenching": "analysis.limits.quenching_curves",
    "load_experiment": "sim.experiment",
    "merge_study": "analysis.studies.merging",
    "nucleus_cross_section_cm2_per_kev": "sim.physics",
    "nucleus_crossing_kev": "sim.cross_sections.crossings",
    "open_study": "analysis.studies.study",
    "parse_experiment": "sim.experiment",
    "plot_contour": "analysis.plots.limits",
    "plot_electron_cross_section": "analysis.plots.physics",
    "plot_electrons": "analysis.plots.ionization",
    "plot_expected_limits": "analysis.plots.limits",
    "plot_flux": "analysis.plots.physics",
    "plot_impacts": "analysis.plots.limits",
    "plot_ionization_ratios": "analysis.plots.ionization",
    "plot_profile": "analysis.plots.limits",
    "plot_quenching": "analysis.plots.physics",
    "plot_quenching_fits": "analysis.plots.quenching",
    "plot_rates": "analysis.plots.spectrum",
    "plot_recoil_rate": "analysis.plots.physics",
    "plot_response": "analysis.plots.physics",
    "plot_spectrum": "analysis.plots.spectrum",
    "plot_spectrum_pulls": "analysis.plots.spectrum",
    "plot_toy_coverage": "analysis.plots.study",
    "plot_toy_pulls": "analysis.plots.study",
    "plot_toy_statistic": "analysis.plots.study",
    "preset_names": "sim.experiment",
    "preset_text": "sim.experiment",
    "discovery_reach": "analysis.limits.reach",
    "profile_curve": "analysis.limits.profiles",
    "pyhf_workspace": "analysis.exports.pyhf_workspace",
    "quenching_data": "detectors.quenching.points",
    "read_spectra": "sim.store",
    "recoil_angle_rad": "sim.cross_sections.kinematics",
    "report": "analysis.reports.content",
    "report_page": "analysis.reports.page",
    "reproduce_limits": "analysis.published.reproduction",
    "reproduction_figure": "analysis.plots.figures",
    "run_study": "analysis.studies.workers",
    "scan": "analysis.studies.studies",
    "scan_results": "analysis.studies.scan_results",
    "significance": "analysis.limits.significance",
    "sm_charge_radius_cm2": "sim.cross_sections.couplings",
    "sm_dirac_moment_mu_b": "sim.neutrinos.moments",
    "summarise_toys": "analysis.studies.toy_summary",
    "toy_outcomes": "analysis.studies.toy_summary",
    "toy_study": "analysis.studies.studies",
    "toys": "sim.pseudo",
    "upper_limit": "analysis.limits.limit",
    "write_spectra": "sim.store",
}

_RENAMED: dict[str, tuple[str, str]] = {"PlottingUnavailableError": ("MissingExtraError", "0.3")}
"""Old names: the new one, and the version that forgets the old (docs/deprecation.md)."""

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("nuem")
    if name in _RENAMED:
        return _renamed(name)
    if name not in _HOMES:
        raise AttributeError(f"module 'nuem' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        hiding = _hiding_file(error.name or "")
        if hiding is None:
            raise
    raise ImportError(
        f"{hiding} hides a package of nuem of the same name: rename it, or run the script from "
        f"another folder"
    )


def _hiding_file(missing: str) -> str | None:
    """The user's file that is imported in place of a package of ours, or None."""
    import sys
    from pathlib import Path

    floor = missing.partition(".")[0]
    found: str | None = getattr(sys.modules.get(floor), "__file__", None)
    ours = Path(__file__).resolve().parent.parent / floor
    if found is None or Path(found).resolve().is_relative_to(ours):
        return None
    return found


def _renamed(name: str) -> object:
    """The thing of an old name, with a warning that says the new one."""
    import warnings

    new, version = _RENAMED[name]
    warnings.warn(
        f"nuem.{name} is now nuem.{new}; the old name goes with nuem {version}",
        DeprecationWarning,
        stacklevel=3,
    )
    return __getattr__(new)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
