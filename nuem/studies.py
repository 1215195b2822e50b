"""Studies: toys, scans and coverage in shards that can be resumed and merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
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

HOMES = {
    "Axis": "analysis.studies.plans.scan_plan",
    "CoveragePlan": "analysis.studies.plans.coverage_plan",
    "CoverageResults": "analysis.studies.coverage_results",
    "ScanPlan": "analysis.studies.plans.scan_plan",
    "ScanResults": "analysis.studies.scan_results",
    "ToyPlan": "analysis.studies.plans.toy_plan",
    "ToySummary": "analysis.studies.toy_summary",
    "coverage_results": "analysis.studies.coverage_results",
    "merge_study": "analysis.studies.merging",
    "open_study": "analysis.studies.study",
    "run_study": "analysis.studies.workers",
    "scan": "analysis.studies.studies",
    "scan_results": "analysis.studies.scan_results",
    "summarise_toys": "analysis.studies.toy_summary",
    "toy_outcomes": "analysis.studies.toy_summary",
    "toy_study": "analysis.studies.studies",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
