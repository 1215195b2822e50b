"""nuem toys EXPERIMENT -o STUDY"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import (
    experiment_argument,
    finite_number,
    json_option,
    load,
    parameter_options,
    selected_shards,
    set_option,
    study_options,
)

if TYPE_CHECKING:
    from sim.parameters import NeutrinoParameters


METHODS = ("qtilde", "delta-chi2", "cls", "clsb", "bayes-flat", "feldman-cousins")


@click.command("toys")
@experiment_argument
@click.option("-n", "--n-toys", type=click.IntRange(min=1), required=True, help="Number of toys.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Seed.")
@click.option(
    "--parameter",
    default="mu_nu",
    show_default=True,
    type=click.Choice(["mu_nu", "q_nu", "r2_nu"]),
    help="Parameter fitted to each toy.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="Construction whose coverage is counted; qtilde for mu_nu, delta-chi2 otherwise.",
)
@click.option("--cl", type=finite_number, default=0.90, show_default=True, help="Confidence level.")
@click.option(
    "--background",
    "treatment",
    type=click.Choice(["off-joint", "off-fixed"]),
    default=None,
    help="Treatment of the background in place of the configured one.",
)
@parameter_options
@click.option("--spectra", "keep_spectra", is_flag=True, help="Store the counts of every toy too.")
@click.option(
    "--refit-fraction",
    type=finite_number,
    default=1e-3,
    show_default=True,
    help="Share of the toys that iminuit fits again, as a check of the compiled fits.",
)
@study_options
@set_option
@json_option
def command(
    experiment: str,
    n_toys: int,
    seed: int,
    output: Path,
    parameter: str,
    method: str | None,
    cl: float,
    treatment: str | None,
    point: NeutrinoParameters,
    keep_spectra: bool,
    refit_fraction: float,
    workers: int | None,
    shard: str | None,
    dask_address: str | None,
    quiet: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Toys at a truth (the parameters given), each fitted; a study that can be resumed.

    The truth is the Standard Model unless --mu-nu and its like say otherwise.  The results are the
    same for a seed whatever the workers, shards or interruptions.
    """
    from analysis.limits import checked_method
    from analysis.study import open_study
    from analysis.toy_plan import ToyPlan
    from analysis.workers import run_study
    from scripts.cli import EXIT_OK
    from scripts.progress import progress_of
    from scripts.study import report

    try:
        chosen = checked_method(parameter, method, cl)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    loaded = load(experiment, overrides)
    plan = ToyPlan(
        experiment=loaded,
        parameter=parameter,
        n_toys=n_toys,
        seed=seed,
        truth=point,
        method=chosen,
        cl=cl,
        treatment=treatment or loaded.config.analysis.background,
        keep_spectra=keep_spectra,
        refit_fraction=refit_fraction,
    )
    selected = selected_shards(shard, plan.n_shards)
    open_study(output, plan)
    total = sum(end - first for first, end in map(plan.item_range, selected))
    with progress_of(total, "toys", quiet=quiet) as progress:
        run_study(output, plan, workers or os.cpu_count() or 1, selected, progress, dask_address)
    report(output, as_json)
    return EXIT_OK
