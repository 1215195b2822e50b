"""File systems and surroundings that lack something: the work goes on, or ends in one line."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.studies.study import shard_path
from sim import files
from sim.files import write_atomically

Nuem = Callable[..., Any]
SMALL = ("gemma-2012", "--set", "analysis.bin_width_kev=5.8")
TOYS = ("toys", *SMALL, "-n", "40", "--seed", "7", "--workers", "1", "--quiet", "--json")
PROGRAM = (sys.executable, "-W", "ignore", "-P", "-c", "from scripts.cli import main; main()")


def failing(number: int, only: Callable[[Any], bool] = lambda _: True) -> Callable[..., Any]:
    """A call of the system that fails, for some of its first arguments."""

    def call(first: Any, *rest: Any, **words: Any) -> Any:
        if only(first):
            raise OSError(number, os.strerror(number))
        return None

    return call


# No fsync, no modes, no locks


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_folder_that_cannot_be_synced(
    number: int, nuem: Nuem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fsync of a folder is refused by CIFS, VirtualBox and some FUSE."""
    import stat

    is_folder = lambda fd: stat.S_ISDIR(os.fstat(fd).st_mode)  # noqa: E731
    monkeypatch.setattr("sim.files.os.fsync", failing(number, is_folder))
    for words in (
        ("spectrum", *SMALL, "-o", tmp_path / "a.h5"),
        (*TOYS, "-o", tmp_path / "study"),
        ("scan", *SMALL, "--vary", "detector.mass_kg=1,2", "--workers", "1", "-o", tmp_path / "s"),
    ):
        outcome = nuem(*words)
        assert outcome.code == 0, outcome


def test_what_a_disk_refuses_to_sync_is_an_error(
    nuem: Nuem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.files.os.fsync", failing(errno.EIO))
    assert nuem("spectrum", *SMALL, "-o", tmp_path / "a.h5").line.endswith("Input/output error")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.EROFS])
