"""nuem coverage EXPERIMENT... -o STUDY"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import (
    METHODS,
    background_option,
    cl_option,
    finite_number,
    json_option,
    named_value,
    parameter_option,
    study_options,
)
from scripts.output import print_table, print_written, write_figure
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from analysis.studies.coverage_results import CoverageResults, CoverageRow


@click.command("coverage")
@source_options
@click.option(
    "-n",
    "--n-toys",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Toys at each truth.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed.")
@click.option(
    "--sigmas",
    default="0,1,2,4",
    show_default=True,
    help="Truths in units of the expected standard error, of mu_nu that of its square.",
)
@click.option(
    "--value",
    "values",
    multiple=True,
    type=named_value,
    metavar="NAME=VALUE",
    help="A truth in place of --sigmas, and its parameter, such as g_zp=3e-6; repeatable.",
)
@parameter_option
@click.option(
    "--methods",
    default=None,
    help=f"Constructions; default: those that apply of {', '.join(METHODS)}.",
)
@click.option(
    "--intervals",
    is_flag=True,
    help="Count the intervals that nuem limit returns, toy by toy: as slow as that many limits.",
)
@cl_option
@background_option
@study_options
@json_option
def command(
    given: Given,
    n_toys: int,
    seed: int,
    sigmas: str,
    values: tuple[tuple[str, float], ...],
    parameter: str,
    methods: str | None,
    intervals: bool,
    cl: float,
    treatment: str | None,
    output: Path,
    workers: int | None,
    shard: str | None,
    dask_address: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """How often the interval of every construction holds the truth, beside the prediction.

    A study that can be resumed; STUDY gets coverage.csv and a figure, coverage.png, as soon as all
    toys are done.
    """
    from analysis.studies.coverage_results import coverage_results
    from analysis.studies.plans.coverage_plan import CoveragePlan
    from scripts.study_runs import run

    names = {name for name, _ in values}
    if len(names) > 1:
        raise click.UsageError(f"--value: one parameter expected, found {', '.join(sorted(names))}")
    sources = given.experiments()
    try:
        plan = CoveragePlan(
            experiment=sources.whole or sources,
            n_toys=n_toys,
            seed=seed,
            sigmas=tuple(finite_number(text) for text in sigmas.split(",")),
            methods=tuple(text.strip() for text in methods.split(",")) if methods else (),
            cl=cl,
            treatment=treatment or sources.treatment,
            parameter=next(iter(names), parameter),
            values=tuple(value for _, value in values),
            intervals=intervals,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    run(output, plan, workers, shard, dask_address, quiet=quiet)
    results = coverage_results(output)
    paths = (output / "coverage.csv", output / "coverage.png")
    written = _write(results, *paths) if results.complete else []
    return report(results, as_json, written)


def report(results: CoverageResults, as_json: bool, written: Sequence[Path] = ()) -> int:
    """Print the table of a coverage study, and the files that are written of it; exit code."""
    from scripts.study_runs import code_of_reading

    if as_json:
        print_written(written, as_json, **results.summary())
        return code_of_reading(results.unreadable)
    plan = results.plan
    click.echo(
        f"{plan.experiment.name}: coverage at {100 * plan.cl:g} % CL, {plan.treatment}, "
        f"{results.n_done} of {plan.n_items} toys, {results.failed} failed"
    )
    known = results.parameter
    click.echo(
        f"one sigma of {known.fitted_label} is {results.sigma:.4g} {known.fitted_unit}; the "
        f"emptiest bin expects {results.smallest_bin:.3g} counts"
    )
    header = ("truth", "method", "coverage", "predicted", "expected", "")
    print_table(header, [_cells(row) for row in results.rows])
    print_written(written, as_json)
    return code_of_reading(results.unreadable)


def _cells(row: CoverageRow) -> tuple[str, ...]:
    verdict = {None: "", True: "met", False: "NOT MET"}[row.met]
    return (
        f"{row.truth_sigma:g} sigma",
        row.method,
        f"{row.coverage:.4f} +- {row.error:.4f}",
        f"{row.predicted:.4f}",
        row.expectation or "-",
        verdict,
    )


def _write(results: CoverageResults, table: Path, figure: Path) -> list[Path]:
    """CSV and figure of a coverage study; what has been written."""
    from analysis.plots.coverage import plot_coverage
    from analysis.plots.figures import one_panel
    from sim.files import write_atomically

    write_atomically(table, results.to_csv().encode())
    drawn = write_figure(
        figure, lambda kind: one_panel(lambda ax: plot_coverage(results, ax=ax), kind)
    )
    return [table, figure] if drawn else [table]
