"""The `nuem` command: finds the sub-command, turns errors into one line and an exit code."""

from __future__ import annotations

import gc
import importlib
import io
import os
import re
import signal
import sys
from copy import copy
from typing import Any

import click

from scripts.kernel_folder import use_private_folder

EXIT_OK, EXIT_USAGE, EXIT_CONFIGURATION, EXIT_FIT, EXIT_IO, EXIT_PARTIAL = 0, 2, 3, 4, 5, 6
EXIT_INTERRUPTED = 130
_LONGEST_LINE = 800
_OBJECTS_A_COLLECTION = 100_000
"""Objects between collections of garbage: with Python's 700 they take a tenth of a start."""

_NOTHING_COMPILED = "nothing compiled yet"
_WITHOUT_KERNELS = {"experiments", "init", "validate", "explain", "schema", "cite", "completion"}
"""Commands that do not wait for the import of numba: validate only if there is what to fold."""

COMMANDS = {
    "experiments": "List the shipped experiments.",
    "init": "A new experiment file, from a shipped experiment or bare.",
    "validate": "Check experiment files and the tables that they name.",
    "explain": "What a key of the experiment file means.",
    "schema": "JSON Schema of the experiment file, for editors.",
    "cross-section": "Differential cross section on an electron or a nucleus.",
    "kinematics": "End point, least energy and recoil angle of elastic scattering.",
    "crossing": "Recoil energy below which a magnetic moment outweighs the weak interaction.",
    "moment": "Effective magnetic moment of moments in the mass basis.",
    "site": "Reactors by name, and the cores and fluxes around a place.",
    "flux": "Reactor antineutrino flux of an experiment.",
    "quenching": "Quenching curves fitted to measured points, with their tension.",
    "orbitals": "Ionization table of an element from first principles.",
    "rate": "Recoil spectrum before the detector's response.",
    "plot": "Draw cross sections, fluxes, recoil rates and responses.",
    "spectra": "Table of the expected counts of each sample in each spectrum.",
    "spectrum": "Binned counts, Asimov and toys, into HDF5 (and CSV).",
    "fit": "Best fit of stored, observed or Asimov spectra.",
    "limit": "Limit on the magnetic moment, millicharge or charge radius.",
    "contour": "Profile likelihood in the plane of two parameters.",
    "impacts": "How far each nuisance pulls the fitted parameter.",
    "significance": "Significance of coherent scattering or of a magnetic moment.",
    "toys": "Toys at a truth, generated and fitted: a study that can be resumed.",
    "scan": "Expected limits over a grid of values of any keys.",
    "coverage": "How often the interval of every construction holds the truth.",
    "study": "What a study of toys, a scan or a coverage study says so far.",
    "merge": "All results of a study in one HDF5 file.",
    "report": "One HTML page of assumptions, spectra, fit and limits.",
    "explore": "One HTML page with sliders: spectrum, limits and map at once.",
    "export": "Likelihood, spectra or toys for pyhf, HS3, HEPData, alea, or as CSV.",
    "import": "An experiment of templates from a likelihood of pyhf, HS3 or HEPData.",
    "reproduce": "Published limits of an experiment, or of all, beside ours.",
    "prospects": "Expected limits against threshold and time, for several backgrounds.",
    "cite": "BibTeX of nuem and of what an experiment uses.",
    "doctor": "Versions, cache of kernels, optional parts, and a self-test.",
    "completion": "The script with which a shell completes commands and keys.",
}


class LazyCommands(click.Group):
    """A group that imports a sub-command's module only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the sub-commands in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command, from ``scripts/<name>.py``."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"scripts.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command if cmd_name in _WITHOUT_KERNELS else _with_kernels(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, written without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, naming the nearest sub-command for an unknown one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; nearest: {near[0]}" if near else f"; allowed: {', '.join(COMMANDS)}"
            ctx.fail(f"no such command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"nuem {version('nuem')}")
        ctx.exit()


def _print_citation(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        from analysis.published.citations import nuem_citation

        click.echo(f"{nuem_citation().bibtex}\n")
        click.echo("% nuem cite EXPERIMENT prints the sources of what an experiment uses, too")
        ctx.exit()


@click.group(
    cls=LazyCommands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    callback=_print_version,
    is_eager=True,
    expose_value=False,
    help="Print the version.",
)
@click.option(
    "--cite",
    is_flag=True,
    callback=_print_citation,
    is_eager=True,
    expose_value=False,
    help="Print how to cite nuem.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell on standard error what is done.")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Sensitivity of reactor experiments to the neutrino's electromagnetic properties.

    Exit codes: 0 ok, 2 usage or a missing extra, 3 configuration, 4 fit, 5 input or output,
    6 partial result, 130 interrupted.
    """
    if verbose:
        _show_log(ctx)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _with_kernels(command: click.Command) -> click.Command:
    """A command that prepares kernels when it is run, not when it is asked for its help."""
    prepared = copy(command)
    callback = command.callback
    if isinstance(prepared, click.Group):
        prepared.commands = {name: _with_kernels(c) for name, c in prepared.commands.items()}
    elif callback is not None:

        def prepare_and_call(*arguments: Any, **options: Any) -> Any:
            prepare_kernels()
            return callback(*arguments, **options)

        prepared.callback = prepare_and_call
    return prepared


