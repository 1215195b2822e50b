"""nuem experiments"""

from __future__ import annotations

import click

from scripts.options import json_option
from scripts.output import print_json, print_table


@click.command("experiments")
@json_option
def command(as_json: bool) -> None:
    """List the shipped experiments."""
    from sim.experiment import load_experiment, preset_names

    presets = [load_experiment(name).config for name in preset_names()]
    if as_json:
        keys = ("name", "description", "reference")
        print_json({"experiments": [{key: getattr(c, key) for key in keys} for c in presets]})
        return
    print_table(("name", "description"), [(c.name, c.description) for c in presets])
