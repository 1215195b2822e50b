"""nuem init [NAME]"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import click

from scripts.completion import complete_shipped
from scripts.options import force_option, json_option
from scripts.output import print_json, print_written

SCHEMA_FILE = "nuem.schema.json"
_HEADER = f"#:schema {SCHEMA_FILE}\n"
_NAME = re.compile(r"\w[\w ._+-]{0,99}")


@click.command("init")
@click.argument("name", required=False, shell_complete=complete_shipped)
@click.option("--bare", is_flag=True, help="A small commented file for a detector of your own.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    help=f"File to write, with {SCHEMA_FILE} beside it, from which editors complete keys.",
)
@force_option
@json_option
def command(name: str | None, bare: bool, output: Path | None, force: bool, as_json: bool) -> None:
    """A new experiment file: that of a shipped experiment, or a bare one called NAME.

    Examples: nuem init gemma-2012 > mine.toml; nuem init --bare my-detector -o mine.toml
    """
    text = _HEADER + (_bare_text(name) if bare else _shipped_text(name))
    if output is None:
        if as_json:
            print_json({"text": text, "written": []})
        else:
            click.echo(text, nl=False)
        return
    from scripts.schema import schema_text
    from sim.files import check_free, write_atomically

    check_free(output, force=force)
    write_atomically(output, text.encode())
    write_atomically(output.with_name(SCHEMA_FILE), schema_text().encode())
    print_written([output, output.with_name(SCHEMA_FILE)], as_json)


def _shipped_text(name: str | None) -> str:
    from sim.experiment import ConfigurationError, preset_names, preset_text

    if name is None:
        raise click.UsageError(
            f"NAME of a shipped experiment expected ({', '.join(preset_names())}), or --bare"
        )
    try:
        return preset_text(name)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None


def _bare_text(name: str | None) -> str:
    text = resources.files("scripts").joinpath("bare.toml").read_text(encoding="utf-8")
    if name is None:
        return text
    if not _NAME.fullmatch(name):
        raise click.UsageError(f"NAME {name!r}: letters, digits, blanks and . _ + - expected")
    return text.replace('name = "new"', f'name = "{name}"', 1)
