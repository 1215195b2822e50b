"""The recipe of docs/howto/toys-on-slurm.md on a real SLURM: arrays, Dask, cancelled and killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "toys-on-slurm.md"
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # in a job in the background it is ignored
from scripts.cli import main
main()
"""
NUEM = (sys.executable, "-W", "ignore", "-c", PROGRAM)
TOYS = ("toys", "mine.toml", "-n", "4000", "--seed", "7")
LONG = (*TOYS[:3], "500000", *TOYS[4:], "--method", "bayes-flat")
"""Eight shards, each of a quarter of a minute."""
FELDMAN_COUSINS = (
    *("coverage", "mine.toml", "-n", "24", "--seed", "1", "--sigmas", "0,1"),
    *("--methods", "qtilde,feldman-cousins"),
)
PATIENCE_S = 300.0

Wait = Callable[..., None]


def nuem(*words: str, code: int = 0) -> str:
    """The command in a process of its own; what it prints."""
    done = subprocess.run([*NUEM, *words], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == code, (words, done.stderr)
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def experiment(work: Path) -> Path:
    """The folder with ``mine.toml`` of the recipe in it."""
    nuem("init", "gemma-2012", "-o", "mine.toml")
    text = (work / "mine.toml").read_text()
    (work / "mine.toml").write_text(re.sub(r"bin_width_kev = \S+", "bin_width_kev = 5.8", text))
    return work


def recipe(words: tuple[str, ...], study: str, n_jobs: int) -> str:
    """The job script of the page, for a command, with the places of this machine."""
    script = re.search(r"```sh\n(#!/bin/sh\n#SBATCH.*?)```", PAGE.read_text(), re.S)
    assert script is not None
    text = script[1]
    for old, new in (
        ("--array=1-20", f"--array=1-{n_jobs}"),
        ("$SLURM_ARRAY_TASK_ID/20", f"$SLURM_ARRAY_TASK_ID/{n_jobs}"),
        (". /home/me/my-env/bin/activate\n", ""),
        ("toys mine.toml -n 10000000 --seed 7", " ".join(words)),
        ("-o /scratch/me/study", f"-o {study}"),
    ):
        assert old in text, f"{PAGE}: {old} expected"
        text = text.replace(old, new)
    Path("job.sh").write_text(text)
    return "job.sh"


def shards_of(study: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(study, "shards").iterdir()}


def same_as_local(study: str, words: tuple[str, ...]) -> bool:
    nuem(*words, "-o", "local", "--workers", "1", "--quiet")
    return shards_of(study) == shards_of("local")


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*NUEM, *words, "--quiet"], stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("words", [TOYS, FELDMAN_COUSINS], ids=["toys", "feldman-cousins"])
def test_an_array_of_jobs(slurm: Any, experiment: Path, words: tuple[str, ...]) -> None:
    slurm("sbatch", "--wait", recipe(words, "study", 4))
    assert json.loads(nuem("study", "study", "--json"))["complete"]
    nuem("merge", "study", "-o", "study.h5")
    assert same_as_local("study", words)


@pytest.mark.parametrize("words", [TOYS, FELDMAN_COUSINS], ids=["toys", "feldman-cousins"])
def test_dask_starts_the_jobs(
    slurm: Any, experiment: Path, words: tuple[str, ...], wait_until: Wait
) -> None:
    nuem(*words, "-o", "study", "--dask", "slurm", "--quiet")
    assert same_as_local("study", words)
    wait_until(lambda: not slurm.jobs(), "the jobs to end")


def test_cancelled_jobs_of_an_array(slurm: Any, experiment: Path, wait_until: Wait) -> None:
    """What was finished is kept, ``merge`` says what is missing, and the array goes on."""
    job = slurm("sbatch", "--parsable", recipe(LONG, "study", 2)).strip()
    wait_until(lambda: list(Path("study").glob("shards/*.h5")), "a shard")
    slurm("scancel", job)
    wait_until(lambda: not slurm.jobs(), "the jobs to end")
    kept = shards_of("study")
    assert not [name for name in kept if not name.endswith(".h5")]
    assert "are missing" in nuem("merge", "study", "-o", "m.h5", code=5)
    job = slurm("sbatch", "--parsable", "job.sh").strip()
    wait_until(lambda: len(list(Path("study").glob("shards/*.h5"))) > len(kept), "another shard")
    slurm("scancel", job)
    assert {name: content for name, content in shards_of("study").items() if name in kept} == kept


def test_a_cancelled_worker_of_dask(slurm: Any, experiment: Path, wait_until: Wait) -> None:
    """Its shard is made by another, in a job that is started for it."""
    process = started(*LONG, "-o", "study", "--dask", "slurm")
    try:
        wait_until(lambda: list(Path("study").glob("shards/*.h5")), "a shard")
        for job in slurm.running()[:1]:
            slurm("scancel", job)
        assert process.wait(PATIENCE_S) == 0, process.communicate()
    finally:
        process.kill()
        process.communicate()
    assert json.loads(nuem("study", "study", "--json"))["complete"]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_a_client_that_ends(name: str, slurm: Any, experiment: Path, wait_until: Wait) -> None:
    """Its jobs end, what was finished is kept, and a signal that can be heard is told of."""
    process = started(*LONG, "-o", "study", "--dask", "slurm")
    try:
        wait_until(lambda: list(Path("study").glob("shards/*.h5")), "a shard")
        process.send_signal(getattr(signal, name))
        _, said = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    if name == "SIGKILL":
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130, said
        assert re.fullmatch(r"nuem: interrupted; \d+ of \d+ shards are in study: .*", said.strip())
    wait_until(lambda: not slurm.jobs(), "the jobs to end")
    content = json.loads(nuem("study", "study", "--json"))
    assert content["n_done"] > 0
    assert not list(Path("study").rglob("*.damaged"))


def test_a_job_that_is_refused(experiment: Path) -> None:
    os.environ["DASK_JOBQUEUE__SLURM__QUEUE"] = "nowhere"
    try:
        said = nuem(*TOYS, "-o", "study", "--dask", "slurm", "--quiet", code=5)
    finally:
        del os.environ["DASK_JOBQUEUE__SLURM__QUEUE"]
    assert said.startswith("nuem: a job for slurm was refused: ")
    assert "nvalid partition" in said
    assert said.count("\n") == 1
