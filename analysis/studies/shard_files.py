"""Files of shards: the arrays of a stretch of a study, stored whole and verified when read."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from analysis.studies.code import code_sha256
from analysis.studies.plans.plan import Plan
from analysis.studies.study import PLAN_FILE, code_of_study, shard_path
from analysis.studies.study_arrays import describe_arrays
from sim import hdf5
from sim.experiment import ConfigurationError
from sim.files import write_atomically
from sim.hdf5 import MissingFileError, StoreError
from sim.store import provenance

_LOG = logging.getLogger("nuem.study")
FORMAT = "nuem shard"
SCHEMA_VERSION = 3
_CODE = "code of nuem"


Progress = Callable[[int], None]
"""Called with the number of items that are done since it was called before."""


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Results of consecutive items: arrays by name, the items along their first axis, and numbers.

    first_item: the index of the first item in the study.  code_sha256: the hash of the code that
    made it; None if it is this one's, or not known.
    """

    first_item: int
    arrays: Mapping[str, npt.NDArray[Any]]
    attributes: Mapping[str, float] = field(default_factory=dict)
    code_sha256: str | None = None

    def digest_parts(self) -> list[bytes]:
        """The content of the arrays in a fixed order, for a hash of the results."""
        return [
            part
            for name in sorted(self.arrays)
            for part in (name.encode(), np.ascontiguousarray(self.arrays[name]).tobytes())
        ]


def no_progress(n_items: int) -> None:
    """What is called where nobody looks."""


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
        "versions": versions_of_code(),
    }
    return hdf5.image(header, fill)


def versions_of_code() -> str:
    """Versions of libraries, and the hash of the code of numbers, as JSON."""
    return json.dumps({**json.loads(str(provenance()["versions"])), _CODE: code_sha256()})


def write_shard(folder: Path, plan: Plan, index: int, shard: Shard) -> None:
    """Store a shard; the file is whole or not there."""
    path = shard_path(folder, index)
    if path.is_symlink():  # what it points to is not of this study
        path.unlink()
    write_atomically(path, shard_image(plan, index, shard), swept=True)


def read_shard(folder: Path, plan: Plan, index: int) -> Shard:
    """Read and verify a shard.

    Raises
    ------
    StoreError
        if it is missing, damaged, of another study, or not of the items it should hold.
    OSError
        if the system does not let it be read.
    """
    path = shard_path(folder, index)
    with hdf5.verified(path, FORMAT, SCHEMA_VERSION, _MIGRATIONS) as file:
        first, end = plan.item_range(index)
        if file.attrs["study_sha256"] != plan.sha256() or int(file.attrs["shard"]) != index:
            raise StoreError(f"{path}: the shard belongs to another study")
        code = json.loads(str(file.attrs["versions"])).get(_CODE)
        arrays = {name: dataset[()] for name, dataset in file.items()}
        if any(values.shape[:1] != (end - first,) for values in arrays.values()):
            raise StoreError(f"{path}: the shard does not hold items {first} to {end - 1}")
        for name in plan.numbers:
            if arrays[name].ndim != 1 or arrays[name].dtype.kind not in _KINDS.get(name, "fbui"):
                raise StoreError(f"{path}: {name} does not hold one number an item")
        attributes = {
            name: float(value) for name, value in file.attrs.items() if name not in _HEADER
        }
        return Shard(first, arrays, attributes, code)


def verified_shards(
    folder: Path, plan: Plan, unreadable: dict[int, str], shards: Iterable[int] | None = None
) -> Iterator[tuple[int, Shard]]:
    """Finished shards (of all by default) in order, one at a time; damaged ones are set aside.

    A damaged file becomes ``*.damaged``, so that the next run makes the shard again.  Another
    process may have moved it, or the folder be for reading only: it then only counts as missing.
    A file that the system does not let be read is left alone: unreadable gets a line of it.

    Raises
    ------
    ConfigurationError
        for a shard of other code than the study's.
    OSError
        if the folder cannot be listed, or there are shards and not one can be read.
    """
    present, n_read = _present(folder, plan), 0
    code = code_of_study(folder)
    first: OSError | None = None
    for index in present if shards is None else sorted(set(shards).intersection(present)):
        path = shard_path(folder, index)
        try:
            shard = read_shard(folder, plan, index)
        except MissingFileError:
            continue
        except StoreError as error:
            _LOG.warning("nuem: %s; set aside, to be made again", error)
            with suppress(OSError):
                path.replace(path.with_suffix(".damaged"))
        except OSError as error:
            first = first or error
            unreadable[index] = f"{path}: {error.strerror or error}"
        else:
            if shard.code_sha256 != code:
                raise ConfigurationError(
                    f"{path}: a shard made by other code than {PLAN_FILE} says: versions do not "
                    f"mix; keep the shards of one, and run the rest with it"
                )
            n_read += 1
            yield index, shard
    if first is not None and n_read == 0:
        raise first


def unreadable_line(lines: Iterable[str]) -> str:
    """What there is to say of shards that cannot be read."""
    first, *more = lines
    others = f" (and {len(more)} more)" if more else ""
    return f"{first}{others}: a shard that is there cannot be read; it is kept, and not counted"


def check_readable(lines: Sequence[str]) -> None:
    """OSError if there are shards that cannot be read: no file is made of the others as of all."""
    if lines:
        raise OSError(unreadable_line(lines))


def _present(folder: Path, plan: Plan) -> list[int]:
    """Indices of the shards that have a file: a plan may be of more than can be counted."""
    names = (re.fullmatch(r"([0-9]{6,20})\.h5", name) for name in _listed(folder))
    found = {int(name[1]) for name in names if name}
    return sorted(index for index in found if index < plan.n_shards)


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(shard_path(folder, 0).parent)
    except (FileNotFoundError, NotADirectoryError):
        return []


_KINDS = {"reason": "S"}
_HEADER = (
    *("format", "schema_version", "study_sha256", "shard", "first_item", "versions"),
    *("NX_class", "signal"),
)
_MIGRATIONS = {2: lambda file: None}
"""Version 2 lacked units and the default plot, which are not read."""
