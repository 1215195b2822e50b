"""nuem export SOURCE..."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scripts.options import (
    background_option,
    finite_number,
    force_option,
    json_option,
    usage_errors,
)
from scripts.output import print_written
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from sim.model import Model
    from sim.spectra.spectra import Spectra

FORMATS = ("pyhf", "hs3", "hepdata", "csv", "alea", "grid")
GRID = ("mu_nu", "q_nu", "r2_nu")

Range = tuple[float, float, int]


def grid_axis(text: str) -> tuple[str, Range | None]:
    """NAME, or NAME=LOW:HIGH:N."""
    name, equals, values = (part.strip() for part in text.partition("="))
    if name and not equals:
        return name, None
    parts = values.split(":")
    if not name or len(parts) != 3 or not parts[2].strip().isdecimal():
        raise click.BadParameter(
            f"{text!r}: NAME or NAME=LOW:HIGH:N expected, such as q_nu=-2e-12:2e-12:41"
        )
    return name, (finite_number(parts[0]), finite_number(parts[1]), int(parts[2]))


@click.command("export")
@source_options
@click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="Format.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write; for hepdata a folder, for grid FILE.h5, with FILE.csv beside it.",
)
@background_option
@click.option(
    "--parameter",
    default=None,
    help="For hs3: the parameter of interest.  [default: mu_nu]",
)
@click.option(
    "--linear",
    is_flag=True,
    help="For pyhf: leave out changes of second order, an approximation.",
)
@click.option(
    "--axis",
    "axes",
    multiple=True,
    type=grid_axis,
    metavar="NAME[=LOW:HIGH:N]",
    help="For grid: a parameter and N values in its unit, by default 25 up to 4 sigma; "
    "repeatable.  [default: mu_nu, q_nu, r2_nu]",
)
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Export this toy of FILE.h5.")
@force_option
@json_option
def command(
    given: Given,
    kind: str,
    output: Path,
    treatment: str | None,
    parameter: str | None,
    linear: bool,
    axes: tuple[tuple[str, Range | None], ...],
    toy: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """The likelihood, spectra or toys for other programs.

    pyhf: a workspace with mu_nu^2 as its parameter of interest.  hs3: the likelihood as it is, in
    all parameters.  hepdata: a submission with spectra, limits, profiles and the likelihood.  csv:
    counts and templates.  alea: a file of toys as events.  nuem import reads the first three back.
    All these have a channel, or table, for each spectrum of each source.  grid: -2 Delta ln L at
    values of parameters, in HDF5 and CSV.
    """
    from sim.files import check_free

    _check_options(kind, treatment, parameter, linear=linear, axes=bool(axes))
    for path in (output, _beside(output)) if kind == "grid" else (output,):
        check_free(path, force=force, folder=kind == "hepdata")
    model, spectra = given.data(toy)
    notes: list[str] = []
    if kind == "pyhf":
        files = {output: _pyhf(model, spectra, treatment, notes, linear=linear)}
    elif kind == "hs3":
        files = {output: _hs3(model, spectra, treatment, parameter or "mu_nu", notes)}
    elif kind == "hepdata":
        files = _hepdata(model, spectra, output)
    elif kind == "grid":
        files = _grid(model, spectra, axes, treatment, output)
    elif kind == "csv":
        from analysis.exports.csv_table import csv_table

        files = {output: csv_table(model, spectra).encode()}
    else:
        files = {output: _alea(model, spectra, given, toy)}
    _write(files)
    print_written(files, as_json, experiment=model.name, format=kind, notes=notes)
    if not as_json:
        for note in notes:
            click.echo(note)


def _check_options(
    kind: str, treatment: str | None, parameter: str | None, *, linear: bool, axes: bool
) -> None:
    if treatment is not None and kind not in ("pyhf", "hs3", "grid"):
        raise click.UsageError("--background goes with --format pyhf, hs3 or grid")
    if parameter is not None and kind != "hs3":
        raise click.UsageError("--parameter goes with --format hs3")
    if linear and kind != "pyhf":
        raise click.UsageError("--linear goes with --format pyhf")
    if axes and kind != "grid":
        raise click.UsageError("--axis goes with --format grid")


def _pyhf(
    model: Model, spectra: Spectra, treatment: str | None, notes: list[str], *, linear: bool
) -> bytes:
    from analysis.exports.pyhf_workspace import pyhf_workspace, validated_by_pyhf, workspace_text

    workspace = pyhf_workspace(model, spectra, treatment, linear=linear)
    fits = validated_by_pyhf(workspace)
    notes.append("valid by pyhf's schema" if fits else "not validated: pyhf is not installed")
    if linear:
        notes.append("an approximation: changes of second order are left out")
    return workspace_text(workspace).encode()


def _hs3(
    model: Model, spectra: Spectra, treatment: str | None, parameter: str, notes: list[str]
) -> bytes:
    from analysis.exports.hs3_workspace import hs3_text, hs3_workspace, validated_by_pyhs3

    workspace = hs3_workspace(model, spectra, parameter, treatment)
    loads = validated_by_pyhs3(workspace)
    notes.append("read by pyhs3" if loads else "not validated: pyhs3 is not installed")
    return hs3_text(workspace).encode()


def _hepdata(model: Model, spectra: Spectra, folder: Path) -> dict[Path, bytes]:
    from analysis.exports.hepdata import hepdata_submission

    texts = hepdata_submission(model, spectra)
    return {folder / name: text.encode() for name, text in texts.items()}


def _grid(
    model: Model,
    spectra: Spectra,
    axes: tuple[tuple[str, Range | None], ...],
    treatment: str | None,
    output: Path,
) -> dict[Path, bytes]:
    from analysis.exports.likelihood_grid import (
        grid_image,
        grid_parameters,
        grid_table,
        likelihood_grid,
    )

    asked = dict(axes) or dict.fromkeys(GRID)
    if axes and len(asked) < len(axes):
        raise click.UsageError("--axis: each parameter once")
    with usage_errors():
        grid_parameters(model, asked)
    found = likelihood_grid(model, spectra, asked, treatment)
    return {output: grid_image(found), _beside(output): grid_table(found).encode()}


def _beside(output: Path) -> Path:
    """The table beside a grid."""
    if output.suffix != ".h5":
        raise click.UsageError(
            f"--format grid writes FILE.h5, with FILE.csv beside it: found {output}"
        )
    return output.with_suffix(".csv")


def _alea(model: Model, spectra: Spectra, given: Given, toy: int | None) -> bytes:
    """All toys of a file, or the one that is asked for, or observed spectra as a single one."""
    from analysis.exports.alea import alea_image

    if toy is not None or spectra.kind == "observed" or not given.stored:
        return alea_image(model, [spectra])
    given.check_one("a file of all toys goes")
    from sim.store import read_spectra

    stored = read_spectra(Path(*given.sources.values()))
    toys = (stored.toy(index) for index in range(stored.toys.shape[0]))
    return alea_image(model, toys, stored.seed)


def _write(files: dict[Path, bytes]) -> None:
    from sim.files import write_atomically

    for path, content in files.items():
        if len(files) > 1:
            path.parent.mkdir(exist_ok=True)
        write_atomically(path, content)
