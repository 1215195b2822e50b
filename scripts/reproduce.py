"""nuem reproduce EXPERIMENT"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.options import experiment_argument, force_option, json_option, load, set_option
from scripts.output import number, print_json, print_table

if TYPE_CHECKING:
    from analysis.reproduction import ReproducedLimit, Variant
    from sim.model import Model


@click.command("reproduce")
@experiment_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for the table (JSON), the Asimov spectra (HDF5) and the figure (PNG).",
)
@click.option(
    "--toys",
    "n_toys",
    type=click.IntRange(0, 100_000),
    default=400,
    show_default=True,
    help="Toys for the distribution of limits.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed.")
@set_option
@force_option
@json_option
def command(
    experiment: str,
    output: Path | None,
    n_toys: int,
    seed: int,
    overrides: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Published limits of an experiment beside ours, in both treatments of the background."""
    from analysis.reproduction import reproduce_limits, variants
    from sim.files import check_free
    from sim.model import build_model
    from sim.reactor_flux import flux_cross_check_cm2_s

    loaded = load(experiment, overrides)
    if output is not None:
        for path in _paths(output, loaded.name).values():
            check_free(path, force=force)
    model = build_model(loaded)
    rows = reproduce_limits(loaded, n_toys, seed, model)
    changed = variants(loaded)
    content = {
        "experiment": loaded.name,
        "reference": loaded.config.reference,
        "flux_cm2_s": model.flux.total_cm2_s,
        "flux_cross_check_cm2_s": flux_cross_check_cm2_s(loaded),
        "toys": n_toys,
        "seed": seed,
        "rows": [_row(row) for row in rows],
        "variants": [
            {"name": v.name, "changes": v.changes, "median_mu_nu": v.medians} for v in changed
        ],
    }
    if output is not None:
        _write(output, loaded.name, model, rows, content)
    if as_json:
        print_json(content)
        return
    _print(content, rows, changed)
    if output is not None:
        for path in _paths(output, loaded.name).values():
            click.echo(f"wrote {path}")


def _paths(folder: Path, name: str) -> dict[str, Path]:
    kinds = {"table": "json", "spectra": "h5", "figure": "png"}
    return {kind: folder / f"{name}.{suffix}" for kind, suffix in kinds.items()}


def _write(
    folder: Path, name: str, model: Model, rows: list[ReproducedLimit], content: dict[str, Any]
) -> None:
    from analysis.figures import reproduction_figure
    from sim.files import write_atomically
    from sim.store import write_spectra

    folder.mkdir(parents=True, exist_ok=True)
    paths = _paths(folder, name)
    write_atomically(paths["table"], (json.dumps(content, indent=2) + "\n").encode())
    write_spectra(paths["spectra"], model, model.asimov())
    write_atomically(paths["figure"], reproduction_figure(model, rows))


def _row(row: ReproducedLimit) -> dict[str, Any]:
    found, entry = row.asimov, row.published
    return {
        "experiment": row.experiment,
        "parameter": found.parameter,
        "unit": found.unit,
        "treatment": row.treatment,
        "cl": found.cl,
        "method": found.method,
        "published": row.published_value,
        "median": row.median,
        "ratio": row.ratio,
        "quantile": row.quantile,
        "band_1sigma": row.band(1),
        "band_2sigma": row.band(2),
        "lower": found.lower,
        "upper": found.upper,
        "intervals": found.intervals,
        "toys": int(row.toy_limits.size),
        "background_family": row.background_family,
        "source": None if entry is None else entry.source,
        "provenance": None if entry is None else entry.provenance,
        "status": found.status,
        "reason": found.reason,
    }


def _print(content: dict[str, Any], rows: list[ReproducedLimit], changed: list[Variant]) -> None:
    click.echo(f"{content['experiment']}: {content['reference']}")
    click.echo(
        f"flux {number(content['flux_cm2_s'])} /cm2/s "
        f"(cross-check {number(content['flux_cross_check_cm2_s'])})"
    )
    click.echo(f"background family: {rows[0].background_family}\n")
    table = []
    for row in rows:
        band = row.band(1)
        table.append(
            (
                row.asimov.parameter,
                row.treatment,
                number(row.published_value, 3),
                number(row.median, 3),
                "-" if band is None else f"{number(band[0], 3)} .. {number(band[1], 3)}",
                number(row.ratio, 3),
                number(row.quantile, 3),
                f"[{number(row.asimov.lower, 3)}, {number(row.asimov.upper, 3)}]",
                row.asimov.unit,
                row.asimov.status,
            )
        )
    header = ("parameter", "background", "published", "median", "68 % of toys", "ratio")
    print_table((*header, "quantile", "expected interval", "unit", "status"), table)
    click.echo(
        "\nmedian: largest magnitude not excluded, from the Asimov data; ratio: published / median;"
        "\nquantile: share of Standard Model toys with a stronger limit than the published one.\n"
    )
    if changed:
        treatments = list(changed[0].medians)
        lines = [(v.name, *(number(v.medians.get(t), 3) for t in treatments)) for v in changed]
        print_table(("median mu_nu limit with", *treatments), lines)
        click.echo("")
