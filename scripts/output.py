"""Printing: JSON objects without NaN, and aligned lines for people."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sim.experiment import Experiment

_WARNINGS = "nuem.warnings"


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object; numbers that are not finite become null.

    What ``warn_of`` was told stands in it under warnings, after those of the content.
    """
    content = with_warnings(content)
    (_warnings() or {}).clear()
    click.echo(json.dumps(_plain(content), indent=2, allow_nan=False))


def with_warnings(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content with its warnings and those that ``warn_of`` was told, where it was told any."""
    pending = _warnings()
    if pending is None:
        return dict(content)
    return {**content, "warnings": list(dict.fromkeys((*content.get("warnings", ()), *pending)))}


def warn_of(*experiments: Experiment) -> None:
    """Have the warnings of experiments stand beside everything that the command prints.

    In JSON they are its list warnings; of a command that prints none they are lines on standard
    error at its end.
    """
    from sim.instruments.experiment_warnings import experiment_warnings

    context = click.get_current_context()
    pending = _warnings()
    if pending is None:
        pending = context.meta[_WARNINGS] = {}
        context.call_on_close(_print_warnings)
    for experiment in experiments:
        with suppress(ValueError):  # a table that cannot be used is refused where it is used
            pending.update(dict.fromkeys(experiment_warnings(experiment)))


def _warnings() -> dict[str, None] | None:
    """Warnings not printed yet, None if no experiment was read."""
    context = click.get_current_context(silent=True)
    found: dict[str, None] | None = None if context is None else context.meta.get(_WARNINGS)
    return found


def _print_warnings() -> None:
    for sentence in _warnings() or ():
        click.echo(f"nuem: warning: {sentence}", err=True)


def print_written(paths: Iterable[Path], as_json: bool, **content: Any) -> None:
    """Files that a command has written, a line each; in JSON beside the content given."""
    written = [str(path) for path in paths]
    if as_json:
        print_json({**content, "written": written})
        return
    for path in written:
        click.echo(f"wrote {path}")


def write_figure(path: Path, draw: Callable[[str], bytes]) -> bool:
    """Write the figure that goes with a command's results; False, with a line, without matplotlib.

    draw makes the bytes of a format: png, pdf or svg.
    """
    from analysis.extras import MissingExtraError
    from sim.files import write_atomically

    try:
        image = draw(path.suffix.lstrip("."))
    except MissingExtraError as error:
        click.echo(f"nuem: no figure: {error}", err=True)
        return False
    write_atomically(path, image)
    return True


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their longest cell."""
    table = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def finite(values: Sequence[float], what: str) -> Sequence[float]:
    """The values, or ValueError if one of them is not a finite number."""
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"{what} is not finite: the parameters are too large")
    return values


def number(value: float | None, digits: int = 4) -> str:
    """A number for people; a dash for none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{digits}g}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
