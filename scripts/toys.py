"""nuem toys EXPERIMENT... -o STUDY"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.completion import SignalParameterType
from scripts.options import (
    METHODS,
    background_option,
    cl_option,
    finite_number,
    json_option,
    parameter_options,
    study_options,
    usage_errors,
)
from scripts.output import number, print_written
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from sim.cross_sections.parameters import NeutrinoParameters


@click.command("toys")
@source_options
@click.option("-n", "--n-toys", type=click.IntRange(min=1), required=True, help="Number of toys.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Seed.")
@click.option(
    "--parameter",
    default="mu_nu",
    show_default=True,
    type=SignalParameterType(),
    help="Parameter fitted to each toy, of those that the experiment has.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="Construction whose coverage is counted; qtilde for mu_nu, delta-chi2 otherwise.",
)
@cl_option
@background_option
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
@json_option
def command(
    given: Given,
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
    as_json: bool,
) -> int:
    """Toys at a truth (the parameters given), each fitted; a study that can be resumed.

    The truth is the Standard Model unless --mu-nu and its like say otherwise.  The results are the
    same for a seed whatever the workers, shards or interruptions.
    """
    from analysis.limits.question import checked_method
    from analysis.studies.plans.toy_plan import ToyPlan
    from scripts.study_runs import run

    sources = given.experiments()
    with usage_errors():
        chosen = checked_method(sources, parameter, method, cl)
    plan = ToyPlan(
        experiment=sources.whole or sources,
        parameter=parameter,
        n_toys=n_toys,
        seed=seed,
        truth=point,
        method=chosen,
        cl=cl,
        treatment=treatment or sources.treatment,
        keep_spectra=keep_spectra,
        refit_fraction=refit_fraction,
    )
    run(output, plan, workers, shard, dask_address, quiet=quiet)
    return report(output, as_json)


def report(study: Path, as_json: bool, written: Sequence[Path] = ()) -> int:
    """Print the summary of a study of toys, and the files that are written of it; exit code."""
    from analysis.studies.toy_summary import REFIT_TOLERANCE, summarise_toys
    from scripts.study_runs import code_of_reading

    summary = asdict(summarise_toys(study))
    if summary["refit_difference"] > REFIT_TOLERANCE:
        click.echo(
            f"nuem: warning: the compiled fits differ from iminuit's by up to "
            f"{number(summary['refit_difference'])} in -2 ln L, more than {REFIT_TOLERANCE:g}",
            err=True,
        )
    if as_json:
        print_written(written, as_json, **summary)
        return code_of_reading(summary["unreadable"])
    for key, value in summary.items():
        if key == "unreadable":
            continue
        shown = number(value, 6) if isinstance(value, float) else str(value)
        click.echo(f"{key:18}{'-' if value is None else shown}")
    print_written(written, as_json)
    return code_of_reading(summary["unreadable"])
