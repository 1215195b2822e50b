"""Interactions and values of parameters on the command line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sim.cross_sections.interactions.interaction import InteractionSection


def inline_table(text: str) -> dict[str, Any]:
    """A TOML inline table."""
    try:
        found = tomllib.loads(f"table = {text}")
    except tomllib.TOMLDecodeError:
        found = {}
    if set(found) != {"table"} or not isinstance(found["table"], dict):
        raise click.BadParameter(
            f"{text!r}: a TOML table expected, such as "
            '{ model = "vector-mediator", mass_mev = 1.0 }'
        )
    table: dict[str, Any] = found["table"]
    return table


def interaction_option(command: Any) -> Any:
    """--interaction, as tables."""
    return click.option(
        "--interaction",
        "tables",
        type=inline_table,
        multiple=True,
        metavar="TABLE",
        help="An [[interaction]] section as a TOML inline table; repeatable.",
    )(command)


def interaction_sections(tables: tuple[dict[str, Any], ...]) -> tuple[InteractionSection, ...]:
    """The sections of --interaction, checked as in an experiment file.

    Raises
    ------
    click.UsageError
        for a table that is no interaction.
    """
    from pydantic import ValidationError

    from sim.config.errors import problems_of
    from sim.config.interactions import Interactions
    from sim.syntax.units import in_key_units

    refused: dict[tuple[str, ...], str] = {}
    try:
        content = in_key_units({"interaction": list(tables)}, refused)
        return Interactions.model_validate(content).interaction
    except ValidationError as error:
        raise click.UsageError(f"--{problems_of(error, refused)[0]}") from None
