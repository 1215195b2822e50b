"""nuem validate FILE..."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from scripts.completion import ExperimentType
from scripts.options import json_option
from scripts.output import print_json

if TYPE_CHECKING:
    from sim.experiment import Experiment


@click.command("validate")
@click.argument("names", nargs=-1, required=True, metavar="FILE...", type=ExperimentType())
@json_option
def command(names: tuple[str, ...], as_json: bool) -> int:
    """Check experiment files, and the tables and the material that they name.

    Prints every problem in a line of its own, with file, line and key.
    """
    from scripts.cli import EXIT_CONFIGURATION, EXIT_IO, EXIT_OK

    found = {name: _problems(name) for name in names}
    if as_json:
        files = [
            {"file": n, "valid": not lines, "problems": lines, **_filled_content(n, lines)}
            for n, (_, lines) in found.items()
        ]
        print_json({"files": files})
    else:
        for name, (_, lines) in found.items():
            for line in lines:
                click.echo(f"nuem: {' '.join(line.split())}", err=True)
            if not lines:
                click.echo(f"{name}: valid")
                for key in filled_by_site(name):
                    click.echo(f"  {key}, from reactor.site")
    codes = {code for code, _ in found.values()}
    return next((code for code in (EXIT_CONFIGURATION, EXIT_IO) if code in codes), EXIT_OK)


def _filled_content(name: str, problems: list[str]) -> dict[str, list[str]]:
    filled = [] if problems else filled_by_site(name)
    return {"filled_by_site": filled} if filled else {}


def filled_by_site(name: str) -> list[str]:
    """``key = value`` of what the name of the reactor fills in a valid file."""
    import tomllib

    from sim.config.sites import site_values
    from sim.experiment import load_experiment

    values = site_values(tomllib.loads(load_experiment(name).source))
    return [f"{key} = {value}" for key, value in values.items()]


def _problems(name: str) -> tuple[int, list[str]]:
    """Exit code and lines of one file."""
    from scripts.cli import EXIT_CONFIGURATION, EXIT_IO, EXIT_OK, os_message
    from sim.experiment import ConfigurationError, load_experiment

    try:
        experiment = load_experiment(name)
    except ConfigurationError as error:
        return EXIT_CONFIGURATION, list(error.problems)
    except OSError as error:
        return EXIT_IO, [os_message(error)]
    from sim.folding.target import target

    checks: list[Callable[[Experiment], object]] = [target]
    if experiment.files:
        from sim.folding.tables import check_tables

        checks.append(check_tables)
    lines = []
    for check in checks:
        try:
            check(experiment)
        except ValueError as error:
            lines.append(f"{name}: {error}")
    return EXIT_CONFIGURATION if lines else EXIT_OK, lines
