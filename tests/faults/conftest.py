"""Faults: a short form among the tests, a long one by ``make torture``, and the table of figures.

A test gives its figures to ``tally``: the class of fault, how many were injected, and how many
times anything was lost (or a wrong answer given).  ``make torture`` prints them and writes them
into docs/reliability.md, between its two marks: NUEM_TORTURE is ``write``, or ``long`` to print
them only, or ``short`` to print those of the short form.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scripts.cli import run

FIGURES = os.environ.get("NUEM_TORTURE", "")
TORTURE = FIGURES in ("long", "write")
MARKS = ("<!-- figures -->\n", "<!-- end of figures -->\n")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command gave back."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on standard error of a run that failed."""
        assert self.code != 0, self.out
        assert self.err.startswith("nuem: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip()


@pytest.fixture
def nuem(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """The command in this process."""

    def call(*words: object) -> Outcome:
        capsys.readouterr()
        code = run([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def inputs() -> ModuleType:
    """``inputs.py`` of this folder: a whole experiment to break."""
    return _module("inputs")


@pytest.fixture(scope="session")
def injection_table() -> ModuleType:
    """``injection_table.py`` of this folder: tables of injected faults, and the page of them."""
    return _module("injection_table")


def _module(name: str) -> ModuleType:
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def writes_figures() -> bool:
    """True if figures go to docs/reliability.md."""
    return FIGURES == "write"


@pytest.fixture
def torture() -> bool:
    """True in the long form."""
    return TORTURE


@pytest.fixture
def environment() -> dict[str, str]:
    """Environment of a process of its own."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Report figures: tally("full disk", injected=12, lost=0)."""

    def report(fault: str, *, injected: int, lost: int = 0) -> None:
        record_property("faults", (fault, injected, lost))
        assert injected > 0
        assert lost == 0, f"{fault}: {lost} of {injected}"

    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures of all tests, and write them to the page in the long form."""
    rows: dict[str, list[int]] = {}
    for report in [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]:
        for name, value in getattr(report, "user_properties", ()):
            if name == "faults" and report.when == "call":
                row = rows.setdefault(value[0], [0, 0])
                row[0] += value[1]
                row[1] += value[2]
    if not rows or not FIGURES:
        return
    header = ["| fault | injected | survived | lost or wrong |", "|---|---|---|---|"]
    lines = [f"| {k} | {n:,} | {n - lost:,} | {lost:,} |" for k, (n, lost) in sorted(rows.items())]
    table = "\n".join(header + lines) + "\n"
    terminalreporter.write_line("")
    terminalreporter.write(table)
    if FIGURES == "write":
        _module("injection_table").write_to_page(f"The long form:\n\n{table}", MARKS)
