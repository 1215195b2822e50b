"""nuem schema"""

from __future__ import annotations

from pathlib import Path

import click

from scripts.options import force_option, json_option
from scripts.output import print_written


@click.command("schema")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="File.")
@force_option
@json_option
def command(output: Path | None, force: bool, as_json: bool) -> None:
    """JSON Schema of the experiment file, with which editors check and complete its keys.

    Example: nuem schema -o nuem.schema.json, beside experiment files that start with the line
    "#:schema nuem.schema.json".  Without -o it is printed, which is JSON with --json and without.
    """
    text = schema_text()
    if output is None:
        click.echo(text, nl=False)
        return
    from sim.files import check_free, write_atomically

    check_free(output, force=force)
    write_atomically(output, text.encode())
    print_written([output], as_json)


def schema_text() -> str:
    """The schema as it is written to a file."""
    import json

    from sim.config.schema import experiment_schema

    return json.dumps(experiment_schema(), indent=2, ensure_ascii=False) + "\n"