def prepare_kernels() -> None:
    """Before numba is imported: guard the folder of compiled kernels, announce a compilation."""
    from scripts.kernel_folder import guard_folder

    guard_folder()
    if click.get_current_context().obj == _NOTHING_COMPILED:
        from scripts.compilation import announce_compilation

        announce_compilation()


def _show_log(ctx: click.Context) -> None:
    """Lines of the library's log on standard error, as long as the command runs."""
    import logging

    log, handler = logging.getLogger("nuem"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("nuem: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    ctx.call_on_close(lambda: log.removeHandler(handler))


def main() -> None:
    """Entry point of the command."""
    gc.set_threshold(_OBJECTS_A_COLLECTION)
    _use_one_blas_thread()
    _make_output_whole()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as an interrupt: batch systems
    state = _NOTHING_COMPILED if use_private_folder() else None
    sys.exit(_with_all_written(run(sys.argv[1:], state)))


def _make_output_whole() -> None:
    """Write all of a text or fail, and show a replacement for signs that an encoding lacks.

    Without a buffer (PYTHONUNBUFFERED) Python drops what a nearly full disk did not take.
    """
    if sys.stdout is not None and isinstance(sys.stdout.buffer, io.RawIOBase):
        buffer = io.BufferedWriter(sys.stdout.buffer)
        sys.stdout = io.TextIOWrapper(buffer, sys.stdout.encoding, sys.stdout.errors)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _with_all_written(code: int) -> int:
    """The exit code, or that of an output which could not be written to its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left
        return code or _fail(f"standard output: {error.strerror}", EXIT_IO)
    return code


def run(arguments: list[str], state: str | None = None) -> int:
    """Run the command line; errors become one line on standard error and an exit code."""
    try:
        result = cli.main(args=arguments, prog_name="nuem", standalone_mode=False, obj=state)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        said = str(stop.__cause__ or stop)
        if isinstance(stop.__cause__, EOFError):  # an input, or what a full disk left of a module
            return _fail("a file ends too early: remove the folders __pycache__", EXIT_IO)
        return _fail(f"interrupted; {said}" if said else "interrupted", EXIT_INTERRUPTED)
    except SystemError as error:  # what numba makes of an interrupt inside a kernel
        if not was_interrupted(error):
            raise
        return _fail("interrupted", EXIT_INTERRUPTED)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "nuem"
        return _fail(f"{_usage_message(error)} (see '{where} --help')", EXIT_USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), EXIT_USAGE)
    except SystemExit:  # what click makes of a closed pipe, and of a completion
        return EXIT_OK if _is_completing() else EXIT_IO
    except OSError as error:
        return _fail(os_message(error), EXIT_IO)
    except MemoryError as error:
        return _fail(f"not enough memory: {error}", EXIT_IO)
    except (ValueError, ArithmeticError) as error:
        return _fail(str(error), EXIT_CONFIGURATION)
    except RuntimeError as error:
        code = _runtime_code(error)
        if code is None:
            raise
        return _fail(str(error), code)
    return result if isinstance(result, int) else EXIT_OK


def _usage_message(error: click.UsageError) -> str:
    """What click says, with the nearest choice for one that is not there."""
    message = error.format_message()
    choice = getattr(getattr(error, "param", None), "type", None)
    found = re.search(r": '(.*)' is not one of ", message)
    if isinstance(choice, click.Choice) and found:
        from difflib import get_close_matches

        near = get_close_matches(found[1], list(choice.choices), n=1)
        return f"{message} Nearest: {near[0]}." if near else message
    return message


def was_interrupted(error: BaseException | None) -> bool:
    """True for an interrupt, and for what became of one inside a compiled function."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _runtime_code(error: RuntimeError) -> int | None:
    """Exit code of the house's own runtime errors; None for a fault of the program."""
    codes = {
        "FitError": EXIT_FIT,
        "MissingExtraError": EXIT_USAGE,
        "UnreadableShardsError": EXIT_PARTIAL,
        "WorkerLostError": EXIT_PARTIAL,
    }
    return codes.get(type(error).__name__)


def _is_completing() -> bool:
    """True while click answers a shell that completes a command line."""
    return "_NUEM_COMPLETE" in os.environ


def os_message(error: OSError) -> str:
    """A fault of the system in one line: the file, and what the system says."""
    if error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _fail(message: str, code: int) -> int:
    click.echo(f"nuem: {_one_line(message)}", err=True)
    return code


def _one_line(message: str) -> str:
    """A message as one line of a length to read, without what a terminal would obey."""
    line = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in " ".join(message.split()))
    half = _LONGEST_LINE // 2
    return line if len(line) <= 2 * half else f"{line[:half]} ... {line[-half:]}"


def _use_one_blas_thread() -> None:
    """Keep matrix products on one thread, before numpy is there; what is set already is respected.

    BLAS rounds differently with the number of its threads, which a study's bits must not, and
    the threads of several workers would be in each other's way.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
