"""Two processes on one study, or on one file: both contribute, nothing is corrupted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.studies import shard_files
from analysis.studies.merging import merge_study
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_files import verified_shards
from analysis.studies.study import open_study, read_plan, shard_path
from analysis.studies.workers import run_study
from sim.experiment import load_experiment
from sim.files import sweep, write_atomically
from sim.hdf5 import StoreError

STUDY = """
import sys
from pathlib import Path
from analysis.studies.study import open_study, read_plan
from analysis.studies.workers import run_study
template, folder = map(Path, sys.argv[1:])
plan = read_plan(template)
sys.stdin.readline()
open_study(folder, plan)
run_study(folder, plan)
"""

WRITER = """
import sys
from pathlib import Path
from sim.files import sweep, write_atomically
folder, letter, times = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
sys.stdin.readline()
for _ in range(times):
    sweep(folder)
    write_atomically(folder / "a", letter * 200_000)
"""


@pytest.fixture(scope="module")
def plan() -> ToyPlan:
    experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"])
    return ToyPlan(experiment, "mu_nu", n_toys=1500, seed=7, shard_size=50)


def at_once(program: str, environment: dict[str, str], *arguments: tuple[object, ...]) -> None:
    """Run a program several times at once, from one start signal."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", program, *map(str, words)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for words in arguments
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, err = process.communicate(timeout=240)
        assert (process.returncode, err) == (0, "")


def test_one_study(
    plan: ToyPlan,
    torture: bool,
    tmp_path: Path,
    environment: dict[str, str],
    tally: Callable[..., None],
) -> None:
    alone = tmp_path / "alone"
    open_study(alone, plan)
    run_study(alone, plan)
    merge_study(alone, tmp_path / "alone.h5")
    different = rounds = 0
    for rounds in range(1, 11 if torture else 2):
        shared = tmp_path / f"shared-{rounds}"
        at_once(STUDY, environment, *[(alone, shared)] * (4 if torture else 2))
        merge_study(shared, tmp_path / "shared.h5")
        different += (tmp_path / "shared.h5").read_bytes() != (tmp_path / "alone.h5").read_bytes()
        different += len(list(shared.rglob("*"))) != len(list(alone.rglob("*")))
    tally("several processes on one study", injected=rounds, lost=different)


def test_one_file(
    torture: bool, tmp_path: Path, environment: dict[str, str], tally: Callable[..., None]
) -> None:
    """Writers of one file that sweep beside each other: it is always the whole of one of them."""
    times = 500 if torture else 30
    at_once(WRITER, environment, *[(tmp_path, letter, times) for letter in "xyz"])
    data = (tmp_path / "a").read_bytes()
    whole = any(data == letter * 200_000 for letter in (b"x", b"y", b"z"))
    left = len(list(tmp_path.iterdir())) - 1
    tally("several writers of one file", injected=3 * times, lost=left + (not whole))


def test_a_damaged_shard_that_another_process_sets_aside(
    plan: ToyPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_study(tmp_path, plan)
    path = shard_path(tmp_path, 0)
    path.write_bytes(b"damaged")

    def read_while_it_goes(*_: object) -> None:
        path.unlink()
        raise StoreError("damaged")

    monkeypatch.setattr(shard_files, "read_shard", read_while_it_goes)
    assert list(verified_shards(tmp_path, read_plan(tmp_path), {}, [0])) == []


def test_sweeping_spares_the_living(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is being written is locked; one of a dead process is not."""
    (tmp_path / ".dead.writing").write_bytes(b"x")
    (tmp_path / ".other").write_bytes(b"x")
    seen = []

    def sync(descriptor: int) -> None:
        sweep(tmp_path)
        seen.append(sorted(path.name for path in tmp_path.iterdir()))

    monkeypatch.setattr("os.fsync", sync)
    write_atomically(tmp_path / "a", b"new")
    assert len(seen[0]) == 2
    assert seen[0][0].startswith(".a.")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other", "a"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_file_swept_before_its_lock_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    lock, swept = fcntl.flock, []

    def late(descriptor: int, operation: int) -> None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        lock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", late)
    write_atomically(tmp_path / "a", b"new")
    assert len(swept) == 1
    assert (tmp_path / "a").read_bytes() == b"new"


def test_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system that has none, files are written all the same and nothing is swept."""

    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", unsupported)
    (tmp_path / ".dead.writing").write_bytes(b"x")
    write_atomically(tmp_path / "a", b"new")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dead.writing", "a"]
