"""Arrays of studies: units, default plot, and the page that lists them."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from analysis.studies.merging import merge_study
from analysis.studies.plans.coverage_plan import CoveragePlan
from analysis.studies.plans.plan import Plan
from analysis.studies.plans.scan_plan import Axis, ScanPlan
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.scan_runner import STATUSES
from analysis.studies.study import open_study, shard_path
from analysis.studies.study_arrays import _SCAN
from analysis.studies.workers import run_study
from sim.experiment import load_experiment

PAGE = Path(__file__).parents[2] / "docs" / "file-format.md"
KINDS = ("toys", "coverage", "scan")
TWO_SIDED = "two-sided"
"""A scan of a parameter that may have several intervals."""


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=2.9"])
    axes = (Axis("exposure.on_days", (50.0, 100.0)), Axis("physics.ionization", ("free",)))
    plans: dict[str, Plan] = {
        "toys": ToyPlan(experiment, "mu_nu", 8, 1, keep_spectra=True),
        "coverage": CoveragePlan(experiment, 8, 1, (0.0,), ("qtilde", "cls")),
        "scan": ScanPlan(experiment, axes, "mu_nu", "qtilde", 0.9),
        TWO_SIDED: ScanPlan(experiment, axes, "q_nu", "delta-chi2", 0.9),
    }
    folder = tmp_path_factory.mktemp("arrays")
    for name, plan in plans.items():
        open_study(folder / name, plan)
        run_study(folder / name, plan, 1)
        merge_study(folder / name, folder / f"{name}.h5")
    return {name: folder / name for name in plans}


def rows_of_page() -> list[tuple[str, ...]]:
    found = re.findall(
        r"^\| (toys|coverage|scan) \| `(\w+)` \|(.*?)\|(.*?)\|(.*?)\|",
        PAGE.read_text("utf-8"),
        re.M,
    )
    return sorted(tuple(cell.strip() for cell in row) for row in found)


def row(kind: str, dataset: h5py.Dataset) -> tuple[str, ...]:
    shape = ["n"]
    named = {("counts", 1): "2", ("counts", 2): "n_bins", ("level", 1): "n_methods"}
    name = dataset.name.strip("/")
    shape += [named.get((name, i), str(size)) for i, size in enumerate(dataset.shape) if i > 0]
    text = f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(shape)})"
    dtype = "text" if dataset.dtype.kind == "S" else dataset.dtype.name
    return kind, name, text, dtype, dataset.attrs.get("units", "")


def test_the_page_lists_every_array(studies: dict[str, Path]) -> None:
    """Shapes, types and units of shards; the merged file has the same."""
    found = []
    for name, folder in studies.items():
        kind = "scan" if name == TWO_SIDED else name
        with h5py.File(shard_path(folder, 0)) as shard, h5py.File(f"{folder}.h5") as merged:
            rows = [row(kind, dataset) for dataset in shard.values()]
            assert rows == [row(kind, merged[array]) for array in shard]
            found += [row for row in rows if name != TWO_SIDED or row[1] == "intervals"]
    assert sorted(found) == rows_of_page()


@pytest.mark.parametrize("kind", KINDS)
def test_default_plot_and_names(kind: str, studies: dict[str, Path]) -> None:
    """The signal is an array of the root, with an axis of its length; every array has a name."""
    folder = studies[kind]
    with h5py.File(shard_path(folder, 0)) as shard, h5py.File(f"{folder}.h5") as merged:
        for file in (shard, merged):
            assert file.attrs["NX_class"] == "NXdata"
            assert file[file.attrs["signal"]].ndim == 1
        (axis,) = merged.attrs["axes"]
        assert merged[axis].shape == merged[merged.attrs["signal"]].shape
        assert all(dataset.attrs["long_name"] for dataset in shard.values())


def test_values_of_a_scan(studies: dict[str, Path]) -> None:
    with h5py.File(f"{studies['scan']}.h5") as file:
        np.testing.assert_array_equal(file["exposure.on_days"], [50.0, 100.0])
        assert file["exposure.on_days"].attrs["units"] == "days"
        np.testing.assert_array_equal(file["physics.ionization"], [b"free", b"free"])
        assert file["upper"][0] > file["upper"][1]


def test_states_of_a_point_are_named() -> None:
    assert _SCAN["status"] == ", ".join(f"{i} {name}" for i, name in enumerate(STATUSES))
