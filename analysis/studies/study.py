"""Studies: directories of immutable shards.

A study is a directory with ``study.json``, the plan, and ``shards/``, one HDF5 file for each run of
items.  A shard is a pure function of (plan, index): nothing is shared and nothing is changed, so
any number of workers, machines and interruptions leads to the same files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from analysis.studies.code import code_problem, code_sha256
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.plans.plan import PLAN_VERSION, Plan, difference
from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.plans.toy_plan import ToyPlan
from sim import hdf5
from sim.experiment import ConfigurationError, Experiment, restored_experiment
from sim.files import sweep, write_atomically
from sim.hdf5 import StoreError
from sim.sources.sources import Sources

PLAN_FILE = "study.json"
MERGED_FORMAT, MERGED_VERSION = "nuem study", 4
"""Of the file that ``analysis.studies.merging`` makes of a study."""
PLANS: dict[str, type[Plan]] = {plan.kind: plan for plan in (ToyPlan, ScanPlan, CoveragePlan)}
Content = TypeVar("Content")
_MAX_PLAN_BYTES = 64 * 2**20
_ONE_EXPERIMENT = 2
"""Version of plans that always had one experiment."""


def open_study(folder: Path, plan: Plan) -> None:
    """Make the directory of a study, or go on with one of the same plan.

    Raises
    ------
    ConfigurationError
        if the directory holds a study of another plan.
    OSError
        if it cannot be made or written.
    """
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    sweep(folder)
    if (folder / PLAN_FILE).exists():
        known = read_plan(folder)
        if known.sha256() != plan.sha256():
            if known.resized(plan.shard_size).sha256() == plan.sha256():
                check_code(folder)  # which may have had shards of another size
            raise ConfigurationError(
                f"{folder} holds a study of another configuration ({difference(known, plan)}); "
                f"choose another folder"
            )
        return
    write_atomically(folder / PLAN_FILE, plan.to_json(code_sha256()).encode())


def drop_empty(folder: Path) -> None:
    """Forget the plan of a study of which nothing was made: its folder takes any other then."""
    if not any((folder / "shards").iterdir()):
        (folder / PLAN_FILE).unlink(missing_ok=True)
        (folder / "shards").rmdir()


def read_plan(folder: Path) -> Plan:
    """Plan of a study, in its folder or merged into a file.

    Raises
    ------
    StoreError
        if there is none or it is damaged.
    """
    return _read(folder, _plan)


def code_of_study(folder: Path) -> str | None:
    """Hash of the code of a study, None of one that does not say it; raises as ``read_plan``."""
    return _read(folder, _code)


def check_code(folder: Path) -> None:
    """Refuse to go on with a study of other code.

    Raises
    ------
    ConfigurationError
        with what to do, if the study was made by other code, or does not say by which.
    """
    problem = code_problem(code_of_study(folder))
    if problem is not None:
        raise ConfigurationError(f"{folder}: {problem}")


def _read(folder: Path, understood: Callable[[dict[str, Any]], Content]) -> Content:
    path = folder if folder.is_file() else folder / PLAN_FILE
    try:
        text = _merged_plan(path) if path is folder else _plan_of_folder(folder)
        return understood(json.loads(text))
    except StoreError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{path}: not a readable plan ({reason})") from None


def _plan_of_folder(folder: Path) -> str:
    path = folder / PLAN_FILE
    if not path.is_file():
        raise StoreError(f"{folder}: not a study: {PLAN_FILE} is missing")
    if path.stat().st_size > _MAX_PLAN_BYTES:
        raise StoreError(f"{path}: larger than {_MAX_PLAN_BYTES >> 20} MiB")
    return path.read_text(encoding="utf-8")


def _merged_plan(path: Path) -> str:
    """The plan inside a merged file."""
    with hdf5.verified(path, MERGED_FORMAT, MERGED_VERSION) as file:
        return hdf5.text(file["plan"])


def _code(content: dict[str, Any]) -> str | None:
    return None if content.get("code_sha256") is None else str(content["code_sha256"])


def shard_path(folder: Path, shard: int) -> Path:
    """File of a shard."""
    return folder / "shards" / f"{shard:06d}.h5"


def _plan(content: dict[str, Any]) -> Plan:
    version = content["plan_version"]
    if version not in (_ONE_EXPERIMENT, PLAN_VERSION):
        wanted = "upgrade nuem" if version > PLAN_VERSION else "run the study anew"
        raise ValueError(f"plan version {version}, not {PLAN_VERSION}: {wanted}")
    if content["kind"] not in PLANS:
        raise ValueError(f"unknown kind {content['kind']!r}")
    return PLANS[content["kind"]].restored(_sources(content), content["settings"])


def _sources(content: dict[str, Any]) -> Experiment | Sources:
    """Of plans of version 2 the one experiment; one alone and whole stays one."""
    if content["plan_version"] == _ONE_EXPERIMENT:
        content = {"sources": [{"label": "", **content["experiment"]}]}
    found = Sources(
        tuple(
            (str(one["label"]), restored_experiment(one["resolved"], one["source"], one["files"]))
            for one in content["sources"]
        ),
        tuple(map(str, content.get("detectors", ()))),
        tuple(map(str, content.get("periods", ()))),
    )
    return found.whole or found
