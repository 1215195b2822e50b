"""Studies killed at random moments and resumed until they are done, beside one left alone.

    python tests/faults/killing.py FOLDER --kills one=20 group=2 worker=2 parent=2 [--seed S]

``one``: the process of a study.  ``group``: a study on two worker processes, all of them at once.
``worker``: only one of its workers.  ``parent``: only the process that started them.  The moment is
a random number of finished shards and some milliseconds, and for ``one`` every other time
anywhere from its first instruction on.  After every kill, each shard that had been reported as
finished must be there with the bytes of the reference, and nothing else but temporary files of
dead writers.  Prints the figures of each way as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.processes import WorkerLostError
from analysis.studies.merging import merge_study
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.study import open_study
from analysis.studies.workers import run_study
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment

LONGEST_RUN_S = 120


@dataclass
class Figures:
    """Kills that hit a running study, and what they did."""

    kills: int = 0
    studies: int = 0
    acknowledged: int = 0
    lost: int = 0
    torn: int = 0
    orphans: int = 0
    left_behind: int = 0
    differing_merges: int = 0


def small_plan() -> ToyPlan:
    """24 shards of some milliseconds each."""
    experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"])
    truth = NeutrinoParameters(mu_nu=6e-11)
    return ToyPlan(experiment, "mu_nu", n_toys=2400, seed=7, truth=truth, shard_size=100)


def shards(folder: Path) -> dict[str, bytes]:
    """Everything in the shards' folder except temporary files."""
    files = (folder / "shards").iterdir() if (folder / "shards").is_dir() else ()
    return {file.name: file.read_bytes() for file in files if not file.name.startswith(".")}


class Victim:
    """A study in a process group of its own, which writes a byte for every finished shard."""

    def __init__(self, folder: Path, plan: ToyPlan, workers: int) -> None:
        self._reports, writing = os.pipe()
        self.count = 0
        self.status: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._reports)
            os.setpgid(0, 0)
            _run(folder, plan, workers, lambda toys: os.write(writing, b"."))
        os.close(writing)
        os.setpgid(self.pid, self.pid)
        os.set_blocking(self._reports, False)

    def wait(self, seconds: float, until: float = float("inf")) -> bool:
        """Whether it ended by itself within this time and number of reports."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.reported() < until:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
            select.select([], [], [], 0.001)
        return False

    def reported(self) -> int:
        """Shards that it reported as finished."""
        with suppress(BlockingIOError):
            self.count += len(os.read(self._reports, 2**16))
        return self.count

    def collect(self) -> None:
        """Its exit status and last reports."""
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.reported()
        os.close(self._reports)

    def children(self) -> list[int]:
        """Its worker processes."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        pids = [int(word) for word in path.read_text().split()]
        return [pid for pid in pids if b"spawn_main" in _command_line(pid)]


def _run(folder: Path, plan: ToyPlan, workers: int, report: Callable[[int], object]) -> None:
    code = 1
    try:
        open_study(folder, plan)
        run_study(folder, plan, workers, progress=lambda toys: (report(toys), None)[1])
        code = 0
    except WorkerLostError:
        code = 6
    finally:
        os._exit(code)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _alive(group: int) -> list[int]:
    """Processes of a group that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, its_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(its_group) == group and state != "Z":
                found.append(int(entry.name))
    return found


class Torture:
    """Kills studies, one after the other, until there were enough kills of each kind."""

    def __init__(self, folder: Path, kills: dict[str, int], seed: int) -> None:
        self.folder = folder
        self.left = kills
        self.random = random.Random(seed)
        self.plan = small_plan()
        self.figures = {how: Figures() for how in kills}
        reference = folder / "reference"
        open_study(reference, self.plan)
        start = time.monotonic()
        run_study(reference, self.plan)
        self.duration_s = 2 * (time.monotonic() - start)
        merge_study(reference, folder / "reference.h5")
        self.shards = shards(reference)
        self.merged = (folder / "reference.h5").read_bytes()

    def run(self) -> None:
        """Studies until as many kills as wanted hit a running one."""
        n_studies = 0
        while any(self.left.values()):
            study = self.folder / f"study-{n_studies}"
            how = self._study(study)
            merge_study(study, study / "merged.h5")
            self.figures[how].studies += 1
            self.figures[how].differing_merges += (study / "merged.h5").read_bytes() != self.merged
            self.figures[how].left_behind += sum(p.name.startswith(".") for p in study.rglob("*"))
            n_studies += 1

    def _study(self, folder: Path) -> str:
        """One study to its end; returns how it was killed last."""
        last = next(iter(self.figures))
        while True:
            wanted = [how for how, left in self.left.items() if left]
            how = self.random.choice(wanted) if wanted else last
            if not self._hit(folder, how, spare=not wanted):
                return last
            last = how

    def _hit(self, folder: Path, how: str, *, spare: bool) -> bool:
        """One run that is killed at a random moment; False if it ended before."""
        before = shards(folder)
        victim = Victim(folder, self.plan, workers=1 if how == "one" else 2)
        if spare:
            ended = victim.wait(LONGEST_RUN_S)
        elif how == "one" and self.random.random() < 0.5:
            ended = victim.wait(self.random.uniform(0, self.duration_s))
        else:
            ended = victim.wait(LONGEST_RUN_S, until=len(before) + self.random.randint(0, 6))
            ended = ended or victim.wait(self.random.uniform(0, 0.03))
        if not ended:
            self._kill(victim, how)
        victim.collect()
        self._verify(folder, before, victim.count, self.figures[how])
        if ended and victim.status != 0:
            raise SystemExit(f"a study that nobody killed ended with {victim.status}")
        if not ended:
            self.figures[how].kills += 1
            self.left[how] -= 1
        return not ended

    def _kill(self, victim: Victim, how: str) -> None:
        children = victim.children() if how == "worker" else []
        if how == "parent":
            os.kill(victim.pid, signal.SIGKILL)
            end = time.monotonic() + LONGEST_RUN_S
            while _alive(victim.pid) and time.monotonic() < end:
                time.sleep(0.02)
            self.figures[how].orphans += len(_alive(victim.pid))
        elif children:
            os.kill(self.random.choice(children), signal.SIGKILL)
            if not victim.wait(LONGEST_RUN_S):
                raise SystemExit("a study without one of its workers hangs")
        else:
            os.killpg(victim.pid, signal.SIGKILL)

    def _verify(
        self, folder: Path, before: dict[str, bytes], reported: int, figures: Figures
    ) -> None:
        """Nothing that was there or reported is gone, and each shard is that of the reference."""
        after = shards(folder)
        figures.acknowledged += max(reported - len(before), 0)
        figures.lost += len(before.keys() - after.keys()) + max(reported - len(after), 0)
        figures.torn += sum(self.shards.get(name) != data for name, data in after.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", nargs="+", default=["one=20"], metavar="HOW=N")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kills = {how: int(n) for how, _, n in (words.partition("=") for words in given.kills)}
    torture = Torture(given.folder, kills, given.seed)
    torture.run()
    json.dump({how: asdict(found) for how, found in torture.figures.items()}, sys.stdout)


if __name__ == "__main__":
    main()
