"""Conversions to pandas, xarray and hist hold the numbers that they are made of."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import nuem
from analysis.extras import MissingExtraError
from sim.model import Model

SKIPPED = "pip install 'nuem[frames]'"


@pytest.fixture(scope="module")
def model() -> Model:
    return nuem.build_model(nuem.load_experiment("rovno"))


@pytest.fixture(scope="module")
def scan() -> nuem.ScanResults:
    axes: dict[str, Any] = {"exposure.on_days": [50.0, 100.0], "detector.mass_kg": [20.0, 40.0]}
    return nuem.scan(nuem.load_experiment("rovno"), axes)


def test_a_frame_of_spectra(model: Model) -> None:
    pytest.importorskip("pandas", reason=SKIPPED)
    data = model.asimov()
    frame = nuem.to_frame(data)
    assert list(frame) == ["detector", "period", "low_kev", "high_kev", "counts", "error"]
    assert np.array_equal(frame.counts, data.flat)
    assert frame.groupby("period").counts.sum()["on"] == data["detector", "on"].contents.sum()
    assert frame.error.isna().all()
    errors = nuem.to_frame(data.with_errors(np.full(data.flat.size, 2.0))).error
    assert (errors == 2.0).all()


def test_a_frame_of_results(model: Model) -> None:
    pytest.importorskip("pandas", reason=SKIPPED)
    limits = [nuem.limit(model, parameter=name) for name in ("mu_nu", "q_nu")]
    frame = nuem.to_frame(limits)
    assert list(frame.parameter) == ["mu_nu", "q_nu"]
    assert list(frame.upper) == [one.upper for one in limits]
    assert list(nuem.to_frame(limits[0]).upper) == [limits[0].upper]
    best = nuem.fit(model)
    table = nuem.to_frame(best).set_index("name")
    assert table.value.to_dict() == {p.name: p.value for p in (*best.parameters, *best.nuisances)}


def test_a_scan(scan: nuem.ScanResults) -> None:
    pytest.importorskip("xarray", reason=SKIPPED)
    frame, dataset = nuem.to_frame(scan), nuem.to_xarray(scan)
    assert np.array_equal(frame.upper, scan.upper.ravel())
    assert dataset.upper.dims == ("exposure.on_days", "detector.mass_kg")
    at = {"exposure.on_days": 100.0, "detector.mass_kg": 20.0}
    assert float(dataset.upper.sel(at)) == scan.upper[1, 0]
    line = frame[(frame["exposure.on_days"] == 100.0) & (frame["detector.mass_kg"] == 20.0)]
    assert line.upper.item() == scan.upper[1, 0]
    assert float(dataset.band.sel({**at, "sigma": 1})) == pytest.approx(scan.band[1, 0, 3])
    assert (dataset.upper.units, dataset.attrs["parameter"]) == ("mu_B", "mu_nu")
    assert (dataset.status == "ok").all()


def test_a_histogram(model: Model) -> None:
    pytest.importorskip("hist", reason="pip install 'nuem[hist]'")
    found = nuem.to_hist(model.asimov()["detector", "on"])
    assert np.array_equal(found.values(), model.asimov()["detector", "on"].contents)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("to_frame", "pandas", "frames"),
        ("to_xarray", "xarray", "frames"),
        ("to_hist", "hist", "hist"),
    ],
)
def test_the_extra_is_named(
    name: str, package: str, extra: str, model: Model, scan: nuem.ScanResults,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, package, None)
    things: dict[str, Any] = {
        "to_frame": model.asimov(), "to_xarray": scan, "to_hist": model.asimov()["detector", "on"]
    }  # fmt: skip
    expected = rf"{name} needs {package}: pip install 'nuem\[{extra}\]'"
    with pytest.raises(MissingExtraError, match=expected):
        getattr(nuem, name)(things[name])
