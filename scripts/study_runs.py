"""Studies started, or resumed, from the command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import selected_shards

if TYPE_CHECKING:
    from analysis.studies.plans.plan import Plan


def run(
    folder: Path,
    plan: Plan,
    workers: int | None,
    shard: str | None,
    dask_address: str | None,
    *,
    quiet: bool,
) -> None:
    """Start a study in its folder, or resume it, as ``study_options`` say.

    A folder is not bound to a plan whose physics is refused before anything was made of it.
    """
    from analysis.studies.study import drop_empty, open_study
    from analysis.studies.workers import run_study
    from scripts.cli import was_interrupted
    from scripts.progress import progress_of

    selected = selected_shards(shard, plan.n_shards)
    open_study(folder, plan)
    total = sum(end - first for first, end in map(plan.item_range, selected))
    workers = workers or os.cpu_count() or 1
    try:
        with progress_of(total, plan.items, quiet=quiet) as progress:
            run_study(folder, plan, workers, selected, progress, dask_address)
    except (ValueError, ArithmeticError):
        drop_empty(folder)
        raise
    except (KeyboardInterrupt, SystemError) as error:
        if not was_interrupted(error):
            raise
        kept = len(list((folder / "shards").glob("*.h5")))
        raise KeyboardInterrupt(
            f"{kept} of {plan.n_shards} shards are in {folder}: the same command goes on"
        ) from None


def code_of_reading(unreadable: Sequence[str]) -> int:
    """Exit code of a summary, and a line if a part of the study cannot be read."""
    from analysis.studies.shard_files import unreadable_line
    from scripts.cli import EXIT_OK, EXIT_PARTIAL

    if not unreadable:
        return EXIT_OK
    click.echo(f"nuem: {unreadable_line(unreadable)}", err=True)
    return EXIT_PARTIAL
