"""Broken tables (flux, quenching, efficiency, background, spectra): one line that names them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import EXIT_CONFIGURATION, EXIT_FIT

Nuem = Callable[..., Any]
TABLES = (
    *("quenching.csv", "efficiency.csv", "background.csv", "on.csv", "off.csv", "spectrum.csv"),
)

BAD_CELLS = {
    "not a number": "nan",
    "infinite": "inf",
    "minus infinite": "-inf",
    "beyond any float": "1e400",
    "negative": "-1",
    "empty": "",
    "text": "text",
    "hexadecimal": "0x10",
    "two numbers": "1 2 3",
    "a unit": "1 keV",
    "a formula": "=1+1",
    "a decimal comma": '"0,5"',
    "null characters": "1\0",
    "markup": "<b>1</b>",
    "other digits": "１e５００",
    "long": "9" * 5000,
}


def rows_of(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def text_of(rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in rows) + "\n"


BAD_TABLES: dict[str, Callable[[list[list[str]]], str | bytes]] = {
    "empty": lambda rows: "",
    "blank lines": lambda rows: "\n\n  \n",
    "comments": lambda rows: "# energy, value\n# nothing\n",
    "a header alone": lambda rows: text_of(rows[:1]),
    "a column is missing": lambda rows: text_of([row[:-1] for row in rows]),
    "a column is misspelled": lambda rows: text_of([["x", *rows[0][1:]], *rows[1:]]),
    "a column stands twice": lambda rows: text_of([[*row, row[-1]] for row in rows]),
    "a row is short": lambda rows: text_of([*rows[:-1], rows[-1][:-1]]),
    "a row is long": lambda rows: text_of([*rows[:-1], [*rows[-1], "1"]]),
    "a row stands three times": lambda rows: text_of([*rows, rows[-1], rows[-1]]),
    "rows turned round": lambda rows: text_of([rows[0], *rows[:0:-1]]),
    "two rows exchanged": lambda rows: text_of([rows[0], rows[2], rows[1], *rows[3:]]),
    "the header again": lambda rows: text_of([*rows, rows[0]]),
    "half a line": lambda rows: text_of(rows) + rows[-1][0],
    "a quote without end": lambda rows: text_of([*rows[:-1], [f'"{rows[-1][0]}', *rows[-1][1:]]]),
    "latin-1": lambda rows: "# é\n".encode("latin-1") + text_of(rows).encode(),
    "UTF-16": lambda rows: text_of(rows).encode("utf-16"),
    "bytes": lambda rows: bytes(range(256)) * 4,
    "HTML": lambda rows: "<html><body>404 not found</body></html>\n",
    "JSON": lambda rows: '{"energy": [1, 2, 3]}\n',
    "a spreadsheet": lambda rows: b"PK\x03\x04" + b"\0" * 500,
    "a line of a megabyte": lambda rows: "1," * 2**19 + "\n",
}


@pytest.fixture
def refused(nuem: Nuem, tmp_path: Path, inputs: Any) -> Callable[..., str]:
    """The one line with which the whole experiment with one broken table is refused."""

    def line(name: str, content: str | bytes) -> str:
        for other, text in inputs.TABLES.items():
            (tmp_path / other).write_text(text, encoding="utf-8")
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        (tmp_path / "a.toml").write_text(inputs.toml(tree_with(name, inputs)), encoding="utf-8")
        outcome = nuem("limit", tmp_path / "a.toml", "--parameter", "mu_nu", "--json")
        assert (outcome.code, outcome.out) == (EXIT_CONFIGURATION, ""), (content[:300], outcome)
        assert name in outcome.line
        assert len(outcome.line) < 1000
        assert outcome.line.isprintable()
        found: str = outcome.line
        return found

    return line


def tree_with(name: str, inputs: Any) -> Any:
    """The whole experiment, or for a flux table a smaller one that uses it."""
    if name != "spectrum.csv":
        return inputs.EXPERIMENT
    tree = inputs.changed(("reactor", "spectrum"), "table")
    tree = inputs.changed(("reactor", "spectrum_table"), name, tree)
    return inputs.changed(("reactor", "neutron_captures_per_fission"), ..., tree)


@pytest.mark.parametrize("name", TABLES)
def test_whole_tables_are_right(nuem: Nuem, tmp_path: Path, inputs: Any, name: str) -> None:
    for other, text in inputs.TABLES.items():
        (tmp_path / other).write_text(text, encoding="utf-8")
    (tmp_path / "a.toml").write_text(inputs.toml(tree_with(name, inputs)), encoding="utf-8")
    outcome = nuem("limit", tmp_path / "a.toml", "--parameter", "mu_nu", "--json")
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize("name", TABLES)
def test_cells(
    name: str,
    torture: bool,
    refused: Callable[..., str],
    inputs: Any,
    tally: Callable[..., None],
) -> None:
    rows = rows_of(inputs.TABLES[name])
    injected = 0
    places = [(i, j) for i in range(1, len(rows)) for j in range(len(rows[0]))]
    for n, (kind, cell) in enumerate(BAD_CELLS.items()):
        for i, j in places if torture else places[n % 2 :: 2]:
            if kind == "negative" and (i, rows[0][j]) == (1, "energy_kev"):
                continue  # a reconstructed energy may be negative
            broken = [list(row) for row in rows]
            broken[i][j] = cell
            refused(name, text_of(broken))
            injected += 1
    tally("broken table: a cell", injected=injected)


@pytest.mark.parametrize("name", TABLES)
def test_tables(
    name: str, refused: Callable[..., str], inputs: Any, tally: Callable[..., None]
) -> None:
    for breaking in BAD_TABLES.values():
        refused(name, breaking(rows_of(inputs.TABLES[name])))
    tally("broken table: the whole", injected=len(BAD_TABLES))


def test_too_large(refused: Callable[..., str], tally: Callable[..., None]) -> None:
    assert "64 MiB" in refused("on.csv", b"1,2\n" * (17 * 2**20))
    tally("broken table: the whole", injected=1)


@pytest.mark.parametrize("name", TABLES)
def test_cut_short_or_extreme(
    name: str, nuem: Nuem, tmp_path: Path, inputs: Any, tally: Callable[..., None]
) -> None:
    """What is a table still is used, or refused in one line; never a warning or NaN.

    A table cut between two digits is a table.
    """
    rows, text = rows_of(inputs.TABLES[name]), inputs.TABLES[name]
    variants = [text[: len(text) * tenths // 10] for tenths in range(10)]
    for cell in ("1e308", "1e-308", "0", "1e20", "5e-324", "-0.0"):
        for i in range(1, len(rows)):
            for j in range(len(rows[0])):
                broken = [list(row) for row in rows]
                broken[i][j] = cell
                variants.append(text_of(broken))
    for variant in variants:
        for other, whole in inputs.TABLES.items():
            (tmp_path / other).write_text(whole, encoding="utf-8")
        (tmp_path / name).write_text(variant, encoding="utf-8")
        (tmp_path / "a.toml").write_text(inputs.toml(tree_with(name, inputs)), encoding="utf-8")
        outcome = nuem("limit", tmp_path / "a.toml", "--parameter", "mu_nu", "--json")
        if outcome.code == EXIT_CONFIGURATION:
            assert outcome.out == ""
            assert outcome.line
        else:
            assert outcome.code in (0, EXIT_FIT), outcome
            assert outcome.err == ""
            found = json.loads(outcome.out)
            answered = found["status"] in ("ok", "poor-fit", "few-counts", "empty")
            assert answered == (outcome.code == 0)
            assert (found["upper"] is None) == (not answered or found["status"] == "empty")
    tally("broken table: cut short or extreme", injected=len(variants))
