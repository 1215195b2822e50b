"""nuem explain [KEY]"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from scripts.completion import KeyType
from scripts.options import json_option
from scripts.output import print_json, print_table

if TYPE_CHECKING:
    from sim.config.keys import Key


@click.command("explain")
@click.argument("name", metavar="[KEY]", required=False, type=KeyType())
@json_option
def command(name: str | None, as_json: bool) -> None:
    """What a key or section of the experiment file means, or the list of all keys.

    KEY is dotted (detector.threshold_kev) or the end of it (threshold_kev).
    """
    from sim.config.keys import all_keys, keys_named

    keys = all_keys()
    found = keys if name is None else keys_named(name, keys)
    if not found:
        from sim.syntax.spelling import nearest

        ends = dict.fromkeys(key.path.rpartition(".")[2] for key in keys)
        paths = dict.fromkeys(key.path for key in keys)
        hint = nearest(name or "", list(paths if "." in (name or "") else ends))
        message = f"no key {name!r}{hint if 'nearest' in hint else '; nuem explain lists them all'}"
        raise click.BadParameter(message, param_hint="KEY")
    if as_json:
        print_json({"keys": [asdict(key) for key in found]})
    elif name is None:
        _print_list(found)
    else:
        for i, key in enumerate(found):
            click.echo("" if i == 0 else "\n", nl=False)
            _print_key(key, keys)


def _print_list(keys: Sequence[Key]) -> None:
    print_table(
        ("key", "unit", "default", "meaning"),
        [(key.path, key.unit, key.default, key.meaning) for key in keys],
    )


def _print_key(key: Key, keys: Sequence[Key]) -> None:
    from sim.config.keys import keys_in

    click.echo(f"{key.path}: {key.meaning}")
    units = f"{key.unit}; a text may be in {', '.join(key.units)}" if key.unit else ""
    lines = {
        "section": f"[{key.section}]" if key.section else "top level",
        "with": key.variant,
        "type": key.type,
        "unit": units,
        "default": "none: may be left out" if key.default == "none" else key.default,
        "allowed": key.allowed,
    }
    for label, text in lines.items():
        if text:
            click.echo(f"  {label:9}{text}")
    held = keys_in(key.path, keys) + keys_in(f"{key.path}.*", keys)
    if held:
        click.echo("  keys")
        width = max(len(k.path.rpartition(".")[2]) for k in held)
        for k in held:
            variant = f" ({k.variant})" if k.variant else ""
            click.echo(f"    {k.path.rpartition('.')[2]:{width}}  {k.meaning}{variant}")
