"""nuem init NAME"""

from __future__ import annotations

import click


@click.command("init")
@click.argument("name")
def command(name: str) -> None:
    """Print the TOML of a shipped experiment, to copy and change.

    Example: nuem init gemma-2012 > mine.toml
    """
    from sim.experiment import preset_text

    click.echo(preset_text(name), nl=False)
