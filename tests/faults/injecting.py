"""Every command that writes, with the n-th system call of a kind failing: once, or from then on.

    LD_PRELOAD=LIBRARY python tests/faults/injecting.py FOLDER [--every N] [--commands NAME...]

LIBRARY is ``injection.c`` compiled; --kinds chooses among the calls.  Calls count whose file is in
the folder of the command: what it reads, what it writes, and its standard output.  A process that
has everything imported forks for each injection; the child runs one command in a folder of old
results and of what killed writers left.  Each outcome is held to this: one of the exit codes for
it, one line on standard error where it is not 0, no traceback and no hang; every old file whole,
old or new; with exit code 0 every result and every word as without the fault; and what is left
over gone after the command was run once more.  The figures and the
complaints of a command go to ``FOLDER/figures/COMMAND.json`` as soon as it is done.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import gc
import json
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

from injection_table import KINDS

import scripts.cli
from analysis.published import reproduction
from analysis.studies.plans import toy_plan
from sim.integrity.kernel_cache import guard_kernel_cache

ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "ENOLCK", "ESTALE", "EMFILE")
LASTING = ("ENOSPC", "EROFS", "EACCES")
"""Errors that stay, besides those of one call."""
LONGEST_S = 120
CODES = {0: "done", 5: "ended in a line", 6: "partial"}
"""Exit codes of a failing system, and what they mean."""
OUTPUT = "output"
"""File of standard output in the command's folder."""

