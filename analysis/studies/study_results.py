"""Results of a study: the arrays of all finished shards together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from analysis.studies.plans.plan import Plan
from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.shard_files import Shard, verified_shards
from analysis.studies.study import MERGED_FORMAT, MERGED_VERSION, read_plan
from sim import hdf5
from sim.hdf5 import StoreError

ITEM, SHARDS = "item", "shards"
"""In a merged file: the items, and the numbers of each shard."""


@dataclass(frozen=True, slots=True, eq=False)
class StudyResults:
    """All finished items in order: their indices (n,), the arrays by name, a hash of it all.

    unreadable: a line for each shard that is there and that the system does not let be read.
    """

    plan: Plan
    items: npt.NDArray[np.int64]
    arrays: Mapping[str, npt.NDArray[Any]]
    content_sha256: str
    unreadable: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True if no item is missing."""
        return self.items.size == self.plan.n_items


def study_results(folder: Path, names: Iterable[str] | None = None) -> StudyResults:
    """Named arrays (all by default) of all verified shards of a study.

    Raises
    ------
    StoreError
        if the folder holds no study.
    """
    plan = read_plan(folder)
    wanted = None if names is None else set(names)
    items: list[npt.NDArray[np.int64]] = []
    parts: dict[str, list[npt.NDArray[Any]]] = {}
    content = ContentHash(plan)
    unreadable: dict[int, str] = {}
    for index, shard in finished_shards(folder, plan, unreadable):
        content.add(index, shard)
        items.append(np.arange(*plan.item_range(index)))
        for name, values in shard.arrays.items():
            if wanted is None or name in wanted:
                parts.setdefault(name, []).append(values)
    return StudyResults(
        plan=plan,
        items=np.concatenate(items) if items else np.zeros(0, dtype=np.int64),
        arrays={name: np.concatenate(values) for name, values in parts.items()},
        content_sha256=content.hexdigest(),
        unreadable=tuple(unreadable.values()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class StudyContents:
    """What the finished shards of a study hold, without holding it.

    arrays: type and shape of one item of each.  content_sha256 is that of ``StudyResults``.
    """

    plan: Plan
    shards: tuple[int, ...]
    n_items: int
    arrays: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]
    content_sha256: str
    unreadable: tuple[str, ...] = ()


def study_contents(folder: Path) -> StudyContents:
    """What all verified shards of a study hold, read one by one.

    Raises
    ------
    StoreError
        if the folder holds no study.
    """
    plan = read_plan(folder)
    content, n_items = ContentHash(plan), 0
    shards: list[int] = []
    arrays: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {}
    unreadable: dict[int, str] = {}
    for index, shard in finished_shards(folder, plan, unreadable):
        content.add(index, shard)
        shards.append(index)
        first, end = plan.item_range(index)
        n_items += end - first
        for name, values in shard.arrays.items():
            known = arrays.get(name, (values.dtype, ()))[0]
            arrays[name] = np.promote_types(known, values.dtype), values.shape[1:]
    return StudyContents(
        plan, tuple(shards), n_items, arrays, content.hexdigest(), tuple(unreadable.values())
    )


def finished_shards(
    study: Path, plan: Plan, unreadable: dict[int, str]
) -> Iterator[tuple[int, Shard]]:
    """``verified_shards`` of a folder, or those of a merged file; in order, one at a time.

    Raises
    ------
    StoreError
        if a merged file is damaged or holds a part of a shard.
    ConfigurationError, OSError
        as ``verified_shards``.
    """
    return _merged(study, plan) if study.is_file() else verified_shards(study, plan, unreadable)


def _merged(path: Path, plan: Plan) -> Iterator[tuple[int, Shard]]:
    scanned = {axis.key for axis in plan.axes} if isinstance(plan, ScanPlan) else set()
    with hdf5.verified(path, MERGED_FORMAT, MERGED_VERSION) as file:
        items = file[ITEM][()]
        names = [
            name
            for name, thing in file.items()
            if isinstance(thing, h5py.Dataset) and thing.ndim and name not in {ITEM, *scanned}
        ]
        numbers = {name: thing[()] for name, thing in file.get(SHARDS, {}).items()}
        row = n_read = 0
        while row < items.size:
            index = int(items[row]) // plan.shard_size
            first, end = plan.item_range(index)
            stop = row + end - first
            if not np.array_equal(items[row:stop], np.arange(first, end)):
                raise StoreError(f"{path}: a part of shard {index} is missing")
            arrays = {name: file[name][row:stop] for name in names}
            own = {name: float(values[n_read]) for name, values in numbers.items()}
            yield index, Shard(first, arrays, own)
            row, n_read = stop, n_read + 1


class ContentHash:
    """Hash of results: the same for the same plan whatever the workers or interruptions."""

    def __init__(self, plan: Plan) -> None:
        self._digest = hashlib.sha256(plan.sha256().encode())

    def add(self, index: int, shard: Shard) -> None:
        """Take in the next shard."""
        self._digest.update(str(index).encode())
        for part in shard.digest_parts():
            self._digest.update(part)

    def hexdigest(self) -> str:
        """The hash of the shards taken in so far."""
        return self._digest.hexdigest()
