"""Absurd input: long numbers, crowds of keys, deep nesting: a line within two seconds of work.

Processor time, not that of the clock: it does not depend on what else the machine does.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import ConfigurationError, parse_experiment, preset_text
from sim.files import write_atomically
from sim.syntax.units import unit_of
from sim.tables.curves import EFFICIENCY

LONGEST_S = 2.0
LONG = "1" * 1_000_000
PRESET = preset_text("gemma-2012")


def backgrounds(n: int, rate: str, name: str = "b{}") -> str:
    keys = 'shape = "flat"\nrate_per_kev_kg_day = '
    return "".join(f'[[background]]\nname = "{name.format(i)}"\n{keys}{rate}\n' for i in range(n))


def keys(n: int) -> str:
    return "".join(f"k{i} = 1\n" for i in range(n)) + PRESET


ABSURD: dict[str, tuple[Callable[[], Any], str]] = {
    "a number and a letter": (
        lambda: EFFICIENCY.read(f"energy_kev,efficiency\n{LONG}x,1\n", "t.csv"),
        "line 2: a number expected, found '1111",
    ),
    "a converted number": (
        lambda: EFFICIENCY.read(f"energy_ev,efficiency\n1e{LONG},1\n", "t.csv"),
        "line 2: a finite number expected, found '1e1",
    ),
    "a row of cells": (
        lambda: EFFICIENCY.read("energy_kev,efficiency\n" + "1," * 500_000, "t.csv"),
        "line 2: 2 values expected, found 500001",
    ),
    "a header": (
        lambda: EFFICIENCY.read("energy_kev " + "e[" * 200_000 + "\n1 2\n", "t.csv"),
        "t.csv",
    ),
    "a header of brackets": (
        lambda: EFFICIENCY.read("energy_kev, " + "(" * 200_000 + "\n1,2\n", "t.csv"),
        "t.csv",
    ),
    "a quantity": (lambda: unit_of("a_kev").converted(LONG), "a number (in keV) or a text"),
    "an integer": (lambda: parse_experiment(f"x = {LONG}\n{PRESET}"), "not valid TOML"),
    "an override": (
        lambda: parse_experiment(PRESET, overrides=[f"detector.mass_kg={LONG}x"]),
        "detector.mass_kg: ",
    ),
    "a million keys": (lambda: parse_experiment(keys(1_000_000)), "at most 50000 keys are read"),
    "thousands of keys": (lambda: parse_experiment(keys(10_000)), "k0: unknown key"),
    "a crowd of backgrounds": (
        lambda: parse_experiment(PRESET + backgrounds(100_000, "1.0")),
        "at most 50000 keys are read",
    ),
    "backgrounds below 0": (
        lambda: parse_experiment(PRESET + backgrounds(3_000, "-1.0")),
        "rate_per_kev_kg_day: Input should be greater than 0, found -1.0 (and 2999 more)",
    ),
    "backgrounds of one name": (
        lambda: parse_experiment(PRESET + backgrounds(15_000, "1.0", "b")),
        "background: the name 'b' stands twice",
    ),
    "nesting": (lambda: parse_experiment("a = " + "[" * 100_000), "not valid TOML"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_input(name: str, tally: Callable[..., None]) -> None:
    read, message = ABSURD[name]
    start = time.process_time()
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read()
    took = time.process_time() - start
    if isinstance(caught.value, ConfigurationError):
        assert len(caught.value.problems) <= 101
    tally("absurd input", injected=1, lost=int(took > LONGEST_S))


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/stdin", "/dev/null", "pipe"])
@pytest.mark.parametrize(
    "words",
    [
        ("validate", "{}"),
        ("limit", "./{}"),
        ("limit", "tables.toml"),
        ("fit", "link.h5"),
        ("report", "link.h5", "-o", "r.html"),
        ("export", "link.h5", "--format", "csv", "-o", "x.csv"),
        ("import", "pyhf", "link.json", "-o", "x.toml"),
        ("import", "hepdata", "submission", "-o", "x.toml"),
        ("site", "48", "2", "--table", "link.csv"),
        ("merge", "study", "-o", "m.h5"),
        ("study", "study"),
        ("plot", "exclusion", "study", "-o", "s.svg"),
    ],
    ids=lambda words: f"{words[0]} {words[1]}",
)
def test_devices_are_not_read(
    device: str,
    words: tuple[str, ...],
    nuem: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tally: Callable[..., None],
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    for folder in ("study", "submission"):
        Path(folder).mkdir()
    links = ("link.h5", "link.toml", "link.json", "link.csv")
    for name in (*links, "study/study.json", "submission/submission.yaml"):
        Path(name).symlink_to(Path(device).absolute())
    Path("tables.toml").write_text(
        PRESET.replace("[detector]", f'[detector]\nefficiency = {{model="table", file="{device}"}}')
    )
    start = time.process_time()
    outcome = nuem(*(word.replace("{}", "link.toml") for word in words))
    assert outcome.code in (3, 5)
    assert "not a" in outcome.line
    tally("devices for files", injected=1, lost=int(time.process_time() - start > LONGEST_S))


@pytest.mark.parametrize("device", ["/dev/null", "pipe", "folder"])
@pytest.mark.parametrize(
    "words",
    [
        ("schema", "-o", "{}"),
        ("init", "gemma-2012", "-o", "{}"),
        ("plot", "cross-section", "-o", "link.svg"),
        ("spectrum", "gemma-2012", "-o", "link.h5"),
    ],
    ids=lambda words: words[0],
)
def test_devices_are_not_replaced(
    device: str,
    words: tuple[str, ...],
    nuem: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tally: Callable[..., None],
) -> None:
    """By a file, which root may put in the place of /dev/null."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("folder").mkdir()
    for name in ("link.svg", "link.h5"):
        Path(name).symlink_to(device)
    before = os.stat(device)
    outcome = nuem(*(word.replace("{}", device) for word in words), "--force")
    assert outcome.code == 5
    assert "not a regular file" in outcome.line
    after = os.stat(device)
    tally("devices for files", injected=1, lost=int(before.st_ino != after.st_ino))


def test_a_pipe_in_place_of_a_temporary_file_is_not_waited_for(tmp_path: Path) -> None:
    """By the one who sweeps the folder: nobody would ever write to it."""
    os.mkfifo(tmp_path / ".a.csv.12345678.writing")
    write_atomically(tmp_path / "a.csv", b"whole")
    assert (tmp_path / "a.csv").read_bytes() == b"whole"