SMALL = ("gemma-2012", "--set", "analysis.bin_width_kev=5.8")
TOYS = ("toys", *SMALL, "-n", "30", "--seed", "7", "--workers", "1", "--quiet")
COMMANDS: dict[str, tuple[str, ...]] = {
    "init": ("init", "gemma-2012", "-o", "{}/mine.toml", "--force"),
    "schema": ("schema", "-o", "{}/schema.json", "--force"),
    "validate": ("validate", "{}/tables.toml"),
    "limit": ("limit", "{}/tables.toml"),
    "fit": ("fit", "{}/in.h5", "--json"),
    "spectrum": ("spectrum", *SMALL, "-o", "{}/a.h5", "--csv", "--force"),
    "toys": (*TOYS, "-o", "{}/study"),
    "scan": (
        *("scan", *SMALL, "--vary", "detector.threshold_kev=2.8,3.5", "--workers", "1"),
        *("--quiet", "-o", "{}/scan"),
    ),
    "coverage": (
        *("coverage", *SMALL, "-n", "20", "--seed", "1", "--sigmas", "0", "--methods", "qtilde"),
        *("--workers", "1", "--quiet", "-o", "{}/coverage"),
    ),
    "study": ("study", "{}/done", "-o", "{}/s.svg", "--force"),
    "merge": ("merge", "{}/done", "-o", "{}/m.h5", "--force"),
    "report": (*("report", "{}/in.h5", "--study", "{}/done", "-o", "{}/r.html", "--force"),),
    "export pyhf": ("export", "{}/in.h5", "--format", "pyhf", "-o", "{}/e.json", "--force"),
    "export csv": ("export", "{}/in.h5", "--format", "csv", "-o", "{}/e.csv", "--force"),
    "export hepdata": ("export", "{}/in.h5", "--format", "hepdata", "-o", "{}/hd", "--force"),
    "import": ("import", "pyhf", "{}/in.json", "-o", "{}/got.toml", "--force"),
    "plot": ("plot", "rate", "{}/tables.toml", "-o", "{}/rate.pdf", "--force"),
    "contour": (
        *("contour", "{}/in.h5", "--parameters", "mu_nu,q_nu", "--points", "5"),
        *("-o", "{}/p.svg", "--force"),
    ),
    "quenching": ("quenching", "Ge", "-o", "{}/q.svg", "--force"),
    "orbitals": ("orbitals", "Ge", "--known", "-o", "{}/orbitals.csv", "--force"),
    "prospects": ("prospects", *SMALL, "-o", "{}/pro.svg", "--force"),
    "explore": ("explore", *SMALL, "--threshold-kev", "2.8", "-o", "{}/x.html", "--force"),
    "reproduce": (
        *("reproduce", *SMALL, "--set", "variant=[]", "--toys", "0", "-o", "{}/rep", "--force"),
        *("--pages", "{}/pages"),
    ),
}
EVERY = {
    **dict.fromkeys(("plot", "quenching", "contour"), 2),
    "coverage": 3,
    **dict.fromkeys(("study", "prospects"), 5),
    "scan": 6,
    **dict.fromkeys(("export hepdata", "report", "reproduce"), 7),
}
"""Commands that compute or draw: of their faults only every n-th.

A call is made to fail in ``len(ERRORS) + len(LASTING)`` = 11 ways: no multiple of 11, or there is
one way only.
"""
WRITING = ".writing"
"""End of the names of temporary files."""
UNDONE = ("study", "scan", "coverage")
"""Studies of which one shard is still to be made."""
TABLES = {
    "tables.toml": """name = "t"
reactor = { thermal_power_gw = 3.0, baseline_m = 15.0 }
exposure = { on_days = 100.0, off_days = 50.0 }
analysis = { window_kev = [0.3, 0.7], bin_width_kev = 0.1 }
data = { on = "on.csv", off = "off.csv" }
[detector]
material = "Ge"
mass_kg = 2.0
threshold_kev = 0.3
min_ionization_kev = 0.003
resolution = { noise_fwhm_kev = 0.1 }
efficiency = { model = "table", file = "efficiency.csv" }
[[background]]
name = "b"
shape = "flat"
rate_per_kev_kg_day = 20.0
""",
    "on.csv": "low_kev,high_kev,counts\n0.3,0.4,400\n0.4,0.5,410\n0.5,0.6,390\n0.6,0.7,400\n",
    "off.csv": "low_kev,high_kev,counts\n0.3,0.4,200\n0.4,0.5,205\n0.5,0.6,195\n0.6,0.7,200\n",
    "efficiency.csv": "energy_kev,efficiency\n0,0.5\n0.5,0.9\n1,0.95\n",
}
DATES = re.compile(rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
SEAL = re.compile(rb"\nnuem-sha256:[0-9a-f]{64}\n$")


class Injector:
    """The preloaded library."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.nuem_count.restype = ctypes.c_long

    def arm(self, kind: int, at: int, number: int, folder: Path, *, onwards: bool) -> None:
        """Make a call fail; at = 0: none, count only."""
        where = os.fsencode(folder)
        self._library.nuem_inject(kind, ctypes.c_long(at), number, where, int(onwards))

    def disarm(self) -> None:
        """No call fails any more, and none is counted."""
        self.arm(-1, 0, 0, Path(), onwards=False)

    def counts(self) -> list[int]:
        """Calls of each kind since it was armed."""
        return [int(self._library.nuem_count(kind)) for kind in range(len(KINDS))]


class Course:
    """A folder of old results in which one command is run again and again."""

    def __init__(self, root: Path, inputs: Path, words: tuple[str, ...], injector: Injector):
        self.here, self.before = root / "here", root / "before"
        self.words = [word.replace("{}", str(self.here)) for word in words]
        self.injector, self.code = injector, 0
        shutil.copytree(inputs, self.here)
        with quiet():  # old results; here, so that the children have loaded what it takes
            assert scripts.cli.run(self.words) == 0, self.words
        for study in UNDONE:
            for shard in sorted((self.here / study / "shards").glob("*.h5"))[:1]:
                shard.unlink()
        self._leave_dead_writers(contents(inputs))
        gc.freeze()  # what children share with this process need not be looked at in each
        shutil.copytree(self.here, self.before)
        self.untouched = contents(self.before)
        self.old = {n: c for n, c in self.untouched.items() if not n.endswith(WRITING)}
        self.counts = self._without_a_fault()
        self.results, self.words_said = contents(self.here), self._said()
        self.fresh()
        assert self._without_a_fault() == self.counts, self.words
        assert contents(self.here) == self.results, self.words

    def fresh(self) -> None:
        """The folder as it was before the command."""
        shutil.rmtree(self.here, ignore_errors=True)
        shutil.copytree(self.before, self.here)

    def run(self, kind: int = 0, at: int = 0, number: int = 0, *, onwards: bool = False) -> str:
        """What is wrong with one run, with a fault or without; "" for nothing."""
        child = os.fork()
        if child == 0:
            self._child(kind, at, number, onwards=onwards)
        status = waited(child)
        if status is None:
            return "hangs"
        self.code = os.waitstatus_to_exitcode(status)
        said = (self.here.parent / "stderr").read_text(errors="replace")
        if "Traceback" in said or "Exception ignored" in said or self.code not in CODES:
            return f"exit code {self.code}: {said[-600:]}"
        lines = said.splitlines()
        if self.code and (len(lines) != 1 or not lines[0].startswith("nuem: ")):
            return f"exit code {self.code}, not one line: {said[:400]}"
        return ""

    def damage(self) -> str:
        """An old file that is lost or torn; with exit code 0 a result or words that are wrong."""
        now = contents(self.here)
        for name, content in self.old.items():
            if name not in now:
                return f"{name} is gone"
            if now[name] not in (content, self.results[name]):
                return f"{name} is torn"
        if self.code == 0:
            wrong = [name for name, content in self.results.items() if now.get(name) != content]
            if wrong:
                return f"exit code 0 with a wrong {wrong[0]}"
            if self._said() != self.words_said:
                return f"exit code 0 with other words: {self._said()[-400:]!r}"
        return ""

    def left_over(self) -> str:
        """What a second run, without a fault, does not remove or finish."""
        now = contents(self.here)
        if now in (self.untouched, self.old, self.results):  # from the first it gave the results
            return ""
        wrong = self.run()
        if wrong or self.code:
            return f"once more: {wrong or self.code}"
        now = contents(self.here)
        over = sorted(now.keys() - self.results.keys())
        other = [name for name, content in self.results.items() if now.get(name) != content]
        return f"once more: left over {over}, missing or other {other}" if over or other else ""

    def _leave_dead_writers(self, inputs: dict[str, bytes]) -> None:
        """Beside each result what a writer leaves that is killed, for the command to remove."""
        for name in contents(self.here).keys() - inputs.keys():
            path = self.here / name
            if path.is_file():
                path.with_name(f".{path.name}.dead{WRITING}").write_bytes(b"half")

    def _without_a_fault(self) -> list[int]:
        wrong = self.run()
        assert not wrong, (self.words, wrong)
        assert self.code == 0, (self.words, (self.here.parent / "stderr").read_text())
        found: list[int] = json.loads((self.here.parent / "counts").read_text())
        return found

    def _said(self) -> bytes:
        return canonical((self.here / OUTPUT).read_bytes())

    def _child(self, kind: int, at: int, number: int, *, onwards: bool) -> NoReturn:
        """The command as users run it, with its output in the folder."""
        code = 70
        try:
            streams = ((self.here / OUTPUT, 1), (self.here.parent / "stderr", 2))
            for path, descriptor in streams:
                opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(opened, descriptor)
                os.close(opened)
            sys.argv = ["nuem", *self.words]
            self.injector.arm(kind, at, number, self.here, onwards=onwards)
            try:
                scripts.cli.main()
            except SystemExit as stop:
                code = int(stop.code or 0)
            counts = self.injector.counts()
            self.injector.disarm()
            (self.here.parent / "counts").write_text(json.dumps(counts))
        except BaseException:
            self.injector.disarm()
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


@contextmanager
def quiet() -> Iterator[None]:
    """Without standard output."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        yield


def waited(child: int) -> int | None:
    """Status of a child; None, and it is killed, if it takes too long."""
    previous = signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(LONGEST_S)
    status = os.waitpid(child, 0)[1]
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)
    return None if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else status


