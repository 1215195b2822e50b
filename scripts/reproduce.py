"""nuem reproduce EXPERIMENT, nuem reproduce all, nuem reproduce world"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import ExperimentType
from scripts.options import force_option, json_option, load, set_option
from scripts.output import number, print_written, with_warnings, write_figure

if TYPE_CHECKING:
    from analysis.published.reproduction import ReproducedLimit
    from sim.model import Model


@click.command("reproduce")
@click.argument("experiment", metavar="EXPERIMENT|all|world", type=ExperimentType(("all", "world")))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for the table (JSON), the Asimov spectra (HDF5) and the figure (PNG); of 'all': "
    "the table (JSON, CSV), the comparison and the world's limits by year (PNG).",
)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="A folder for a page (Markdown) and a figure of the experiment, or of every one.",
)
@click.option(
    "--toys",
    "n_toys",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="Spectra to generate and fit for the bands; 0: the Gaussian limit, which takes no time.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Processes of 'all'; default: all cores.",
)
@click.option("--quiet", is_flag=True, help="No progress of 'all'.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed.")
@set_option
@force_option
@json_option
def command(
    experiment: str,
    output: Path | None,
    pages: Path | None,
    n_toys: int,
    workers: int | None,
    quiet: bool,
    seed: int,
    overrides: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> int:
    """Published limits beside ours, in both treatments of the background.

    EXPERIMENT is a preset, a file, 'all' for every preset in one table, or 'world' for real spectra
    and published limits combined by year and together.
    """
    if experiment == "world":
        if overrides or pages is not None or n_toys or workers is not None:
            raise click.UsageError("--set, --pages, --toys and --workers do not go with 'world'")
        from scripts.reproduce_world import reproduce_world

        return reproduce_world(output, force=force, as_json=as_json)
    if experiment == "all":
        if overrides:
            raise click.UsageError("--set goes with one experiment, not with 'all'")
        from scripts.reproduce_field import reproduce_field

        how = (n_toys, seed, workers or os.cpu_count() or 1)
        return reproduce_field(output, pages, *how, quiet=quiet, force=force, as_json=as_json)
    if workers is not None:
        raise click.UsageError("--workers goes with 'all'")
    from analysis.published.ionization_limits import limits_by_model
    from analysis.published.reproduction import (
        observed_strengths,
        reproduce_limits,
        reproduced_counts,
        variants,
    )
    from scripts import reproduction_output as shown
    from scripts.cli import EXIT_OK
    from scripts.reproduction_page import write_page
    from sim.files import check_free
    from sim.folding.reactor_flux import flux_cross_check_cm2_s
    from sim.model_assembly import build_model

    loaded = load(experiment, overrides)
    if output is not None:
        for path in _paths(output, loaded.name).values():
            check_free(path, force=force)
    if pages is not None:
        check_free(pages / f"{loaded.name}.md", force=force)
    model = build_model(loaded)
    rows = reproduce_limits(loaded, seed, model, n_toys)
    by_model = limits_by_model(loaded, rows)
    changed = variants(loaded, model)
    counts = reproduced_counts(loaded, model)
    strengths = observed_strengths(loaded, model)
    content: dict[str, Any] = {
        "experiment": loaded.name,
        "reference": loaded.config.reference,
        "flux_cm2_s": model.flux.total_cm2_s,
        "flux_cross_check_cm2_s": flux_cross_check_cm2_s(loaded),
        "caution": loaded.config.published.caution,
        "papers_treatment": loaded.config.published.background,
        "papers_treatment_evidence": loaded.config.published.background_evidence,
        "toys": n_toys,
        "seed": seed,
        "rows": [shown.row_content(row) for row in rows],
        "by_ionization": [asdict(one) for one in by_model],
        "counts": [shown.counts_content(one) for one in counts],
        "observed_strengths": [{**asdict(one), "unit": "Standard Model"} for one in strengths],
        "variants": [shown.variant_content(variant) for variant in changed],
    }
    written = [] if output is None else _write(output, model, rows, content)
    if pages is not None:
        write_page(pages, model, rows, counts, strengths, changed)
        written = [*written, pages / f"{loaded.name}.md", pages / f"{loaded.name}.png"]
    if as_json:
        print_written(written, as_json, **content)
        return EXIT_OK
    click.echo(f"{content['experiment']}: {content['reference']}")
    click.echo(
        f"flux {number(content['flux_cm2_s'])} /cm2/s "
        f"(cross-check {number(content['flux_cross_check_cm2_s'])})"
    )
    if content["caution"]:
        click.echo(f"caution: {content['caution']}")
    click.echo(f"background family: {rows[0].background_family}")
    if content["papers_treatment"]:
        click.echo(f"the paper: {content['papers_treatment_evidence']}")
    click.echo("")
    shown.print_rows(rows, named=False)
    shown.echo_explanation(rows)
    shown.print_limits_by_model(by_model, named=False)
    if counts:
        shown.print_counts(counts)
        click.echo("")
    if strengths:
        shown.print_strengths(strengths)
        click.echo("")
    if changed:
        shown.print_variants(changed, "median" if model.observed is None else "observed")
        click.echo("")
    print_written(written, as_json)
    return EXIT_OK


def _paths(folder: Path, name: str) -> dict[str, Path]:
    kinds = {"table": "json", "spectra": "h5", "figure": "png"}
    return {kind: folder / f"{name}.{suffix}" for kind, suffix in kinds.items()}


def _write(
    folder: Path, model: Model, rows: list[ReproducedLimit], content: dict[str, Any]
) -> list[Path]:
    """Table, spectra and figure of an experiment; what has been written."""
    from analysis.plots.figures import reproduction_figure
    from sim.files import write_atomically
    from sim.store import write_spectra

    folder.mkdir(parents=True, exist_ok=True)
    paths = _paths(folder, model.experiment.name)
    write_atomically(paths["table"], (json.dumps(with_warnings(content), indent=2) + "\n").encode())
    write_spectra(paths["spectra"], model, model.asimov())
    drawn = write_figure(paths["figure"], lambda kind: reproduction_figure(model, rows, kind))
    return [path for path in paths.values() if drawn or path != paths["figure"]]
