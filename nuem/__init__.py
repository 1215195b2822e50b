"""nuem: sensitivity of reactor experiments to the neutrino's electromagnetic properties.

    import nuem
    experiment = nuem.load_experiment("gemma-2012")
    model = nuem.build_model(experiment)
    print(nuem.limit(model, model.asimov(), "mu_nu"))

Everything below is imported from the house on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.atomic_models import limits_by_ionization as limits_by_ionization
    from analysis.citations import Citation as Citation
    from analysis.citations import citations as citations
    from analysis.contour import Contour as Contour
    from analysis.contour import contour as contour
    from analysis.coverage_plan import CoveragePlan as CoveragePlan
    from analysis.coverage_results import CoverageResults as CoverageResults
    from analysis.coverage_results import coverage_results as coverage_results
    from analysis.expected import expected_limits as expected_limits
    from analysis.expected import expected_limits_of_toys as expected_limits_of_toys
    from analysis.expected import expected_mu_nu_limits as expected_mu_nu_limits
    from analysis.export_alea import alea_image as alea_image
    from analysis.export_csv import csv_table as csv_table
    from analysis.export_hepdata import hepdata_submission as hepdata_submission
    from analysis.export_pyhf import pyhf_workspace as pyhf_workspace
    from analysis.extras import MissingExtraError as MissingExtraError
    from analysis.figures import reproduction_figure as reproduction_figure
    from analysis.fit import FitResult as FitResult
    from analysis.fit import FittedParameter as FittedParameter
    from analysis.fit import fit as fit
    from analysis.fitted import FittedSpectra as FittedSpectra
    from analysis.fitted import fitted_spectra as fitted_spectra
    from analysis.goodness import goodness_of_fit as goodness_of_fit
    from analysis.impacts import Impact as Impact
    from analysis.impacts import impacts as impacts
    from analysis.limits import Limit as Limit
    from analysis.limits import combined_limit as combined_limit
    from analysis.limits import limit as limit
    from analysis.limits import upper_limit as upper_limit
    from analysis.merging import merge_study as merge_study
    from analysis.minimum import FitError as FitError
    from analysis.plots_limits import plot_contour as plot_contour
    from analysis.plots_limits import plot_expected_limits as plot_expected_limits
    from analysis.plots_limits import plot_impacts as plot_impacts
    from analysis.plots_limits import plot_profile as plot_profile
    from analysis.plots_physics import plot_electron_cross_section as plot_electron_cross_section
    from analysis.plots_physics import plot_flux as plot_flux
    from analysis.plots_physics import plot_quenching as plot_quenching
    from analysis.plots_physics import plot_recoil_rate as plot_recoil_rate
    from analysis.plots_physics import plot_response as plot_response
    from analysis.plots_spectrum import plot_rates as plot_rates
    from analysis.plots_spectrum import plot_spectrum as plot_spectrum
    from analysis.plots_spectrum import plot_spectrum_pulls as plot_spectrum_pulls
    from analysis.plots_study import plot_toy_coverage as plot_toy_coverage
    from analysis.plots_study import plot_toy_pulls as plot_toy_pulls
    from analysis.plots_study import plot_toy_statistic as plot_toy_statistic
    from analysis.plots_style import figure_style as figure_style
    from analysis.profiles import profile_curve as profile_curve
    from analysis.report import Report as Report
    from analysis.report import report as report
    from analysis.report_page import report_page as report_page
    from analysis.reproduction import ReproducedLimit as ReproducedLimit
    from analysis.reproduction import reproduce_limits as reproduce_limits
    from analysis.scan_plan import Axis as Axis
    from analysis.scan_plan import ScanPlan as ScanPlan
    from analysis.scan_results import ScanResults as ScanResults
    from analysis.scan_results import scan_results as scan_results
    from analysis.significance import Significance as Significance
    from analysis.significance import significance as significance
    from analysis.studies import scan as scan
    from analysis.studies import toy_study as toy_study
    from analysis.study import open_study as open_study
    from analysis.toy_plan import ToyPlan as ToyPlan
    from analysis.toy_summary import ToySummary as ToySummary
    from analysis.toy_summary import summarise_toys as summarise_toys
    from analysis.toy_summary import toy_outcomes as toy_outcomes
    from analysis.workers import run_study as run_study
    from detectors.nuclei import isotope as isotope
    from sim.config_schema import experiment_schema as experiment_schema
    from sim.couplings import couplings as couplings
    from sim.couplings import sm_charge_radius_cm2 as sm_charge_radius_cm2
    from sim.crossings import electron_crossing_kev as electron_crossing_kev
    from sim.crossings import nucleus_crossing_kev as nucleus_crossing_kev
    from sim.electron import (
        electron_cross_section_cm2_per_kev as electron_cross_section_cm2_per_kev,
    )
    from sim.experiment import ConfigurationError as ConfigurationError
    from sim.experiment import Experiment as Experiment
    from sim.experiment import load_experiment as load_experiment
    from sim.experiment import parse_experiment as parse_experiment
    from sim.experiment import preset_names as preset_names
    from sim.experiment import preset_text as preset_text
    from sim.hdf5 import StoreError as StoreError
    from sim.histogram import Histogram as Histogram
    from sim.kinematics import recoil_angle_rad as recoil_angle_rad
    from sim.model import Model as Model
    from sim.model import build_model as build_model
    from sim.neutrinos import effective_moment_mu_b as effective_moment_mu_b
    from sim.neutrinos import sm_dirac_moment_mu_b as sm_dirac_moment_mu_b
    from sim.nucleus import nucleus_cross_section_cm2_per_kev as nucleus_cross_section_cm2_per_kev
    from sim.parameters import NeutrinoParameters as NeutrinoParameters
    from sim.pseudo import toys as toys
    from sim.spectra import Spectra as Spectra
    from sim.store import StoredSpectra as StoredSpectra
    from sim.store import read_spectra as read_spectra
    from sim.store import write_spectra as write_spectra
    from sim.tables import check_tables as check_tables

_HOMES = {
    "Axis": "analysis.scan_plan",
    "Citation": "analysis.citations",
    "ConfigurationError": "sim.experiment",
    "Contour": "analysis.contour",
    "CoveragePlan": "analysis.coverage_plan",
    "CoverageResults": "analysis.coverage_results",
    "Experiment": "sim.experiment",
    "FitError": "analysis.minimum",
    "FitResult": "analysis.fit",
    "FittedParameter": "analysis.fit",
    "FittedSpectra": "analysis.fitted",
    "Histogram": "sim.histogram",
    "Impact": "analysis.impacts",
    "Limit": "analysis.limits",
    "MissingExtraError": "analysis.extras",
    "Model": "sim.model",
    "NeutrinoParameters": "sim.parameters",
    "Report": "analysis.report",
    "ReproducedLimit": "analysis.reproduction",
    "ScanPlan": "analysis.scan_plan",
    "ScanResults": "analysis.scan_results",
    "Significance": "analysis.significance",
    "Spectra": "sim.spectra",
    "StoreError": "sim.hdf5",
    "StoredSpectra": "sim.store",
    "ToyPlan": "analysis.toy_plan",
    "ToySummary": "analysis.toy_summary",
    "alea_image": "analysis.export_alea",
    "build_model": "sim.model",
    "check_tables": "sim.tables",
    "citations": "analysis.citations",
    "combined_limit": "analysis.limits",
    "contour": "analysis.contour",
    "couplings": "sim.couplings",
    "coverage_results": "analysis.coverage_results",
    "csv_table": "analysis.export_csv",
    "effective_moment_mu_b": "sim.neutrinos",
    "electron_cross_section_cm2_per_kev": "sim.electron",
    "electron_crossing_kev": "sim.crossings",
    "expected_limits": "analysis.expected",
    "expected_limits_of_toys": "analysis.expected",
    "expected_mu_nu_limits": "analysis.expected",
    "experiment_schema": "sim.config_schema",
    "figure_style": "analysis.plots_style",
    "fit": "analysis.fit",
    "fitted_spectra": "analysis.fitted",
    "goodness_of_fit": "analysis.goodness",
    "hepdata_submission": "analysis.export_hepdata",
    "impacts": "analysis.impacts",
    "isotope": "detectors.nuclei",
    "limit": "analysis.limits",
    "limits_by_ionization": "analysis.atomic_models",
    "load_experiment": "sim.experiment",
    "merge_study": "analysis.merging",
    "nucleus_cross_section_cm2_per_kev": "sim.nucleus",
    "nucleus_crossing_kev": "sim.crossings",
    "open_study": "analysis.study",
    "parse_experiment": "sim.experiment",
    "plot_contour": "analysis.plots_limits",
    "plot_electron_cross_section": "analysis.plots_physics",
    "plot_expected_limits": "analysis.plots_limits",
    "plot_flux": "analysis.plots_physics",
    "plot_impacts": "analysis.plots_limits",
    "plot_profile": "analysis.plots_limits",
    "plot_quenching": "analysis.plots_physics",
    "plot_rates": "analysis.plots_spectrum",
    "plot_recoil_rate": "analysis.plots_physics",
    "plot_response": "analysis.plots_physics",
    "plot_spectrum": "analysis.plots_spectrum",
    "plot_spectrum_pulls": "analysis.plots_spectrum",
    "plot_toy_coverage": "analysis.plots_study",
    "plot_toy_pulls": "analysis.plots_study",
    "plot_toy_statistic": "analysis.plots_study",
    "preset_names": "sim.experiment",
    "preset_text": "sim.experiment",
    "profile_curve": "analysis.profiles",
    "pyhf_workspace": "analysis.export_pyhf",
    "read_spectra": "sim.store",
    "recoil_angle_rad": "sim.kinematics",
    "report": "analysis.report",
    "report_page": "analysis.report_page",
    "reproduce_limits": "analysis.reproduction",
    "reproduction_figure": "analysis.figures",
    "run_study": "analysis.workers",
    "scan": "analysis.studies",
    "scan_results": "analysis.scan_results",
    "significance": "analysis.significance",
    "sm_charge_radius_cm2": "sim.couplings",
    "sm_dirac_moment_mu_b": "sim.neutrinos",
    "summarise_toys": "analysis.toy_summary",
    "toy_outcomes": "analysis.toy_summary",
    "toy_study": "analysis.studies",
    "toys": "sim.pseudo",
    "upper_limit": "analysis.limits",
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
    return getattr(importlib.import_module(_HOMES[name]), name)


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