def test_modes_are_a_nicety(
    number: int, nuem: Nuem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """chmod is refused by CIFS, FUSE and object stores."""
    monkeypatch.setattr("sim.files.os.chmod", failing(number))
    assert nuem("spectrum", *SMALL, "-o", tmp_path / "a.h5").code == 0
    assert nuem(*TOYS, "-o", tmp_path / "study").code == 0


def test_without_locks(nuem: Nuem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.files.fcntl.flock", failing(errno.ENOLCK))
    assert nuem(*TOYS, "-o", tmp_path / "study").code == 0
    assert '"n_done": 40' in nuem("study", tmp_path / "study", "--json").out


# Links and names


def test_a_link_stays_and_its_file_is_written(nuem: Nuem, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    link, target = tmp_path / "a.h5", tmp_path / "scratch" / "real.h5"
    link.symlink_to(target)
    for _ in range(2):  # the first time it dangles
        assert nuem("spectrum", *SMALL, "-o", link, "--force").code == 0
        assert link.is_symlink()
        assert target.is_file()
    assert os.listdir(tmp_path / "scratch") == ["real.h5"]


@pytest.mark.parametrize(("length", "code"), [(255, 0), (256, 5)])
def test_long_names(length: int, code: int, nuem: Nuem, tmp_path: Path) -> None:
    path = tmp_path / ("é" * ((length - 3) // 2) + "x" * ((length - 3) % 2) + ".h5")
    outcome = nuem("spectrum", *SMALL, "-o", path)
    assert outcome.code == code
    assert code == 0 or "name too long" in outcome.line


def test_what_a_dead_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    (tmp_path / ".a.csv.12345678.writing").write_bytes(b"half")
    (tmp_path / ".b.csv.12345678.writing").write_bytes(b"another's")
    write_atomically(path, b"whole")
    assert sorted(os.listdir(tmp_path)) == [".b.csv.12345678.writing", "a.csv"]
    files.sweep(tmp_path)
    assert os.listdir(tmp_path) == ["a.csv"]


# An error of reading is not damage


@pytest.fixture
def study(nuem: Nuem, tmp_path: Path) -> Path:
    """A study of three shards."""
    from analysis.studies.plans.toy_plan import ToyPlan
    from analysis.studies.study import open_study
    from analysis.studies.workers import run_study
    from sim.experiment import load_experiment

    plan = ToyPlan(load_experiment(SMALL[0], [SMALL[2]]), "mu_nu", n_toys=30, seed=7, shard_size=10)
    folder = tmp_path / "study"
    open_study(folder, plan)
    run_study(folder, plan)
    return folder


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Callable[[set[str], int], None]:
    """Files of some names that cannot be read."""
    whole = Path.read_bytes

    def refuse(names: set[str], number: int) -> None:
        def reading(path: Path) -> bytes:
            if path.name in names:
                raise OSError(number, os.strerror(number), str(path))
            return whole(path)

        monkeypatch.setattr(Path, "read_bytes", reading)

    return refuse


READING = ("EACCES", "EAGAIN", "ENOLCK", "ESTALE", "EMFILE", "EIO")


@pytest.mark.parametrize("name", READING)
def test_a_shard_that_cannot_be_read(
    name: str,
    nuem: Nuem,
    study: Path,
    unreadable: Any,
    monkeypatch: pytest.MonkeyPatch,
    tally: Callable[..., None],
) -> None:
    """It stays; the rest is said with exit code 6; with none readable it is 5."""
    before = {path: path.read_bytes() for path in study.rglob("*.h5")}
    unreadable({"000001.h5"}, getattr(errno, name))
    outcome = nuem("study", study, "--json")
    assert outcome.code == 6
    content = json.loads(outcome.out)
    assert (content["n_done"], content["complete"]) == (20, False)
    assert content["unreadable"][0].startswith(f"{shard_path(study, 1)}: ")
    assert outcome.line.endswith("cannot be read; it is kept, and not counted")
    assert nuem("merge", study, "-o", study / "m.h5").code == 5
    assert nuem("merge", study, "-o", study / "m.h5", "--partial").code == 6
    unreadable({f"{i:06d}.h5" for i in range(3)}, getattr(errno, name))
    assert nuem("study", study).code == 5
    monkeypatch.undo()
    lost = sum(not path.exists() or path.read_bytes() != was for path, was in before.items())
    tally("a shard that cannot be read", injected=5, lost=lost)


STUDIES = {
    "toys": ("toys", *SMALL, "-n", "40", "--seed", "7"),
    "scan": ("scan", *SMALL, "--vary", "detector.threshold_kev=2.8,3.5"),
    "coverage": (
        *("coverage", *SMALL, "-n", "600", "--seed", "1", "--sigmas", "0"),
        *("--methods", "qtilde"),
    ),
}


@pytest.mark.parametrize("kind", list(STUDIES))
def test_no_figure_and_no_page_of_a_part_that_can_be_read(
    kind: str, nuem: Nuem, tmp_path: Path, unreadable: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not say how they were made: one line, exit code 5, the old ones stay."""
    monkeypatch.setattr("analysis.studies.plans.toy_plan.SHARD_SIZE", 10)
    monkeypatch.setattr("analysis.studies.plans.scan_plan._SHARD_SIZE", 1)
    study = tmp_path / "study"
    assert nuem(*STUDIES[kind], "--workers", "1", "--quiet", "-o", study).code == 0
    figure, page = tmp_path / "a.svg", tmp_path / "a.html"
    figure.write_text("old figure")
    page.write_text("old page")
    unreadable({"000001.h5"}, errno.EIO)
    for words in (
        ("study", study, "-o", figure, "--force"),
        ("report", *SMALL, "--study", study, "-o", page, "--force"),
    ):
        outcome = nuem(*words)
        assert outcome.code == 5
        assert outcome.line.endswith("cannot be read; it is kept, and not counted")
    assert (figure.read_text(), page.read_text()) == ("old figure", "old page")
    assert nuem("study", study).code == 6


def test_a_study_with_a_shard_that_cannot_be_read_goes_on(
    study: Path, monkeypatch: pytest.MonkeyPatch, unreadable: Any
) -> None:
    from analysis.studies.study import read_plan
    from analysis.studies.workers import UnreadableShardsError, run_study

    shard_path(study, 2).unlink()
    content = shard_path(study, 1).read_bytes()
    unreadable({"000001.h5"}, errno.EACCES)
    with pytest.raises(UnreadableShardsError, match=r"000001\.h5: Permission denied"):
        run_study(study, read_plan(study))
    monkeypatch.undo()
    assert shard_path(study, 2).exists()
    assert shard_path(study, 1).read_bytes() == content
    assert not list(study.rglob("*.damaged"))


def test_the_command_of_a_study_that_ends_incomplete(
    nuem: Nuem, tmp_path: Path, unreadable: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.studies.plans.toy_plan.SHARD_SIZE", 10)
    words = (*TOYS, "-o", tmp_path)
    assert nuem(*words).code == 0
    shard_path(tmp_path, 2).unlink()
    unreadable({"000001.h5"}, errno.ESTALE)
    outcome = nuem(*words)
    assert outcome.code == 6
    assert outcome.line.endswith("cannot be read; it is kept, and not counted")
    assert shard_path(tmp_path, 2).exists()
    assert shard_path(tmp_path, 1).exists()


def test_a_file_that_another_has_locked_is_read(nuem: Nuem, tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "a.h5"
    assert nuem("spectrum", *SMALL, "-o", path).code == 0
    with path.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert nuem("fit", path, "--json").code == 0


# The kernel cache


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "a byte less": lambda content: content[:-1],
    "a byte more": lambda content: content + b"\0",
    "a bit": lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
    "a bit in the middle": lambda content: (
        content[: len(content) // 2]
        + bytes([content[len(content) // 2] ^ 4])
        + content[len(content) // 2 + 1 :]
    ),
    "text": lambda content: b"not a cache\n",
    "zeros": lambda content: b"\0" * len(content),
    "another pickle": lambda content: b"\x80\x04K\x01.",
}

KERNEL = """
import math
import numba

@numba.njit(cache=True, error_model="numpy")
def cube(x):
    return x * x * x

@numba.njit(cache=True, error_model="numpy")
def root(x):
    return math.sqrt(x)
"""
CALL = (
    "from sim.integrity.kernel_cache import guard_kernel_cache; guard_kernel_cache(); "
    "import small; "
    "print(small.cube(3.0), small.root(4.0), sum(small.cube.stats.cache_hits.values()))"
)


@pytest.fixture
def kernels(tmp_path: Path, environment: dict[str, str]) -> Callable[[], str]:
    """Run two small kernels in a process of its own, with a cache in a folder."""
    (tmp_path / "small.py").write_text(KERNEL)
    paths = f"{tmp_path}{os.pathsep}{environment['PYTHONPATH']}"
    around = {**environment, "PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def call() -> str:
        done = subprocess.run(
            [sys.executable, "-c", CALL], env=around, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.strip()

    return call


def test_a_damaged_kernel_cache_is_compiled_anew(
    kernels: Callable[[], str], tmp_path: Path, torture: bool, tally: Callable[..., None]
) -> None:
    """Its index and its data, in each way; the numbers are right and the cache is mended."""
    assert kernels() == "27.0 2.0 0"
    assert kernels() == "27.0 2.0 1"
    injected = 0
    ways = DAMAGE if torture else {name: DAMAGE[name] for name in list(DAMAGE)[1::3]}
    for damage in ways.values():
        for kind in ("nbi", "nbc"):
            for path in (tmp_path / "cache").rglob(f"*.{kind}"):
                path.write_bytes(damage(path.read_bytes()))
            assert kernels() == "27.0 2.0 0"
            assert kernels() == "27.0 2.0 1"
            injected += 1
    tally("a damaged kernel cache", injected=injected)


def test_a_kernel_cache_that_cannot_be_written(
    kernels: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails when a cache is stored costs its use, and nothing else."""
    (tmp_path / "small.py").write_text(
        KERNEL
        + """
import numba.core.caching as caching

def full(*_):
    raise OSError(28, "No space left on device")

caching.IndexDataCacheFile._save_data = full
"""
    )
    assert kernels() == "27.0 2.0 0"


# Surroundings


def bare(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment with next to nothing in it."""
    kept = {name: os.environ[name] for name in ("PATH", "NUMBA_CACHE_DIR") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "TMPDIR": str(tmp_path),
        **more,
    }


def test_without_a_home(tmp_path: Path) -> None:
    """Neither HOME nor an entry in the list of users: kernels go to a folder of the user's own."""
    report = (
        "import os, pwd, sys\n"
        "def nobody(uid): raise KeyError(uid)\n"
        "pwd.getpwuid = nobody\n"
        "os.environ.pop('HOME', None); os.environ.pop('NUMBA_CACHE_DIR', None)\n"
        "from scripts.kernel_folder import use_private_folder\n"
        "assert use_private_folder()\n"
        "print(os.environ['NUMBA_CACHE_DIR'], flush=True)\n"
        "from scripts.cli import main\n"
        "sys.argv = ['nuem', 'orbitals', 'Ge', '--known', '--json']\n"
        "main()\n"
    )
    words = [sys.executable, "-P", "-c", report]
    done = subprocess.run(words, env=bare(tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kernels, _, printed = done.stdout.partition("\n")
    assert json.loads(printed)["element"] == "Ge"
    folder = Path(kernels).parent
    assert folder == tmp_path / f"nuem-{os.getuid()}"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_cache_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    report = (
        "import os\n"
        "from scripts.kernel_folder import guard_folder\n"
        "guard_folder()\n"
        "print(os.environ['NUMBA_CACHE_DIR'])\n"
    )
    around = bare(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "file" / "cache"))
    done = subprocess.run(
        [sys.executable, "-P", "-c", report], env=around, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).name.startswith("nuem-kernels-")
    assert os.listdir(tmp_path) == ["file"]  # and it is gone at the end


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_takes_no_output(unbuffered: str, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PROGRAM, "experiments"],
            env=bare(tmp_path, PYTHONUNBUFFERED=unbuffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("nuem: ")


def test_a_nearly_full_disk_does_not_cut_what_is_printed(tmp_path: Path) -> None:
    """Without a buffer Python drops what does not fit, and says nothing."""
    import resource

    path = tmp_path / "out"
    with path.open("wb") as stream:
        done = subprocess.run(
            [*PROGRAM, "schema"],
            env=bare(tmp_path, PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1"),
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        )
    assert path.stat().st_size == 1000
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_signs_that_an_encoding_lacks_are_replaced(encoding: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "explain", "flux_cm2_s"],
        env=bare(tmp_path, PYTHONIOENCODING=encoding),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    assert "cm" in text
    assert ("⁻²" in text) == (encoding == "utf-8")
