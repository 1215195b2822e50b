"""nuem reproduce all: every preset in one table, two figures and a page each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.output import print_written, with_warnings, write_figure

if TYPE_CHECKING:
    from analysis.published.ionization_limits import LimitsByModel
    from analysis.published.reproduction import ReproducedCounts, ReproducedLimit

_FILES = ("field.json", "field.csv", "field.png", "world.png", "ionization.png")


@dataclass(frozen=True, slots=True)
class _Reproduced:
    rows: list[ReproducedLimit]
    by_model: list[LimitsByModel]
    counts: list[ReproducedCounts]


def reproduce_field(
    output: Path | None,
    pages: Path | None,
    n_toys: int,
    seed: int,
    workers: int,
    *,
    quiet: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Compare, print, and write tables, figures and pages; the exit code."""
    from analysis.processes import results_of
    from scripts import reproduction_output as shown
    from scripts.cli import EXIT_OK
    from scripts.progress import progress_of
    from scripts.reproduction_page import ionization_page
    from sim.experiment import preset_names
    from sim.files import check_free, write_atomically

    names = preset_names()
    if output is not None:
        for name in _FILES:
            check_free(output / name, force=force)
    if pages is not None:
        for name in (*names, "ionization"):
            check_free(pages / f"{name}.md", force=force)
    with progress_of(len(names), "experiments", quiet=quiet) as progress:
        of_one = partial(_reproduced, pages=pages, n_toys=n_toys, seed=seed)
        found = results_of(of_one, names, workers, progress)
    rows = [row for one in found for row in one.rows]
    by_model = [row for one in found for row in one.by_model]
    counts = [row for one in found for row in one.counts]
    content = {
        "toys": n_toys,
        "seed": seed,
        "rows": [shown.row_content(row) for row in rows],
        "by_ionization": [asdict(one) for one in by_model],
        "counts": [shown.counts_content(one) for one in counts],
    }
    written: list[Path] = []
    if output is not None:
        written = _write(output, rows, by_model, content)
    if pages is not None:
        write_atomically(pages / "ionization.md", ionization_page(by_model).encode())
        _write_figures(pages, rows, by_model)
    if as_json:
        print_written(written, as_json, **content)
        return EXIT_OK
    shown.print_rows(rows, named=True)
    shown.echo_explanation(rows)
    shown.print_limits_by_model(by_model, named=True)
    shown.print_counts(counts)
    print_written(written, as_json)
    return EXIT_OK


def _reproduced(name: str, pages: Path | None, n_toys: int, seed: int) -> _Reproduced:
    """The comparison of a preset, and its page where a folder for pages is given."""
    from analysis.published.ionization_limits import limits_by_model
    from analysis.published.reproduction import (
        observed_strengths,
        reproduce_limits,
        reproduced_counts,
        variants,
    )
    from scripts.reproduction_page import write_page
    from sim.experiment import load_experiment
    from sim.model_assembly import build_model

    loaded = load_experiment(name)
    model = build_model(loaded)
    rows = reproduce_limits(loaded, seed, model, n_toys)
    counts = reproduced_counts(loaded, model)
    if pages is not None:
        strengths = observed_strengths(loaded, model)
        write_page(pages, model, rows, counts, strengths, variants(loaded, model))
    return _Reproduced(rows, limits_by_model(loaded, rows), counts)


def _write(
    folder: Path,
    rows: Sequence[ReproducedLimit],
    by_model: Sequence[LimitsByModel],
    content: dict[str, Any],
) -> list[Path]:
    """Tables and figures; what has been written."""
    from scripts.reproduction_output import rows_as_csv
    from sim.files import write_atomically

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(with_warnings(content), indent=2) + "\n"
    write_atomically(folder / "field.json", text.encode())
    write_atomically(folder / "field.csv", rows_as_csv(rows))
    drawn = _write_figures(folder, rows, by_model)
    return [folder / name for name in _FILES if drawn or not name.endswith(".png")]


def _write_figures(
    folder: Path, rows: Sequence[ReproducedLimit], by_model: Sequence[LimitsByModel]
) -> bool:
    from analysis.plots.figures import field_figure, ionization_figure, world_figure

    figures: dict[str, Callable[[str], bytes]] = {
        "field.png": lambda kind: field_figure(rows, kind),
        "world.png": lambda kind: world_figure(rows, kind),
        "ionization.png": lambda kind: ionization_figure(by_model, kind),
    }
    return all(write_figure(folder / name, draw) for name, draw in figures.items())
