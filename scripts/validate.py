"""nuem validate FILE..."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import ExperimentType
from scripts.options import ionization_remarks, json_option
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

    found = {name: _verdict(name) for name in names}
    if as_json:
        print_json({"files": [{"file": name, **one.content()} for name, one in found.items()]})
    else:
        for name, one in found.items():
            for line in (*one.problems, *(f"{name}: {remark}" for remark in one.remarks)):
                click.echo(f"nuem: {' '.join(line.split())}", err=True)
            if not one.problems:
                click.echo(f"{name}: valid")
            for line in one.spectra:
                click.echo(f"  {line}")
            for key in one.filled_by_site:
                click.echo(f"  {key}, from reactor.site")
    codes = {one.code for one in found.values()}
    return next((code for code in (EXIT_CONFIGURATION, EXIT_IO) if code in codes), EXIT_OK)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Exit code of one file, and lines about it: problems, remarks, site, spectra."""

    code: int
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    filled_by_site: list[str] = field(default_factory=list)
    spectra: list[str] = field(default_factory=list)

    def content(self) -> dict[str, Any]:
        """The lines as they stand in JSON; what there is nothing of is left out."""
        more = {
            "remarks": self.remarks,
            "filled_by_site": self.filled_by_site,
            "spectra": self.spectra,
        }
        found = {name: lines for name, lines in more.items() if lines}
        return {"valid": not self.problems, "problems": self.problems, **found}


def filled_by_site(name: str) -> list[str]:
    """``key = value`` of what the name of the reactor fills in a valid file."""
    import tomllib

    from sim.experiment import load_experiment
    from sim.syntax.sites import site_values

    values = site_values(tomllib.loads(load_experiment(name).source))
    return [f"{key} = {value}" for key, value in values.items()]


def _verdict(name: str) -> _Verdict:
    from scripts.cli import EXIT_CONFIGURATION, EXIT_IO, EXIT_OK, os_message
    from sim.experiment import ConfigurationError, load_experiment

    try:
        experiment = load_experiment(name)
    except ConfigurationError as error:
        return _Verdict(EXIT_CONFIGURATION, list(error.problems))
    except OSError as error:
        return _Verdict(EXIT_IO, [os_message(error)])
    from sim.instruments.target import check_targets
    from sim.layout.checks import unbounded_norms

    checks: list[Callable[[Experiment], object]] = [check_targets]
    if experiment.files:
        from sim.instruments.checks import check_tables

        checks.append(check_tables)
    lines = []
    for check in checks:
        try:
            check(experiment)
        except ValueError as error:
            lines.append(f"{name}: {error}")
    try:
        remarks = [] if lines else ionization_remarks(experiment)
    except ValueError as error:
        lines, remarks = [f"{name}: {error}"], []
    if lines:
        return _Verdict(EXIT_CONFIGURATION, lines)
    remarks += unbounded_norms(experiment.config, experiment.layout, experiment.placed)
    return _Verdict(EXIT_OK, [], remarks, filled_by_site(name), spectra_lines(experiment))


def spectra_lines(experiment: Experiment) -> list[str]:
    """A line for each spectrum of a file with units or periods: exposure and power."""
    if experiment.layout.is_plain:
        return []
    return [
        f"{'/'.join(spectrum.place)}: {spectrum.kg_days:.5g} kg d, "
        f"power {spectrum.period.power_share['']:.4g}"
        for spectrum in experiment.layout.spectra
    ]
