"""Results of a scan: the limits on the grid of its axes, as a summary and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.limits.expected import SIGMAS
from analysis.limits.question import asked, signal_of
from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.scan_runner import MOST_INTERVALS, STATUSES, reads_asimov
from analysis.studies.study import read_plan
from analysis.studies.study_results import study_results
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table
from sim.hdf5 import StoreError
from sim.tables.csv_text import csv_text


@dataclass(frozen=True, slots=True, eq=False)
class ScanResults:
    """Limits of the finished points of a scan, on the grid of its axes.

    lower and upper have the shape of the grid, NaN where there is no limit; intervals has two more
    axes, all separate intervals of which these are the hull, NaN beyond the last; band has one more
    axis, -2 to 2 sigma; status has the name of each point's state, ``missing`` where it is not
    done; reason says why there is no limit.  unreadable: shards that are there and cannot be read.
    """

    plan: ScanPlan
    lower: FloatArray
    upper: FloatArray
    intervals: FloatArray
    band: FloatArray
    status: npt.NDArray[np.str_]
    reason: npt.NDArray[np.str_]
    content_sha256: str
    unreadable: tuple[str, ...] = ()

    @property
    def parameter(self) -> SignalParameter:
        """The parameter of the limits."""
        return signal_of(self.plan.experiment).parameter(self.plan.parameter)

    @property
    def unit(self) -> str:
        """Unit of the limits."""
        return self.parameter.unit

    @property
    def most_intervals(self) -> int:
        """Separate intervals of the point that has the most."""
        return int(np.max(np.sum(np.isfinite(self.intervals[..., 0]), axis=-1), initial=0))

    def __repr__(self) -> str:
        keys = ", ".join(axis.key for axis in self.plan.axes)
        return f"<ScanResults of {self.plan.parameter} over {keys}: {self.counts()}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_table("scan", self.summary().items())

    def counts(self) -> dict[str, int]:
        """Number of points in each state that occurs."""
        names, counts = np.unique(self.status, return_counts=True)
        return {str(name): int(n) for name, n in zip(names, counts, strict=True)}

    @property
    def how(self) -> str:
        """Where the numbers come from."""
        plan = self.plan
        question = asked(plan.experiment, plan.parameter, plan.cl, plan.method, plan.treatment)
        if reads_asimov(question) and not plan.observed:
            return "asymptotic, of Asimov data, bands too"
        return "as nuem limit, without its warnings"

    def summary(self) -> dict[str, Any]:
        """What is done and found, as plain values."""
        done = int(np.sum(self.status != "missing"))
        found = self.status == "ok"
        reach = np.maximum(np.abs(self.lower[found]), np.abs(self.upper[found]))
        return {
            "parameter": self.plan.parameter,
            "unit": self.unit,
            "method": self.plan.method,
            "how": self.how,
            "cl": self.plan.cl,
            "keys": [axis.key for axis in self.plan.axes],
            "n_points": self.plan.n_items,
            "n_done": done,
            "disjoint": int(np.sum(np.isfinite(self.intervals[..., 1, 0]))),
            "complete": done == self.plan.n_items,
            "statuses": self.counts(),
            "best": float(reach.min()) if reach.size else None,
            "worst": float(reach.max()) if reach.size else None,
            "content_sha256": self.content_sha256,
            "unreadable": list(self.unreadable),
        }

    def to_csv(self) -> str:
        """One line a point, the last axis fastest; empty where there is no number.

        Where a point has several intervals, each of them has columns beside those of the hull.
        """
        keys = [axis.key for axis in self.plan.axes]
        unit = self.unit.replace("^", "")
        names = [f"{name}_{unit}" for name in ("lower", "upper")]
        bands = [f"upper_{n:+d}sigma_{unit}" for n in SIGMAS if n != 0]
        columns = [self.lower, self.upper]
        columns += [self.band[..., k] for k, n in enumerate(SIGMAS) if n != 0]
        pieces = self.most_intervals if self.most_intervals > 1 else 0
        columns += [self.intervals[..., k, side] for k in range(pieces) for side in (0, 1)]
        ends = [
            f"interval{k}_{side}_{unit}"
            for k in range(1, pieces + 1)
            for side in ("lower", "upper")
        ]
        header = [*keys, "status", *names, *bands, *ends, "reason"]
        cells = [["" if v != v else repr(v) for v in c.ravel().tolist()] for c in columns]
        values = product(*(axis.values for axis in self.plan.axes))
        states = self.status.ravel().tolist(), self.reason.ravel().tolist()
        rows = zip(values, states[0], *cells, states[1], strict=True)
        return csv_text([header, *([*point, *others] for point, *others in rows)])


def scan_results(folder: Path) -> ScanResults:
    """Finished points of a scan.

    Raises
    ------
    StoreError
        if the folder holds no scan.
    """
    plan = read_plan(folder)
    if not isinstance(plan, ScanPlan):
        raise StoreError(f"{folder}: a study of {plan.items}, not a scan")
    found = study_results(folder)
    places = plan.places(found.items)
    grids: dict[str, Any] = {
        "lower": np.full(plan.shape, np.nan),
        "upper": np.full(plan.shape, np.nan),
        "band": np.full((*plan.shape, len(SIGMAS)), np.nan),
        "intervals": np.full((*plan.shape, MOST_INTERVALS, 2), np.nan),
    }
    status = np.full(plan.shape, "missing", dtype="U16")
    reason = np.full(plan.shape, "", dtype=object)
    if found.items.size:
        for name, grid in grids.items():
            if name in found.arrays:
                grid[places] = found.arrays[name]
        if "intervals" not in found.arrays:  # one each
            grids["intervals"][..., 0, :] = np.stack([grids["lower"], grids["upper"]], axis=-1)
        status[places] = np.array(STATUSES)[found.arrays["status"]]
        reason[places] = [text.decode() for text in found.arrays["reason"]]
    return ScanResults(
        plan=plan,
        **grids,
        status=status,
        reason=reason.astype(np.str_),
        content_sha256=found.content_sha256,
        unreadable=found.unreadable,
    )
