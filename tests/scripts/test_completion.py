"""Completion: what a shell is offered, and that bash takes the script."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
PROGRAM = [sys.executable, "-P", "-c", "from scripts.cli import main; main()"]


def offered(line: str) -> list[str]:
    """What bash is offered at the end of a line, without files."""
    words = line.split(" ")
    environment = os.environ | {
        "_NUEM_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    entries = [entry.split(",") for entry in done.stdout.splitlines()]
    return [word for kind, word in entries if kind == "plain"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nuem lim", ["limit"]),
        ("nuem limit --para", ["--parameter"]),
        ("nuem limit --parameter mu", ["mu_nu"]),
        ("nuem limit gemma-201", ["gemma-2010", "gemma-2012"]),
        ("nuem init gemma-2012", ["gemma-2012"]),
        ("nuem flux gemma-2012 --set detector.thr", ["detector.threshold_kev="]),
        ("nuem flux gemma-2012 --set background.0.half", ["background.0.half_life_days="]),
        ("nuem explain exposure.on", ["exposure.on_days"]),
        ("nuem reproduce al", ["all"]),
        ("nuem completion f", ["fish"]),
    ],
)
def test_offers(line: str, words: list[str]) -> None:
    assert offered(line) == words


def test_all_commands_are_offered() -> None:
    from scripts.cli import COMMANDS

    assert offered("nuem ") == list(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(shell: str, nuem: Run) -> None:
    text = nuem("completion", shell).text()
    assert f"_NUEM_COMPLETE={shell}_complete" in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_takes_the_script(nuem: Run, tmp_path: Path) -> None:
    """Sourced in bash, the function fills in the command."""
    script = tmp_path / "nuem.bash"
    script.write_text(nuem("completion", "bash").text())
    program = tmp_path / "nuem"
    python = shlex.quote(sys.executable)
    program.write_text(
        f'#!/bin/sh\nexec {python} -P -c "from scripts.cli import main; main()" "$@"\n'
    )
    program.chmod(0o755)
    line = f"""
        PATH={shlex.quote(str(tmp_path))}:$PATH
        source {shlex.quote(str(script))}
        COMP_WORDS=(nuem cross-s) COMP_CWORD=1
        _nuem_completion nuem
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert done.stdout.strip() == "cross-section", done.stderr
