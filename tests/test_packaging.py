"""What is shipped: tables with a licence statement, one version, bounds that are tested."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
GROUNDS = ("free", "facts", "doubt", "own")


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


# --- tables


def statements(text: str) -> list[tuple[str, str, str]]:
    """(pattern, source, redistribution) of each file named in a SOURCES.md."""
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [
        (pattern, row[2].strip(), row[3].strip())
        for row in rows
        for pattern in re.findall(r"`([^`]+)`", row[0])
    ]


def unlicensed(tables: list[str], text: str) -> list[str]:
    """Tables without a source and a ground for passing them on, and rows that no table has."""
    rows = statements(text)
    known = [p for p, source, ground in rows if source and re.match("|".join(GROUNDS), ground)]
    missing = [name for name in tables if not any(fnmatch(name, pattern) for pattern in known)]
    stale = [p for p, _, _ in rows if not any(fnmatch(name, p) for name in tables)]
    return missing + stale


@pytest.mark.parametrize("folder", ["fluxes/data", "detectors/data", "sim/experiments"])
def test_every_table_says_where_it_comes_from_and_why_it_may_be_passed_on(folder: str) -> None:
    files = [path.name for path in (ROOT / folder).iterdir() if path.suffix in {".csv", ".dat"}]
    assert len(files) >= 4
    assert unlicensed(files, (ROOT / folder / "SOURCES.md").read_text("utf-8")) == []


def test_a_table_without_a_statement_is_found() -> None:
    row = "| `a_*.csv`, `b.csv` | content | Paper | facts |\n"
    assert unlicensed(["a_1.csv", "b.csv"], row) == []
    assert unlicensed(["a_1.csv", "b.csv", "c.csv"], row) == ["c.csv"]
    assert unlicensed(["a_1.csv"], row) == ["b.csv"]
    assert unlicensed(["b.csv"], row.replace("facts", "it is fine")) == ["b.csv", "a_*.csv"]


# --- versions


def test_the_citation_has_the_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.M) == [project()["version"]]


def pins_of(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_lowest_versions_are_those_that_are_tested() -> None:
    pins = pins_of("constraints-lowest.txt")
    extras = project()["optional-dependencies"]
    for requirement in [*project()["dependencies"], *extras["plots"]]:
        name, bound = requirement.split(">=")
        assert re.sub(r"(\.0)+$", "", pins[name]) == re.sub(r"(\.0)+$", "", bound), requirement


def test_a_version_is_pinned_once() -> None:
    twice = pins_of("constraints.txt").keys() & pins_of("constraints-tools.txt").keys()
    assert twice == set()


# --- without matplotlib


def test_numbers_are_printed_without_matplotlib(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from scripts.cli import run\n"
        "assert run(['limit', 'gemma-2012', '--parameter', 'mu_nu']) == 0\n"
        "assert run(['plot', 'flux', 'gemma-2012', '-o', 'flux.png']) == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "mu_nu in [0, 3.94" in done.stdout
    assert done.stderr.count("\n") == 1
    assert "pip install 'nuem[plots]'" in done.stderr
