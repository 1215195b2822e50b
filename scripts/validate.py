"""nuem validate FILE..."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import ExperimentType
from scripts.options import json_option, set_option
from scripts.output import print_json

if TYPE_CHECKING:
    from sim.experiment import Experiment


@click.command("validate")
@click.argument("names", nargs=-1, required=True, metavar="FILE...", type=ExperimentType())
@set_option
@json_option
def command(names: tuple[str, ...], overrides: tuple[str, ...], as_json: bool) -> int:
    """Check experiment files, and the tables and the material that they name.

    Prints every problem in a line of its own, with file, line and key.  What `nuem limit` would
    refuse is found: the experiment is folded.  Warnings tell of what is likely a mistake, and of
    the share of the signal that comes from outside of a table.
    """
    from scripts.cli import EXIT_CONFIGURATION, EXIT_IO, EXIT_OK

    found = {name: _verdict(name, overrides) for name in names}
    if as_json:
        print_json({"files": [{"file": name, **one.content()} for name, one in found.items()]})
    else:
        for name, one in found.items():
            for line in (*one.problems, *(f"warning: {name}: {line}" for line in one.warnings)):
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
    """Exit code of one file, and lines about it: problems, warnings, site, spectra."""

    code: int
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    filled_by_site: list[str] = field(default_factory=list)
    spectra: list[str] = field(default_factory=list)

    def content(self) -> dict[str, Any]:
        """The lines as they stand in JSON; site and spectra only if there are any."""
        more = {"filled_by_site": self.filled_by_site, "spectra": self.spectra}
        found = {name: lines for name, lines in more.items() if lines}
        always = {"problems": self.problems, "warnings": self.warnings}
        return {"valid": not self.problems, **always, **found}


def filled_by_site(source: str) -> list[str]:
    """``key = value`` of what the name of the reactor fills in the text of a valid file."""
    import tomllib

    from sim.syntax.sites import site_values

    return [f"{key} = {value}" for key, value in site_values(tomllib.loads(source)).items()]


def _verdict(name: str, overrides: tuple[str, ...]) -> _Verdict:
    from scripts.cli import EXIT_CONFIGURATION, EXIT_IO, EXIT_OK, os_message, prepare_kernels
    from sim.experiment import ConfigurationError, load_experiment

    try:
        experiment = load_experiment(name, overrides)
    except ConfigurationError as error:
        return _Verdict(EXIT_CONFIGURATION, list(error.problems))
    except OSError as error:
        return _Verdict(EXIT_IO, [os_message(error)])
    prepare_kernels()
    from sim.checks.problems import problems_of_experiment

    problems = problems_of_experiment(experiment)
    if problems:
        return _Verdict(EXIT_CONFIGURATION, [f"{name}: {line}" for line in problems])
    site = filled_by_site(experiment.source)
    return _Verdict(EXIT_OK, [], _warnings(experiment), site, spectra_lines(experiment))


def _warnings(experiment: Experiment) -> list[str]:
    """What is likely a mistake, in an experiment that can be folded."""
    from sim.checks.reach import reach_warnings
    from sim.instruments.experiment_warnings import experiment_warnings
    from sim.layout.checks import unbounded_norms

    return [
        *experiment_warnings(experiment),
        *reach_warnings(experiment),
        *unbounded_norms(experiment.config, experiment.layout, experiment.placed),
    ]


def spectra_lines(experiment: Experiment) -> list[str]:
    """A line for each spectrum of a file with units or periods: exposure and power."""
    if experiment.layout.is_plain:
        return []
    return [
        f"{'/'.join(spectrum.place)}: {spectrum.kg_days:.5g} kg d, "
        f"power {spectrum.period.power_share['']:.4g}"
        for spectrum in experiment.layout.spectra
    ]