def contents(folder: Path) -> dict[str, bytes]:
    """Files and folders by name, but for dates; standard output is none of them."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    found.pop(OUTPUT, None)
    return {n: canonical(p.read_bytes()) if p.is_file() else b"" for n, p in found.items()}


def canonical(content: bytes) -> bytes:
    """Content without dates, and without the seal of such a content."""
    return SEAL.sub(b"", DATES.sub(b"date", content))


def faults(
    counts: list[int], every: int, kinds: Sequence[str]
) -> Iterator[tuple[int, int, str, bool]]:
    """Kind, place, error and whether it lasts, of every N-th fault."""
    place = 0
    for kind, count in enumerate(counts):
        if KINDS[kind] not in kinds:
            continue
        for at in range(1, count + 1):
            for name in ERRORS:
                for onwards in (False, True) if name in LASTING else (False,):
                    place += 1
                    if place % every == 0:
                        yield kind, at, name, onwards


def prepare(folder: Path, commands: list[str]) -> None:
    """What commands read: an experiment with tables, a study, spectra and a likelihood."""
    folder.mkdir(parents=True)
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    words_of_all = [word for name in commands for word in COMMANDS[name]]
    if not any(word.startswith(("{}/done", "{}/in.")) for word in words_of_all):
        return
    spectra = str(folder / "in.h5")
    for words in (
        [*TOYS, "-o", str(folder / "done")],
        ["spectrum", *SMALL, "-o", spectra],
        ["export", spectra, "--format", "pyhf", "-o", str(folder / "in.json")],
    ):
        assert scripts.cli.run(words) == 0, words


def injected(course: Course, every: int, kinds: Sequence[str]) -> dict[str, Any]:
    """Outcomes by kind of call and error, and a complaint for each that did harm."""
    outcomes: dict[str, dict[str, dict[str, int]]] = {}
    complaints = []
    for kind, at, error, onwards in faults(course.counts, every, kinds):
        course.fresh()
        wrong = course.run(kind, at, getattr(errno, error), onwards=onwards) or course.damage()
        outcome = CODES.get(course.code, "wrong")
        wrong = wrong or course.left_over()
        how = f"{error}, lasting" if onwards else error
        counted = outcomes.setdefault(KINDS[kind], {}).setdefault(how, {})
        counted["wrong" if wrong else outcome] = counted.get("wrong" if wrong else outcome, 0) + 1
        if wrong:
            complaints.append(f"{KINDS[kind]} {at}, {how}: {wrong}")
    return {"outcomes": outcomes, "complaints": complaints}


def main() -> None:
    """Inject faults into every command, and store what came of it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--commands", nargs="*", default=list(COMMANDS))
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    given = parser.parse_args()
    os.umask(0o022)
    guard_kernel_cache()
    toy_plan.SHARD_SIZE = 10  # so that small studies have several shards
    reproduction.GAUSSIAN_TOYS = 50  # bands of reproduce, without which it is thrice as fast
    injector, folder = Injector(), given.folder.resolve()
    figures = folder / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    if not (folder / "inputs").exists():
        with quiet():
            prepare(folder / "inputs", given.commands)
    for name in given.commands:
        root = folder / name.replace(" ", "-")
        course = Course(root, folder / "inputs", COMMANDS[name], injector)
        found = injected(course, given.every * EVERY.get(name, 1), given.kinds)
        (figures / f"{name}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
