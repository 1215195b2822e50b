"""Options and arguments that several sub-commands share, and how they are read."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analysis.limits.constructions.names import construction_names
from scripts.completion import ExperimentType, OverrideType, SignalParameterType
from scripts.output import warn_of

if TYPE_CHECKING:
    from sim.cross_sections.parameters import NeutrinoParameters
    from sim.cross_sections.theory import Theory
    from sim.experiment import Experiment
    from sim.model import Model

METHODS = construction_names()
"""Constructions, whose import --help does not wait for."""

Command = TypeVar("Command", bound=Callable[..., Any])


def finite_number(text: str | float) -> float:
    """A float that is neither NaN nor infinite."""
    try:
        number = float(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a number") from None
    if not math.isfinite(number):
        raise click.BadParameter(f"{text!r} is not a finite number")
    return number


def number_or_range(text: str) -> tuple[float, ...]:
    """A finite number, or LO:HI:N for N equally spaced ones."""
    parts = text.split(":")
    if len(parts) == 1:
        return (finite_number(text),)
    if len(parts) != 3:
        raise click.BadParameter(f"{text!r}: a number or LO:HI:N expected")
    low, high = finite_number(parts[0]), finite_number(parts[1])
    if not parts[2].isdigit() or not 2 <= int(parts[2]) <= 1_000_000:
        raise click.BadParameter(f"{text!r}: N must be a whole number from 2 to 1000000")
    n = int(parts[2])
    return tuple(low + (high - low) * i / (n - 1) for i in range(n))


class OutputFile(click.Path):
    """A file to write, whose name says its format by one of the given ends."""

    def __init__(self, *suffixes: str) -> None:
        super().__init__(path_type=Path)
        self._suffixes = suffixes

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """The path."""
        path = Path(os.fsdecode(value))
        if path.suffix not in self._suffixes:
            *others, last = self._suffixes
            allowed = f"{', '.join(others)} or {last}" if others else last
            raise click.UsageError(f"-o {path}: the name must end in {allowed}", ctx)
        return path


class FigureFile(OutputFile):
    """A figure to write; refused without matplotlib, before anything is computed for it."""

    def __init__(self) -> None:
        super().__init__(".png", ".pdf", ".svg")

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """The path."""
        path = super().convert(value, param, ctx)
        if find_spec("matplotlib") is None:
            from analysis.extras import missing_extra

            raise missing_extra("figures need matplotlib", "plots")
        return path


FIGURE = FigureFile()
HDF5 = OutputFile(".h5")


@contextmanager
def usage_errors() -> Iterator[None]:
    """What is wrong with values that all come from the command line is a usage error."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def experiment_argument(command: Command) -> Command:
    """EXPERIMENT: a preset, or a path ending in .toml or containing '/'."""
    return click.argument("experiment", type=ExperimentType())(command)


