"""nuem cite EXPERIMENT"""

from __future__ import annotations

from dataclasses import asdict

import click

from scripts.options import METHODS, experiment_argument, json_option, load, set_option
from scripts.output import print_json


@click.command("cite")
@experiment_argument
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="qtilde",
    show_default=True,
    help="Construction of the limit.",
)
@set_option
@json_option
def command(experiment: str, method: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """BibTeX of nuem, of the experiment, and of every source that it uses as configured.

    The experiment's entry is made of the key `reference`; add the sources of tables of your own.
    """
    from analysis.published.citations import citations

    loaded = load(experiment, overrides)
    found = citations(loaded, method)
    if as_json:
        print_json({"experiment": loaded.name, "citations": [asdict(entry) for entry in found]})
        return
    for name in loaded.files:
        shown = name.replace("@", "(at)")  # with which an entry begins, wherever it stands
        click.echo(f"% your table {shown}: cite its source\n")
    click.echo("\n\n".join(f"% {'; '.join(c.used_for)}\n{c.bibtex}" for c in found))
