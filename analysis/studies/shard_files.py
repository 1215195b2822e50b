"""Files of shards: the arrays of a stretch of a study, stored whole and verified when read."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from analysis.studies.plans.plan import Plan
from analysis.studies.study import shard_path
from analysis.studies.study_arrays import describe_arrays
from sim import hdf5
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.store import provenance

_LOG = logging.getLogger("nuem.study")
FORMAT = "nuem shard"
SCHEMA_VERSION = 3


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Results of consecutive items: arrays by name, the items along their first axis, and numbers.

    first_item: the index of the first item in the study.
    """

    first_item: int
    arrays: Mapping[str, npt.NDArray[Any]]
    attributes: Mapping[str, float] = field(default_factory=dict)

    def digest_parts(self) -> list[bytes]:
        """The content of the arrays in a fixed order, for a hash of the results."""
        return [
            part
            for name in sorted(self.arrays)
            for part in (name.encode(), np.ascontiguousarray(self.arrays[name]).tobytes())
        ]


def shard_image(plan: Plan, index: int, shard: Shard) -> bytes:
    """The bytes of a shard's file; the same for the same plan, index and versions."""

    def fill(file: h5py.File) -> None:
        for name, values in shard.arrays.items():
            file.create_dataset(name, data=np.ascontiguousarray(values))
        describe_arrays(file, plan)
        for name, value in shard.attributes.items():
            file.attrs[name] = value

    header: dict[str, object] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "study_sha256": plan.sha256(),
        "shard": index,
        "first_item": shard.first_item,
        "versions": provenance()["versions"],
    }
    return hdf5.image(header, fill)


def write_shard(folder: Path, plan: Plan, index: int, shard: Shard) -> None:
    """Store a shard; the file is whole or not there."""
    write_atomically(shard_path(folder, index), shard_image(plan, index, shard))


def read_shard(folder: Path, plan: Plan, index: int) -> Shard:
    """Read and verify a shard.

    Raises
    ------
    StoreError
        if it is missing, damaged, of another study, or not of the items it should hold.
    """
    path = shard_path(folder, index)
    with hdf5.verified(path, FORMAT, SCHEMA_VERSION, _MIGRATIONS) as file:
        first, end = plan.item_range(index)
        if file.attrs["study_sha256"] != plan.sha256() or int(file.attrs["shard"]) != index:
            raise StoreError(f"{path}: the shard belongs to another study")
        arrays = {name: dataset[()] for name, dataset in file.items()}
        if any(values.shape[:1] != (end - first,) for values in arrays.values()):
            raise StoreError(f"{path}: the shard does not hold items {first} to {end - 1}")
        for name in plan.numbers:
            if arrays[name].ndim != 1 or arrays[name].dtype.kind not in _KINDS.get(name, "fbui"):
                raise StoreError(f"{path}: {name} does not hold one number an item")
        attributes = {
            name: float(value) for name, value in file.attrs.items() if name not in _HEADER
        }
        return Shard(first, arrays, attributes)


def verified_shards(
    folder: Path, plan: Plan, shards: Iterable[int] | None = None
) -> Iterator[tuple[int, Shard]]:
    """Finished shards (of all by default) in order, one at a time; damaged ones are set aside.

    A damaged file becomes ``*.damaged``, so that the next run makes the shard again.  Another
    process may have moved it, or the folder be for reading only: it then only counts as missing.
    """
    for index in _present(folder, plan) if shards is None else shards:
        path = shard_path(folder, index)
        if not path.exists():
            continue
        try:
            shard = read_shard(folder, plan, index)
        except StoreError as error:
            _LOG.warning("nuem: %s; set aside, to be made again", error)
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))
        else:
            yield index, shard


def _present(folder: Path, plan: Plan) -> list[int]:
    """Indices of the shards that have a file: a plan may be of more than can be counted."""
    names = (path.stem for path in shard_path(folder, 0).parent.glob("*.h5"))
    found = {int(name) for name in names if re.fullmatch("[0-9]{6,20}", name)}
    return sorted(index for index in found if index < plan.n_shards)


_KINDS = {"reason": "S"}
_HEADER = (
    *("format", "schema_version", "study_sha256", "shard", "first_item", "versions"),
    *("NX_class", "signal"),
)
_MIGRATIONS = {2: lambda file: None}
"""Version 2 lacked units and the default plot, which are not read."""
