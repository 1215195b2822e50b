"""Merging: the fits of a whole study in one HDF5 file."""

from __future__ import annotations

from pathlib import Path

import h5py

from analysis.shards import RESULTS
from analysis.study import PLAN_FILE
from analysis.study_summary import StudyResults, study_results, summarise
from sim import hdf5
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.store import provenance, write_experiment

FORMAT = "nuem study"
SCHEMA_VERSION = 1


def merge_study(folder: Path, output: Path, *, partial: bool = False) -> bool:
    """Write the fits of a study to one file; returns whether the study is complete.

    Raises
    ------
    StoreError
        if toys are missing and partial is not given, or the folder holds no study.
    """
    results = study_results(folder)
    n_done, n_toys = results.best_fit.size, results.plan.n_toys
    if n_done < n_toys and not partial:
        raise StoreError(
            f"{folder}: {n_toys - n_done} of {n_toys} toys are missing; run them, or merge with "
            f"--partial"
        )
    write_atomically(output, _image(folder, results))
    return n_done == n_toys


def _image(folder: Path, results: StudyResults) -> bytes:
    summary = summarise(results)

    def fill(file: h5py.File) -> None:
        write_experiment(file.create_group("experiment"), results.plan.experiment)
        file["plan"] = (folder / PLAN_FILE).read_text(encoding="utf-8")
        for name in RESULTS:
            hdf5.write_array(file, name, getattr(results, name), "scaled")

    header: dict[str, object] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "study_sha256": results.plan.sha256(),
        "results_sha256": summary.content_sha256,
        "n_toys": results.plan.n_toys,
        "n_done": results.best_fit.size,
        "parameter": results.plan.parameter,
        "versions": provenance()["versions"],
    }
    return hdf5.image(header, fill)
