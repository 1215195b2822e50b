"""Tables of what came of injected faults, written into docs/reliability.md.

    python tests/faults/injection_table.py FOLDER

FOLDER holds ``figures/COMMAND.json`` of ``injecting.py``, of as many commands as are done.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
MARKS = ("<!-- injections -->\n", "<!-- end of injections -->\n")
KINDS = ("open", "read", "write", "fsync", "rename", "flock", "unlink", "mkdir", "close", "chmod")
OUTCOMES = ("done", "ended in a line", "partial", "wrong")


def figures_of(folder: Path) -> dict[str, Any]:
    """Figures by command, in the order of the alphabet."""
    files = sorted((folder / "figures").glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def tables(figures: dict[str, Any]) -> str:
    """Commands beside calls with the outcomes of each, and errors beside outcomes."""
    rows = []
    errors: dict[str, Counter[str]] = {}
    for command, found in figures.items():
        outcomes: Counter[str] = Counter()
        calls: Counter[str] = Counter()
        for kind, by_error in found["outcomes"].items():
            for error, counted in by_error.items():
                outcomes.update(counted)
                calls[kind] += sum(counted.values())
                errors.setdefault(error, Counter()).update(counted)
        rows.append((command, calls, outcomes))
    every: list[Counter[str]] = [sum((row[i] for row in rows), Counter()) for i in (1, 2)]
    first = _table(
        ("command", *KINDS, "all", *OUTCOMES),
        [_row(*row) for row in [*rows, ("all", *every)]],
    )
    second = _table(
        ("error", "all", *OUTCOMES),
        [_row(error, None, counted) for error, counted in sorted(errors.items())],
    )
    return f"{first}\n{second}"


def write_to_page(text: str, marks: tuple[str, str] = MARKS) -> None:
    """Text between two marks of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(marks[0])
    after = rest.partition(marks[1])[2]
    PAGE.write_text(f"{before}{marks[0]}\n{text}\n{marks[1]}{after}", encoding="utf-8")


def _row(name: str, calls: Counter[str] | None, outcomes: Counter[str]) -> tuple[str, ...]:
    own = [] if calls is None else [calls[kind] for kind in KINDS]
    numbers = [*own, outcomes.total(), *(outcomes[outcome] for outcome in OUTCOMES)]
    return (name, *(f"{number:,}" for number in numbers))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    write_to_page(tables(figures_of(Path(sys.argv[1]))))
