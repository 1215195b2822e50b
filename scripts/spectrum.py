"""nuem spectrum EXPERIMENT... -o FILE.h5"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import HDF5, force_option, json_option, parameter_options
from scripts.output import print_json
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from sim.cross_sections.parameters import NeutrinoParameters


@click.command("spectrum")
@source_options
@click.option("-o", "--output", required=True, type=HDF5, help="FILE.h5 to write.")
@parameter_options
@click.option(
    "--toys", "n_toys", type=click.IntRange(0, 10_000_000), default=0, help="Number of toys."
)
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Seed of the toys.")
@click.option("--csv", "as_csv", is_flag=True, help="Also write the counts as CSV.")
@force_option
@json_option
def command(
    given: Given,
    output: Path,
    point: NeutrinoParameters,
    n_toys: int,
    seed: int | None,
    as_csv: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Expected (Asimov) counts of all spectra, and toys, into FILE.h5.

    The spectra are those of the parameters given, by default the Standard Model's.  With --csv the
    Asimov counts are also written in the form that the [data] section of an experiment reads:
    FILE_on.csv and FILE_off.csv, or FILE.csv for an experiment with units or periods, several
    experiments, or a choice of spectra.
    """
    if n_toys and seed is None:
        raise click.UsageError("--toys needs --seed")
    from sim.files import check_free, write_atomically
    from sim.pseudo import toy_array
    from sim.spectra.spectrum_info import PERIODS
    from sim.store import write_spectra

    sources = given.experiments()
    plain = sources.whole is not None and sources.whole.layout.is_plain
    names = {"": f"{output.stem}.csv"}
    if plain:
        names = {period: f"{output.stem}_{period}.csv" for period in PERIODS}
    tables = {p: output.with_name(name) for p, name in names.items()} if as_csv else {}
    for path in (output, *tables.values()):
        check_free(path, force=force)
    model = sources.model()
    spectra = model.asimov(point)
    toys = toy_array(model, n_toys, seed, spectra.truth) if seed is not None else None
    write_spectra(output, model, spectra, toys, seed)
    for period, path in tables.items():
        text = spectra.to_csv(period) if period else spectra.to_long_csv()
        write_atomically(path, text.encode())
    written = [str(output), *map(str, tables.values())]
    totals = {
        info.period if plain else info.name: float(counts.sum())
        for info, counts in zip(spectra.infos, spectra.parts(), strict=True)
    }
    if as_json:
        print_json(
            {
                "experiment": model.name,
                "written": written,
                "total_counts": totals,
                "toys": n_toys,
                "seed": seed,
            }
        )
        return
    for name in written:
        click.echo(f"wrote {name}")
    words = {name: name.upper() if plain else name for name in totals}
    listed = ", ".join(f"{words[name]} {total:.6g}" for name, total in totals.items())
    click.echo(f"expected counts: {listed}; toys: {n_toys}")
