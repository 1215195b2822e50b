"""Results of a coverage study: measured beside predicted coverage, and what it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.limits.constructions.registry import construction
from analysis.limits.question import signal_of
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.study import read_plan
from analysis.studies.study_results import study_results
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table
from sim.hdf5 import StoreError
from sim.tables.csv_text import csv_text

_ERRORS = 3.0
"""Binomial errors within which an expectation counts as met."""

_FULL_BIN = 10.0
"""Smallest expectation of a bin whose counts are nearly Gaussian."""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Coverage of one construction at one truth: in units of the expected standard error, and x.

    error is the binomial one at the measured coverage.  predicted is the asymptotic coverage, that
    of a Gaussian estimate, with a boundary where limits are upper ones.  expectation says what the
    construction promises here, None where it promises nothing; met whether the measurement agrees
    within three errors.
    """

    truth_sigma: float
    method: str
    n_toys: int
    coverage: float
    error: float
    predicted: float
    expectation: str | None
    met: bool | None


@dataclass(frozen=True, slots=True)
class CoverageResults:
    """Table of a coverage study; gaussian: every bin expects enough for asymptotic formulas.

    sigma is the expected standard error of x of the parameter, as fits see it.

    failed is the number of toys that did not converge, which count for nothing; unreadable: shards
    that are there and cannot be read.
    """

    plan: CoveragePlan
    sigma: float
    smallest_bin: float
    rows: tuple[CoverageRow, ...]
    n_done: int
    failed: int
    content_sha256: str
    unreadable: tuple[str, ...] = ()

    @property
    def parameter(self) -> SignalParameter:
        """The parameter whose intervals are counted."""
        return signal_of(self.plan.experiment).parameter(self.plan.parameter)

    @property
    def gaussian(self) -> bool:
        """True if asymptotic formulas should hold."""
        return self.smallest_bin >= _FULL_BIN

    @property
    def complete(self) -> bool:
        """True if no toy is missing."""
        return self.n_done == self.plan.n_items

    @property
    def unmet(self) -> list[CoverageRow]:
        """Rows that do not do what their construction promises."""
        return [row for row in self.rows if row.met is False]

    def __repr__(self) -> str:
        return (
            f"<CoverageResults of {self.plan.experiment.name}: {self.n_done} of "
            f"{self.plan.n_items} toys at {100 * self.plan.cl:g} % CL, {len(self.unmet)} not met>"
        )

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            (
                f"{row.truth_sigma:g} sigma, {row.method}",
                f"{row.coverage:.4f} ± {row.error:.4f}, predicted {row.predicted:.4f}",
            )
            for row in self.rows
        ]
        done = f"{self.n_done} of {self.plan.n_items} toys"
        return html_table(f"coverage at {100 * self.plan.cl:g} % CL", [("done", done), *rows])

    def summary(self) -> dict[str, Any]:
        """The table and what it is of, as plain values."""
        parameter = self.parameter
        sigma = f"sigma_{parameter.fitted}"
        return {
            "experiment": self.plan.experiment.name,
            "parameter": parameter.name,
            "cl": self.plan.cl,
            "treatment": self.plan.treatment,
            "units": {
                sigma: parameter.fitted_unit,
                "smallest_bin": "counts",
                "truth_sigma": sigma,
                "error": "coverage",
            },
            sigma: self.sigma,
            "smallest_bin": self.smallest_bin,
            "n_toys": self.plan.n_toys,
            "n_done": self.n_done,
            "complete": self.complete,
            "failed": self.failed,
            "all_met": not self.unmet,
            "rows": [asdict(row) for row in self.rows],
            "content_sha256": self.content_sha256,
            "unreadable": list(self.unreadable),
        }

    def to_csv(self) -> str:
        """The table, one line a row."""
        names = CoverageRow.__slots__
        return csv_text([names, *([getattr(row, name) for name in names] for row in self.rows)])


def coverage_results(folder: Path) -> CoverageResults:
    """Finished toys of a coverage study.

    Raises
    ------
    StoreError
        if the folder holds no coverage study.
    """
    from analysis.studies.coverage_runner import expected_sigma

    plan = read_plan(folder)
    if not isinstance(plan, CoveragePlan):
        raise StoreError(f"{folder}: a study of kind {plan.kind!r}, not of coverage")
    model = plan.sources.model()
    expected = model.asimov().flat
    smallest = float(expected[np.any(list(model.samples().values()), axis=0)].min())
    found = study_results(folder, ("level", "converged"))
    sigma = expected_sigma(model, plan.treatment, plan.parameter)
    n_methods = len(plan.methods)
    level = found.arrays.get("level", np.zeros((0, n_methods)))
    good = found.arrays.get("converged", np.zeros(0)).astype(bool)
    truths = found.items // plan.n_toys
    rows = [
        table_row(plan, size, method, level[(truths == i) & good, j], smallest >= _FULL_BIN)
        for i, size in enumerate(plan.sigmas or [x / sigma for x in plan.true_x(sigma)])
        for j, method in enumerate(plan.methods)
        if np.any((truths == i) & good)
    ]
    return CoverageResults(
        plan=plan,
        sigma=sigma,
        smallest_bin=smallest,
        rows=tuple(rows),
        n_done=found.items.size,
        failed=int(np.sum(~good)),
        content_sha256=found.content_sha256,
        unreadable=found.unreadable,
    )


def table_row(
    plan: CoveragePlan, sigma: float, method: str, levels: np.ndarray, gaussian: bool
) -> CoverageRow:
    """Row of the table for the levels of the toys at one truth; gaussian: every bin is full."""
    n_toys = levels.size
    coverage = float(np.mean(levels <= plan.cl))
    known = construction(method)
    one_sided = signal_of(plan.experiment).parameter(plan.parameter).one_sided
    predicted = known.predicted_coverage(plan.cl, sigma) if one_sided else plan.cl
    promise = known.promise(plan.cl, sigma, gaussian=gaussian and one_sided)
    slack = _ERRORS * (plan.cl * (1 - plan.cl) / n_toys) ** 0.5
    met = None if promise is None else bool(promise.low - slack <= coverage <= promise.high + slack)
    error = (coverage * (1 - coverage) / n_toys) ** 0.5
    words = None if promise is None else promise.words
    return CoverageRow(sigma, method, n_toys, coverage, error, predicted, words, met)
