"""Whole studies in one call: planned, run, and summed up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from analysis.limits.question import checked_method
from analysis.studies.plans.plan import Plan
from analysis.studies.plans.scan_plan import Axis, ScanPlan, Value
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.scan_results import ScanResults, scan_results
from analysis.studies.study import open_study
from analysis.studies.toy_summary import ToySummary, summarise_toys
from analysis.studies.workers import run_study
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import Experiment


def scan(
    experiment: Experiment,
    axes: Mapping[str, Sequence[Value]],
    parameter: str = MAGNETIC_MOMENT,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    folder: Path | None = None,
    workers: int = 1,
) -> ScanResults:
    """Expected limits at every combination of values of keys of the experiment file.

    axes: values by key, ``{"detector.threshold_kev": [0.1, 0.2, 0.4]}``.  A folder keeps the study
    and resumes it; without one it is gone afterwards.

    Raises
    ------
    ConfigurationError
        for a key that is not there, or a folder that holds another study.
    ValueError
        for a parameter, method and confidence level that do not go together.

    Examples
    --------
    >>> experiment = nuem.load_experiment("rovno")
    >>> found = nuem.scan(experiment, {"exposure.on_days": [50.0, 100.0]})
    >>> [f"{upper:.2e}" for upper in found.upper]
    ['1.36e-10', '1.30e-10']
    """
    chosen = checked_method(experiment, parameter, method, cl)
    varied = tuple(Axis(key, tuple(values)) for key, values in axes.items())
    plan = ScanPlan(experiment, varied, parameter, chosen, cl, treatment)
    with _run(plan, folder, workers) as place:
        return scan_results(place)


def toy_study(
    experiment: Experiment,
    n_toys: int,
    seed: int,
    parameter: str = MAGNETIC_MOMENT,
    truth: NeutrinoParameters | None = None,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    folder: Path | None = None,
    workers: int = 1,
) -> ToySummary:
    """Toys at a truth (the Standard Model's by default), each fitted: coverage, bias, pulls.

    A folder keeps the study and resumes it; without one it is gone afterwards.

    Raises
    ------
    ConfigurationError
        for a folder that holds another study.
    ValueError
        for a parameter, method and confidence level that do not go together.
    """
    plan = ToyPlan(
        experiment=experiment,
        parameter=parameter,
        n_toys=n_toys,
        seed=seed,
        truth=truth or NeutrinoParameters(),
        method=checked_method(experiment, parameter, method, cl),
        cl=cl,
        treatment=treatment or experiment.config.analysis.background,
    )
    with _run(plan, folder, workers) as place:
        return summarise_toys(place)


@contextmanager
def _run(plan: Plan, folder: Path | None, workers: int) -> Iterator[Path]:
    """The folder of the finished study."""
    with tempfile.TemporaryDirectory(prefix="nuem-") as temporary:
        place = folder or Path(temporary)
        open_study(place, plan)
        run_study(place, plan, workers)
        yield place