def set_option(command: Command) -> Command:
    """--set KEY=VALUE."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        type=OverrideType(),
        help="Override a key of the experiment file; VALUE in TOML, or with a unit (180 eV).",
    )(command)


def background_option(command: Command) -> Command:
    """--background, as treatment."""
    return click.option(
        "--background",
        "treatment",
        type=click.Choice(["off-joint", "off-fixed"]),
        default=None,
        help="Treatment of the background in place of the configured one.",
    )(command)


def parameter_option(command: Command) -> Command:
    """--parameter, of those that the experiment has (``checked_parameters``)."""
    return click.option(
        "--parameter",
        default="mu_nu",
        show_default=True,
        type=SignalParameterType(),
        help="Parameter of the signal: mu_nu, q_nu, r2_nu, sin2_theta_w, cevns, those of the "
        "transitions and of [[interaction]].",
    )(command)


def checked_parameters(model: Model, *names: str) -> None:
    """Refuse a parameter that the experiment does not have, as an error of usage."""
    from analysis.limits.question import known_parameter

    with usage_errors():
        for name in names:
            known_parameter(model, name)


def coupling_options(command: Command) -> Command:
    """--couplings, as scheme, and --flavour."""
    scheme = click.option(
        "--couplings",
        "scheme",
        type=click.Choice(["one-loop", "tree"]),
        default="one-loop",
        show_default=True,
        help="Coupling scheme.",
    )
    flavour = click.option(
        "--flavour",
        type=click.Choice(["e", "mu", "tau"]),
        default="e",
        show_default=True,
        help="Flavour of the neutrino.",
    )
    return scheme(flavour(command))


def cl_option(command: Command) -> Command:
    """--cl, between 0.5 and 1."""
    return click.option(
        "--cl",
        type=finite_number,
        default=0.90,
        show_default=True,
        help="Confidence level.",
        callback=_cl_in_range,
    )(command)


def _cl_in_range(context: click.Context, option: click.Parameter, cl: float) -> float:
    if not 0.5 < cl < 1:
        raise click.UsageError(f"--cl must lie between 0.5 and 1: found {cl:g}", context)
    return cl


def json_option(command: Command) -> Command:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


def force_option(command: Command) -> Command:
    """--force."""
    return click.option("--force", is_flag=True, help="Overwrite existing output.")(command)


def study_options(command: Command) -> Command:
    """What every study has: its folder, and who makes which of its shards."""
    for option in reversed(_STUDY_OPTIONS):
        command = option(command)
    return command


_STUDY_OPTIONS = (
    click.option(
        "-o",
        "--output",
        required=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the study; an existing study of the same plan is resumed.",
    ),
    click.option(
        "--workers", type=click.IntRange(min=1), default=None, help="Processes; default: all cores."
    ),
    click.option(
        "--shard", default=None, metavar="i/N", help="Only every N-th shard, from the i-th."
    ),
    click.option(
        "--dask", "dask_address", default=None, help="Dask scheduler ADDRESS, slurm or htcondor."
    ),
    click.option("--quiet", is_flag=True, help="No progress."),
)


def selected_shards(text: str | None, n_shards: int) -> list[int]:
    """Indices of --shard i/N, i from 1."""
    if text is None:
        return list(range(n_shards))
    first, _, step = text.partition("/")
    if not (first.isdigit() and step.isdigit() and 1 <= int(first) <= int(step)):
        raise click.UsageError(f"--shard {text!r}: i/N with 1 <= i <= N expected")
    return list(range(int(first) - 1, n_shards, int(step)))


def parameter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The neutrino's parameters; the command gets them as one argument, ``point``."""

    @functools.wraps(command)
    def with_point(*args: Any, **values: Any) -> Any:
        from sim.cross_sections.parameters import NeutrinoParameters

        own = {option.removeprefix("--").replace("-", "_") for option, _ in _PARAMETERS}
        given = [(n, v) for n in sorted(own) if (v := values.pop(n)) is not None]
        given += values.pop("named_values")
        names = [name for name, _ in given]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise click.UsageError(f"the parameter {twice!r} is given twice")
        return command(*args, point=NeutrinoParameters.of(dict(given)), **values)

    wrapped: Callable[..., Any] = with_point
    wrapped = click.option(
        "--value",
        "named_values",
        type=named_value,
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of any parameter, such as sin2_theta_w=0.24 or g_zp=1e-6; repeatable.",
    )(wrapped)
    for name, text in reversed(_PARAMETERS):
        wrapped = click.option(name, type=finite_number, default=None, help=text)(wrapped)
    return wrapped


def named_value(text: str) -> tuple[str, float]:
    """NAME=VALUE of a parameter."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{text!r}: NAME=VALUE expected, such as sin2_theta_w=0.24")
    return name.strip(), finite_number(value)


_PARAMETERS = (
    ("--mu-nu", "Magnetic moment in mu_B."),
    ("--q-nu", "Millicharge in e."),
    ("--r2-nu", "Total charge radius in cm^2; omitted: the Standard Model value."),
    ("--q-emu", "Transition charge e-mu in e."),
    ("--q-etau", "Transition charge e-tau in e."),
    ("--r2-emu", "Transition charge radius e-mu in cm^2."),
    ("--r2-etau", "Transition charge radius e-tau in cm^2."),
)


def printed_parameters(point: NeutrinoParameters, theory: Theory) -> dict[str, Any]:
    """The parameters and their units as they stand in JSON, the total charge radius resolved."""
    values = {**point.given(), "r2_nu": point.total_r2_nu(theory.couplings)}
    units = {name: theory.signal.parameter(name).unit for name in values}
    return {**values, "units": units}


def joined_ranges(values: tuple[tuple[float, ...], ...]) -> list[float]:
    """All values of a repeated option, in order."""
    return [number for value in values for number in value]


def load(experiment: str, overrides: tuple[str, ...]) -> Experiment:
    """Experiment of the EXPERIMENT argument with --set applied."""
    from sim.experiment import ConfigurationError, load_experiment

    loaded = load_experiment(experiment, overrides)
    if loaded.config.physics.ionization != "stepping":
        from sim.instruments.assembly import remarks

        try:
            remarks(loaded)  # for what they refuse: they are among the warnings
        except ValueError as error:
            raise ConfigurationError(f"{loaded.name}: {error}") from None
    warn_of(loaded)
    return loaded


def caution(experiment: Experiment) -> None:
    """What an experiment says of every result with its spectra, on standard error."""
    text = experiment.config.published.caution
    if text:
        click.echo(f"nuem: caution: {text}", err=True)
