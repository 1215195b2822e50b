"""Merging: the results of a whole study in one HDF5 file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.shard_files import check_readable, verified_shards
from analysis.studies.study import MERGED_FORMAT, MERGED_VERSION, PLAN_FILE
from analysis.studies.study_arrays import describe_arrays, write_scanned_values
from analysis.studies.study_results import SHARDS, StudyContents, study_contents
from sim import hdf5
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.store import provenance, write_sources


def merge_study(folder: Path, output: Path, *, partial: bool = False) -> bool:
    """Write the results of a study to one file; returns whether the study is complete.

    Datasets have the names and first axes of the shards' arrays; ``item`` holds the index of each
    row in the study, and datasets named by the keys of a scan the values of those.

    Raises
    ------
    StoreError
        if items are missing and partial is not given, or the folder holds no study.
    OSError
        if there are shards that cannot be read, and partial is not given.
    """
    contents = study_contents(folder)
    plan, n_done = contents.plan, contents.n_items
    if n_done < plan.n_items and not partial:
        check_readable(contents.unreadable)
        raise StoreError(
            f"{folder}: {plan.n_items - n_done} of {plan.n_items} {plan.items} are missing; run "
            f"them, or merge with --partial"
        )
    write_atomically(output, merged_file(folder, contents))
    return n_done == plan.n_items


def merged_file(folder: Path, contents: StudyContents) -> Callable[[BinaryIO], None]:
    """What writes the merged file, a shard at a time."""
    plan, n_items = contents.plan, contents.n_items

    def fill(file: h5py.File) -> None:
        write_sources(file, plan.sources)
        file["plan"] = (folder / PLAN_FILE).read_text(encoding="utf-8")
        file.create_dataset("item", (n_items,), np.int64)
        for name, (dtype, shape) in contents.arrays.items():
            file.create_dataset(name, (n_items, *shape), dtype)
        end, numbers = 0, list[Mapping[str, float]]()
        for index, shard in verified_shards(folder, plan, {}, contents.shards):
            items = np.arange(*plan.item_range(index))
            rows = slice(end, end + items.size)
            end = rows.stop
            file["item"][rows] = items
            for name in contents.arrays:
                file[name][rows] = shard.arrays[name]
            numbers.append(shard.attributes)
        for name in numbers[0] if numbers else ():
            file[f"{SHARDS}/{name}"] = np.array([one[name] for one in numbers])
        if end < n_items:
            raise StoreError(f"{folder}: shards went while they were merged; merge again")
        describe_arrays(file, plan)
        file["item"].attrs["units"] = "1"
        file.attrs["axes"] = ["item"]
        if isinstance(plan, ScanPlan):
            write_scanned_values(file, plan, file["item"][()])

    header: dict[str, object] = {
        "format": MERGED_FORMAT,
        "schema_version": MERGED_VERSION,
        "kind": plan.kind,
        "study_sha256": plan.sha256(),
        "results_sha256": contents.content_sha256,
        "n_items": plan.n_items,
        "n_done": n_items,
        "versions": provenance()["versions"],
    }
    return hdf5.writer(header, fill)
