"""nuem scan EXPERIMENT... --vary KEY=VALUES -o STUDY"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import (
    METHODS,
    background_option,
    cl_option,
    finite_number,
    json_option,
    parameter_option,
    study_options,
    usage_errors,
)
from scripts.output import number, print_written, write_figure
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from analysis.studies.plans.scan_plan import Axis, Value
    from analysis.studies.scan_results import ScanResults


@click.command("scan")
@source_options
@click.option(
    "--vary",
    "varied",
    multiple=True,
    required=True,
    metavar="[LABEL:]KEY=LO:HI:N[:log]|A,B,...",
    help="A key of the experiment file and its values; several make a grid. Of several sources in "
    "all, or in the one of a label.",
)
@parameter_option
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="Construction: by default qtilde of what is bounded at 0, as mu_nu, and delta-chi2 of "
    "the others.",
)
@cl_option
@background_option
@click.option("--observed", is_flag=True, help="Limits of the observed spectra, not expected ones.")
@study_options
@json_option
def command(
    given: Given,
    varied: tuple[str, ...],
    parameter: str,
    method: str | None,
    cl: float,
    treatment: str | None,
    observed: bool,
    output: Path,
    workers: int | None,
    shard: str | None,
    dask_address: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Expected (or observed) limits over a grid of values of any keys; a study that resumes.

    STUDY gets scan.csv, scan.h5 and a figure, scan.png, as soon as all points are done.  A point
    that is not valid or not sensitive gets a status.
    """
    from analysis.limits.question import checked_method
    from analysis.studies.plans.scan_plan import ScanPlan
    from analysis.studies.scan_results import scan_results
    from analysis.studies.scan_runner import ScanRunner
    from scripts.cli import EXIT_PARTIAL
    from scripts.study_runs import run
    from sim.experiment import ConfigurationError

    axes = tuple(replace(a, key=given.own_key(a.key)) for a in map(axis_of, varied))
    sources = given.experiments()
    with usage_errors():
        chosen = checked_method(sources, parameter, method, cl)
    unseen = [e.name for e in sources.each if observed and not e.config.data]
    if unseen:
        raise click.UsageError(f"--observed: {unseen[0]} has no observed spectra ([data])")
    subject = sources.whole or sources
    plan = ScanPlan(subject, axes, parameter, chosen, cl, treatment, observed=observed)
    refused = ScanRunner(plan).common_refusal()
    if refused is not None:
        raise ConfigurationError(refused)
    run(output, plan, workers, shard, dask_address, quiet=quiet)
    results = scan_results(output)
    if "missing" in results.counts():
        return report(results, as_json)
    code = report(results, as_json, _write(output, results))
    return code if results.counts().get("ok") else EXIT_PARTIAL


def axis_of(text: str) -> Axis:
    """Axis of KEY=LO:HI:N, KEY=LO:HI:N:log or KEY=A,B,..."""
    from analysis.studies.plans.scan_plan import Axis

    key, separator, values = (part.strip() for part in text.partition("="))
    if not separator or not key or not values:
        raise click.UsageError(f"--vary {text!r}: KEY=LO:HI:N[:log] or KEY=A,B,... expected")
    if ":" in values:
        return Axis(key, _range(values, key, text))
    listed = tuple(_value(part.strip(), key) for part in values.split(","))
    if "" in listed:
        raise click.UsageError(f"--vary {text!r}: a value is missing")
    return Axis(key, listed)


def report(results: ScanResults, as_json: bool, written: Sequence[Path] = ()) -> int:
    """Print the summary of a scan, and the files that are written of it; exit code."""
    from scripts.study_runs import code_of_reading

    summary = results.summary()
    if as_json:
        print_written(written, as_json, **summary)
        return code_of_reading(results.unreadable)
    for key, value in summary.items():
        if key == "unreadable":
            continue
        shown = number(value) if isinstance(value, float) else str(value)
        click.echo(f"{key:16}{'-' if value is None else shown}")
    for status in sorted({*summary["statuses"]} - {"ok", "missing"}):
        reason = results.reason[results.status == status][0]
        click.echo(f"{status:16}{reason}")
    print_written(written, as_json)
    return code_of_reading(results.unreadable)


def _write(folder: Path, results: ScanResults) -> list[Path]:
    """CSV, HDF5 and figure of a scan in its folder; what has been written.

    Grids of more than two axes have no figure.
    """
    from analysis.plots.figures import one_panel
    from analysis.plots.scan import plot_scan
    from analysis.studies.merging import merge_study
    from sim.files import write_atomically

    written = [folder / "scan.csv", folder / "scan.h5"]
    write_atomically(written[0], results.to_csv().encode())
    merge_study(folder, written[1])
    if len(results.plan.axes) > 2:
        return written
    figure = folder / "scan.png"
    drawn = write_figure(figure, lambda kind: one_panel(lambda ax: plot_scan(results, ax=ax), kind))
    return [*written, figure] if drawn else written


def _range(values: str, key: str, text: str) -> tuple[float, ...]:
    parts = [part.strip() for part in values.split(":")]
    logarithmic = len(parts) == 4 and parts[3] == "log"
    if len(parts) != 3 and not logarithmic:
        raise click.UsageError(f"--vary {text!r}: LO:HI:N or LO:HI:N:log expected")
    low, high = (finite_number(_value(part, key)) for part in parts[:2])
    if not parts[2].isdigit() or not 2 <= int(parts[2]) <= 1_000_000:
        raise click.UsageError(f"--vary {text!r}: N must be a whole number from 2 to 1000000")
    n = int(parts[2])
    if not logarithmic:
        return tuple(low + (high - low) * i / (n - 1) for i in range(n))
    if low <= 0 or high <= 0:
        raise click.UsageError(f"--vary {text!r}: a logarithmic range needs positive ends")
    inner = (low * (high / low) ** (i / (n - 1)) for i in range(1, n - 1))
    return (low, *inner, high)


def _value(text: str, key: str) -> Value:
    """A number, one with its unit, true or false, else a word."""
    from sim.syntax.units import unit_of

    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    unit = unit_of(key.rpartition(".")[2])
    try:
        return text if unit is None else unit.converted(text)
    except ValueError:
        return text
