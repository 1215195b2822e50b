"""The command, run in this process or as a program of its own, and files that it made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import run

PROGRAM = (sys.executable, "-P", "-c", "from scripts.cli import main; main()")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command gave back."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """The one object on standard output of a run that worked, free of NaN and infinity."""
        assert self.code == 0, self.err
        assert self.err == ""
        return self.parsed()

    def parsed(self) -> dict[str, Any]:
        """Standard output as one strict JSON object."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} in JSON")

        content = json.loads(self.out, parse_constant=refuse)
        assert isinstance(content, dict)
        return content

    def text(self) -> str:
        """Standard output of a run that worked."""
        assert self.code == 0, self.err
        assert self.err == ""
        return self.out

    def error(self, code: int) -> str:
        """The one line on standard error of a run that failed with this exit code."""
        assert self.code == code, (self.code, self.out, self.err)
        assert self.out == ""
        assert self.err.startswith("nuem: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.strip()


@pytest.fixture
def nuem(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """The command in this process: nuem("limit", "gemma-2012", ...)."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def program() -> Callable[..., Outcome]:
    """The command as a program of its own, in a folder; always with compiled kernels."""
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"}

    def call(*arguments: object, cwd: Path | None = None) -> Outcome:
        words = [*PROGRAM, *(str(argument) for argument in arguments)]
        done = subprocess.run(
            words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Asimov spectra of the preset in bins of 0.9 keV, three toys, and CSV tables beside them."""
    path = tmp_path_factory.mktemp("stored") / "gemma.h5"
    words = ["spectrum", "gemma-2012", "--set", "analysis.bin_width_kev=0.9", "-o", str(path)]
    assert run([*words, "--toys", "3", "--seed", "5", "--csv"]) == 0
    return path
