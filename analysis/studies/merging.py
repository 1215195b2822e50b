"""Merging: the results of a whole study in one HDF5 file."""

from __future__ import annotations

from pathlib import Path

import h5py

from analysis.studies.plans.scan_plan import ScanPlan
from analysis.studies.shard_files import unreadable_line
from analysis.studies.study import PLAN_FILE
from analysis.studies.study_arrays import describe_arrays, write_scanned_values
from analysis.studies.study_results import StudyResults, study_results
from sim import hdf5
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.store import provenance, write_sources

FORMAT = "nuem study"
SCHEMA_VERSION = 4


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
    results = study_results(folder)
    plan, n_done = results.plan, results.items.size
    if not results.complete and not partial:
        if results.unreadable:
            raise OSError(unreadable_line(results.unreadable))
        raise StoreError(
            f"{folder}: {plan.n_items - n_done} of {plan.n_items} {plan.items} are missing; run "
            f"them, or merge with --partial"
        )
    write_atomically(output, merged_image(folder, results))
    return results.complete


def merged_image(folder: Path, results: StudyResults) -> bytes:
    """Bytes of the merged file."""
    plan = results.plan

    def fill(file: h5py.File) -> None:
        write_sources(file, plan.sources)
        file["plan"] = (folder / PLAN_FILE).read_text(encoding="utf-8")
        file["item"] = results.items
        for name, values in results.arrays.items():
            file[name] = values
        describe_arrays(file, plan)
        file["item"].attrs["units"] = "1"
        file.attrs["axes"] = ["item"]
        if isinstance(plan, ScanPlan):
            write_scanned_values(file, plan, results.items)

    header: dict[str, object] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": plan.kind,
        "study_sha256": plan.sha256(),
        "results_sha256": results.content_sha256,
        "n_items": plan.n_items,
        "n_done": results.items.size,
        "versions": provenance()["versions"],
    }
    return hdf5.image(header, fill)
