"""One shard of a study: what a worker does, whoever sent it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.plans.plan import Plan
from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import Progress, Shard, no_progress, write_shard
from analysis.studies.study import PLAN_FILE, check_code, read_plan
from sim.integrity.kernel_cache import guard_kernel_cache


class Runner(Protocol):
    """What makes the shards of a plan; it folds and prepares once what they have in common."""

    def run(self, index: int, progress: Progress = no_progress) -> Shard:
        """One shard, a pure function of the plan and the index."""


def run_shard(folder: Path, index: int, progress: Progress = no_progress) -> int:
    """Run and store one shard of a study; the model is built once in each process.

    progress hears of items as they are done, and of the last ones when the shard is stored.
    """
    guard_kernel_cache()
    check_code(folder)  # that of this worker, which may run elsewhere
    stored = hashlib.sha256((folder / PLAN_FILE).read_bytes()).hexdigest()
    plan, runner = _prepared(folder, stored)
    held = 0

    def done(n_items: int) -> None:
        nonlocal held
        if held:
            progress(held)
        held = n_items

    write_shard(folder, plan, index, runner.run(index, done))
    progress(held)
    return index


@lru_cache(maxsize=1)
def _prepared(folder: Path, plan_sha256: str) -> tuple[Plan, Runner]:
    """Plan and runner of a folder; the hash tells a folder that was made anew from the old one."""
    plan = read_plan(folder)
    return plan, _runner(plan)


def _runner(plan: Plan) -> Runner:
    match plan:
        case ToyPlan():
            from analysis.studies.toy_runner import ToyRunner

            return ToyRunner(plan)
        case ScanPlan():
            from analysis.studies.scan_runner import ScanRunner

            return ScanRunner(plan)
        case CoveragePlan():
            from analysis.studies.coverage_runner import CoverageRunner

            return CoverageRunner(plan)
    raise TypeError(f"no runner for a plan of {plan.items}")
