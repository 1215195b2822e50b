"""nuem reproduce world: what is said on each parameter, and what all say together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.output import number, print_table, print_written, write_figure
from sim.tables.csv_text import csv_text

if TYPE_CHECKING:
    from analysis.published.values import PublishedValue
    from analysis.published.world import WorldEntry, WorldLimit, WorldResult

_COLUMNS = (
    "parameter", "unit", "name", "year", "kind", "likelihood", "lower", "upper", "exposure",
    "left_out", "source", "provenance",
)  # fmt: skip


def reproduce_world(output: Path | None, *, force: bool, as_json: bool) -> int:
    """Combine, print, and write table and figure; the exit code."""
    from analysis.published.world import spectra_of_the_world, world_limits, world_parameters
    from scripts.cli import EXIT_OK, EXIT_PARTIAL
    from sim.files import check_free

    if output is not None:
        for path in _paths(output).values():
            check_free(path, force=force)
    spectra = spectra_of_the_world()
    results = [world_limits(parameter, spectra) for parameter in world_parameters()]
    content = {"parameters": [_content(result) for result in results]}
    written, whole = ([], True) if output is None else _write(output, results, content)
    if not as_json:
        for result in results:
            _print(result)
    if written or as_json:
        print_written(written, as_json, **content)
    return EXIT_OK if whole else EXIT_PARTIAL


def _paths(folder: Path) -> dict[str, Path]:
    return {name: folder / name for name in ("together.json", "together.csv", "together.png")}


def _write(
    folder: Path, results: Sequence[WorldResult], content: dict[str, Any]
) -> tuple[list[Path], bool]:
    from analysis.plots.figures import world_together_figure
    from sim.files import write_atomically

    folder.mkdir(parents=True, exist_ok=True)
    paths = _paths(folder)
    write_atomically(paths["together.json"], (json.dumps(content, indent=2) + "\n").encode())
    write_atomically(paths["together.csv"], _as_csv(results))
    drawn = write_figure(paths["together.png"], lambda kind: world_together_figure(results, kind))
    return [path for path in paths.values() if drawn or path.suffix != ".png"], drawn


def _print(result: WorldResult) -> None:
    from sim.cross_sections.interactions.parameter_table import named_parameter

    click.echo(f"{result.parameter} [{named_parameter(result.parameter).unit}], 90 % CL")
    rows = [
        (
            entry.name,
            str(entry.year),
            entry.kind,
            _range(entry.lower, entry.upper),
            entry.provenance,
            f"left out: {entry.left_out}" if entry.left_out else entry.likelihood,
        )
        for entry in result.entries
    ]
    rows += [
        (f"together by {year}", "", f"{len(one.entries)} entries", _range(one.lower, one.upper),
         "", "")
        for year, one in result.by_year
    ]  # fmt: skip
    if result.with_digitised is not None:
        one = result.with_digitised
        label = "a check: digitised spectra in place of the published limits on their exposure"
        rows.append(("with digitised", "", "", _range(one.lower, one.upper), "", label))
    rows += [
        (value.name, str(value.year), value.kind, f"< {number(value.value, 3)}", value.provenance,
         f"for orientation: {value.source}")
        for value in _orientation(result.parameter)
    ]  # fmt: skip
    print_table(("entry", "year", "kind", "interval", "from", "likelihood"), rows)
    click.echo("")


def _orientation(parameter: str) -> list[PublishedValue]:
    """Limits of the Sun, of stars and of accelerators, which enter nothing."""
    from analysis.published.values import OTHERS

    return [value for value in OTHERS if value.parameter == parameter]


def _range(lower: float, upper: float) -> str:
    return f"{number(lower, 3)} .. {number(upper, 3)}"


def _content(result: WorldResult) -> dict[str, Any]:
    from sim.cross_sections.interactions.parameter_table import named_parameter

    unit = named_parameter(result.parameter).unit
    entries = [_entry(entry) for entry in result.entries]
    checked = result.with_digitised
    return {
        "parameter": result.parameter,
        "unit": unit,
        "entries": entries,
        "by_year": [{"year": str(year), **_limit(one)} for year, one in result.by_year],
        "together": _limit(result.together),
        "with_digitised": None if checked is None else _limit(checked),
        "orientation": [
            {"name": v.name, "year": str(v.year), "kind": v.kind, "upper": v.value,
             "source": v.source, "provenance": v.provenance, "unit": unit}
            for v in _orientation(result.parameter)
        ],
    }  # fmt: skip


def _limit(found: WorldLimit) -> dict[str, Any]:
    return {
        "cl": found.cl,
        "unit": found.unit,
        "best": found.best,
        "lower": found.lower,
        "upper": found.upper,
        "entries": found.entries,
    }


def _entry(entry: WorldEntry) -> dict[str, Any]:
    from sim.cross_sections.interactions.parameter_table import named_parameter

    content = {name: getattr(entry, name) for name in _COLUMNS if name != "unit"}
    return {**content, "year": str(entry.year), "unit": named_parameter(entry.parameter).unit}


def _as_csv(results: Sequence[WorldResult]) -> bytes:
    entries = [_entry(entry) for result in results for entry in result.entries]
    rows = ([entry[name] for name in _COLUMNS] for entry in entries)
    return csv_text([_COLUMNS, *rows]).encode()
