"""Failing system calls in every command that writes: one line, old files whole, nothing left over.

The library that makes them fail is built here, where there is a compiler.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent
COMPILER = shutil.which(os.environ.get("CC", "cc"))
SHORT = ("--every", "23", "--commands", "init")
LEAST = 5000
"""Injections of the long form."""

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C compiler (cc, or CC) to build injection.c"),
    pytest.mark.skipif(sys.platform != "linux", reason="injection.c reads /proc"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``injection.c`` compiled."""
    assert COMPILER is not None
    path = tmp_path_factory.mktemp("library") / "injection.so"
    words = [COMPILER, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(FOLDER / "injection.c")]
    subprocess.run([*words, "-o", str(path), "-ldl"], check=True, capture_output=True)
    return path


def test_failing_calls(
    torture: bool,
    library: Path,
    tmp_path: Path,
    environment: dict[str, str],
    injection_table: ModuleType,
    writes_figures: bool,
    tally: Callable[..., None],
) -> None:
    words = [sys.executable, "-W", "ignore", str(FOLDER / "injecting.py"), str(tmp_path)]
    done = subprocess.run(
        [*words, *(() if torture else SHORT)],
        capture_output=True,
        text=True,
        env={**environment, "LD_PRELOAD": str(library)},
        timeout=36000 if torture else 600,
    )
    assert done.returncode == 0, done.stderr
    figures = injection_table.figures_of(tmp_path)
    injected: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for found in figures.values():
        for kind, errors in found["outcomes"].items():
            injected[kind] += sum(sum(counted.values()) for counted in errors.values())
            wrong[kind] += sum(counted.get("wrong", 0) for counted in errors.values())
    if torture:
        assert injected.total() >= LEAST
        assert set(injected) == set(injection_table.KINDS)
    if writes_figures:
        injection_table.write_to_page(injection_table.tables(figures))
    said = [f"{name}: {line}" for name, found in figures.items() for line in found["complaints"]]
    assert said == []
    for kind, number in injected.items():
        tally(f"a failing {kind}", injected=number, lost=wrong[kind])
