"""nuem spectra SOURCE..."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scripts.options import json_option, parameter_options
from scripts.output import number, print_json, print_table
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from sim.cross_sections.parameters import NeutrinoParameters


@click.command("spectra")
@source_options
@parameter_options
@click.option("--csv", "as_csv", is_flag=True, help="Print the table as CSV, in full precision.")
@json_option
def command(
    given: Given,
    point: NeutrinoParameters,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Expected counts of each sample in each spectrum: detector and period.

    A row is a spectrum with its exposure, its flux over that at full power, and the counts of the
    Standard Model, of what is beyond it, and of each background.
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json: one of them")
    from analysis.exports.counts_table import counts_csv, counts_table
    from sim.cross_sections.parameters import NeutrinoParameters

    model, _ = given.data()
    rows = counts_table(model, None if point == NeutrinoParameters() else point)
    if as_csv:
        click.echo(counts_csv(rows), nl=False)
        return
    if as_json:
        spectra = [
            {
                "detector": row.info.detector,
                "period": row.info.period,
                "exposure_kg_day": row.info.kg_days,
                "flux_cm2_s": row.info.flux_cm2_s,
                "flux_fraction": row.info.flux_fraction,
                "n_bins": row.info.n_bins,
                "counts": row.counts,
                "total_counts": row.total,
            }
            for row in rows
        ]
        print_json({"experiment": model.name, "spectra": spectra})
        return
    samples = list(rows[0].counts)
    header = [
        "detector",
        "period",
        "kg d",
        "flux",
        *(s.removeprefix("background:") for s in samples),
    ]
    lines = [
        [
            row.info.detector,
            row.info.period,
            number(row.info.kg_days, 5),
            number(row.info.flux_fraction),
            *(number(row.counts[sample], 5) for sample in samples),
            number(row.total, 6),
        ]
        for row in rows
    ]
    print_table([*header, "total"], lines)
