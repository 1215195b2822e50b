"""Toy studies: the plan of a study, and its directory of immutable shards.

A study is a directory with ``study.json``, the plan, and ``shards/``, one HDF5 file for each run of
toys.  A shard is a pure function of (plan, index): nothing is shared and nothing is changed, so
any number of workers, machines and interruptions leads to the same files.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from sim.experiment import ConfigurationError, Experiment, restored_experiment
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.parameters import NeutrinoParameters

PLAN_FILE = "study.json"
PLAN_VERSION = 1
SHARD_SIZE = 65_536
_MAX_PLAN_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What a study does: toys of an experiment at a truth, each fitted for one parameter.

    The random stream of a toy is keyed by (seed, point, toy index).
    """

    experiment: Experiment
    parameter: str
    n_toys: int
    seed: int
    truth: NeutrinoParameters = field(default_factory=NeutrinoParameters)
    method: str = "qtilde"
    cl: float = 0.90
    treatment: str = "off-joint"
    point: int = 0
    keep_spectra: bool = False
    shard_size: int = SHARD_SIZE

    @property
    def n_shards(self) -> int:
        """Number of shards; the last one may be shorter."""
        return -(-self.n_toys // self.shard_size)

    def toy_range(self, shard: int) -> tuple[int, int]:
        """First toy of a shard, and the one after its last."""
        first = shard * self.shard_size
        return first, min(first + self.shard_size, self.n_toys)

    def to_json(self) -> str:
        """The plan in a fixed form."""
        content: dict[str, Any] = {
            "plan_version": PLAN_VERSION,
            "experiment": {
                "resolved": self.experiment.canonical_json(),
                "source": self.experiment.source,
                "files": dict(self.experiment.files),
            },
            "truth": {f.name: getattr(self.truth, f.name) for f in fields(self.truth)},
            **{name: getattr(self, name) for name in _PLAIN},
        }
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    def sha256(self) -> str:
        """Hash of everything that the toys and fits depend on."""
        content = [self.experiment.sha256(), repr(self.truth)]
        content += [repr(getattr(self, name)) for name in _PLAIN]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


_PLAIN = (
    "parameter",
    "n_toys",
    "seed",
    "method",
    "cl",
    "treatment",
    "point",
    "keep_spectra",
    "shard_size",
)


def open_study(folder: Path, plan: StudyPlan) -> None:
    """Make the directory of a study, or go on with one of the same plan.

    Raises
    ------
    ConfigurationError
        if the directory holds a study of another plan.
    OSError
        if it cannot be made or written.
    """
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    if (folder / PLAN_FILE).exists():
        known = read_plan(folder)
        if known.sha256() != plan.sha256():
            raise ConfigurationError(
                f"{folder} holds a study of another configuration ({_difference(known, plan)}); "
                f"choose another folder"
            )
        return
    write_atomically(folder / PLAN_FILE, plan.to_json().encode())


def read_plan(folder: Path) -> StudyPlan:
    """Plan of a study directory.

    Raises
    ------
    StoreError
        if there is none or it is damaged.
    """
    path = folder / PLAN_FILE
    if not path.is_file():
        raise StoreError(f"{folder}: not a study: {PLAN_FILE} is missing")
    if path.stat().st_size > _MAX_PLAN_BYTES:
        raise StoreError(f"{path}: larger than {_MAX_PLAN_BYTES >> 20} MiB")
    try:
        return _plan(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{path}: not a readable plan ({reason})") from None


def shard_path(folder: Path, shard: int) -> Path:
    """File of a shard."""
    return folder / "shards" / f"{shard:06d}.h5"


def _difference(known: StudyPlan, plan: StudyPlan) -> str:
    """The first thing in which two plans differ, for people."""
    for name in (*_PLAIN, "truth"):
        before, now = getattr(known, name), getattr(plan, name)
        if before != now:
            return f"{name} is {before} there, {now} here"
    return "its experiment differs"


def _plan(content: dict[str, Any]) -> StudyPlan:
    if content["plan_version"] > PLAN_VERSION:
        raise ValueError(f"plan version {content['plan_version']} is newer; upgrade nuem")
    stored, truth = content["experiment"], content["truth"]
    return StudyPlan(
        experiment=restored_experiment(stored["resolved"], stored["source"], stored["files"]),
        truth=NeutrinoParameters(
            mu_nu=truth["mu_nu"],
            q_nu=truth["q_nu"],
            r2_nu=truth["r2_nu"],
            transition_q=tuple(truth["transition_q"]),
            transition_r2=tuple(truth["transition_r2"]),
        ),
        **{name: content[name] for name in _PLAIN},
    )
