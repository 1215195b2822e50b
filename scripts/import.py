"""nuem import pyhf|hs3|hepdata FILE"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import force_option, json_option
from scripts.output import print_written

if TYPE_CHECKING:
    from sim.model import Model

FORMATS = ("pyhf", "hs3", "hepdata")


@click.command("import")
@click.argument("kind", metavar="pyhf|hs3|hepdata", type=click.Choice(FORMATS))
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Experiment file to write, NAME.toml; its tables are NAME-terms.csv and NAME-data.csv.",
)
@force_option
@json_option
def command(kind: str, source: Path, output: Path, force: bool, as_json: bool) -> None:
    """An experiment of templates from the likelihood in FILE, of hepdata in a folder.

    All commands take it as any other.  What is approximate in it is said, and stands in the file.
    """
    from analysis.imports.reading import read_likelihood
    from analysis.imports.template_experiment import template_files
    from sim.files import check_free, write_atomically

    if output.suffix != ".toml":
        raise click.UsageError(f"-o {output}: the name of an experiment file ends in .toml")
    found = read_likelihood(kind, source)
    texts = template_files(found, source.name, output.stem)
    files = {output.parent / name: text.encode() for name, text in texts.items()}
    for path in files:
        check_free(path, force=force)
    model = _built(texts, output.name)
    for path, content in files.items():
        write_atomically(path, content)
    shown = {"experiment": model.experiment.name, "format": kind, "notes": list(found.notes)}
    print_written(files, as_json, **shown, spectra=[info.name for info in model.spectra])
    if not as_json:
        for note in found.notes:
            click.echo(note)


def _built(texts: dict[str, str], name: str) -> Model:
    """The model of the files, so that nothing is written that cannot be used."""
    from tempfile import TemporaryDirectory

    from sim.experiment import load_experiment
    from sim.files import write_atomically
    from sim.model_assembly import build_model

    with TemporaryDirectory() as folder:
        for own, text in texts.items():
            write_atomically(Path(folder) / own, text.encode())
        return build_model(load_experiment(Path(folder) / name))
