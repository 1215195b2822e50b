"""Histograms of other programs as tables: UHI's JSON and what ROOT prints."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from fluxes.table_histograms import histogram_of
from fluxes.tables import line_of_row
from sim.spectra.histogram import Histogram
from sim.spectra.spectrum_table import read_spectrum
from sim.tables.curves import BACKGROUND, QUENCHING

AXIS = {"type": "variable", "edges": [1.0, 2.0, 4.0], "underflow": False, "overflow": False}
ROOT = """TH1.Print Name  = h, Entries= 9, Total sum= 9
 fSumw[0]=1, x=0.95
 fSumw[1]=2, x=1.05
 fSumw[2]=5, x=1.15
 fSumw[3]=2, x=1.25
 fSumw[4]=7, x=1.35
"""


def uhi(axis: dict[str, Any] = AXIS, **storage: Any) -> str:
    stored = storage or {"type": "double", "values": [3.0, 5.0]}
    return json.dumps({"uhi_schema": 1, "axes": [axis], "storage": stored})


def test_uhi() -> None:
    found = read_spectrum(uhi(), "h.json")
    np.testing.assert_array_equal(found.edges_kev, [1.0, 2.0, 4.0])
    np.testing.assert_array_equal(found.counts, [3.0, 5.0])
    assert found.errors is None


def test_what_nuem_writes_it_reads() -> None:
    """The form of the schema that hist reads, with errors."""
    edges, counts, errors = np.array([1.0, 2.0, 4.0]), np.array([-1.0, 5.0]), np.array([2.0, 3.0])
    given = Histogram("on", edges, counts, errors)._to_uhi_()
    text = json.dumps(given, default=lambda array: array.tolist())
    found = read_spectrum(text, "h.json")
    np.testing.assert_array_equal(found.edges_kev, edges)
    np.testing.assert_array_equal(found.counts, counts)
    assert found.errors is not None
    np.testing.assert_allclose(found.errors, errors, rtol=1e-15)


def test_bins_below_and_above_the_axis_are_left_out_and_units_read() -> None:
    axis = {"type": "regular", "lower": 100, "upper": 300, "bins": 2, "underflow": True}
    axis |= {"overflow": True, "metadata": {"label": "energy [eV]"}}
    text = uhi(axis, type="weighted", values=[9, 3, 5, 9], variances=[9, 3, 5, 9])
    table = BACKGROUND.read(text, "h.json")
    np.testing.assert_allclose(table["low_kev"], [0.1, 0.2], rtol=1e-15)
    np.testing.assert_array_equal(table["rate_per_kev_kg_day"], [3.0, 5.0])
    assert "error" not in table  # variances of counts
    axis["metadata"] = {"label": "time [s]"}
    with pytest.raises(ValueError, match=r"h.json: column 'low \[s\]': unit 's': allowed are eV"):
        BACKGROUND.read(uhi(axis, type="double", values=[9, 3, 5, 9]), "h.json")


def test_root() -> None:
    found = read_spectrum(ROOT, "h.txt")
    np.testing.assert_allclose(found.edges_kev, [1.0, 1.1, 1.2, 1.3], rtol=1e-12)
    np.testing.assert_array_equal(found.counts, [2.0, 5.0, 2.0])
    assert found.errors is None
    assert line_of_row(ROOT, 0) is None
    with_errors = re.sub(r"(x=\S+)", r"\1, error=1.5", ROOT)
    np.testing.assert_array_equal(read_spectrum(with_errors, "h.txt").errors, [1.5] * 3)
    of_counts = re.sub(
        r"=(\d+), (x=\S+)", lambda m: f"={m[1]}, {m[2]}, error={float(m[1]) ** 0.5:g}", ROOT
    )
    assert read_spectrum(of_counts, "h.txt").errors is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a histogram of UHI with one axis: Expecting property name"),
        ("{}", "not a histogram of UHI with one axis: 'axes' is missing"),
        ('{"axes": [1, 2]}', "not a histogram of UHI with one axis: too many values"),
        ('{"axes": [[]]}', "not a histogram of UHI with one axis"),
        (uhi({"type": "category"}), "'regular' or 'variable' expected, found 'category'"),
        (
            uhi({"type": "regular", "lower": 0, "upper": 1, "bins": 10**12}),
            "1 to 1000000 bins expected",
        ),
        (uhi(type="mean", values=[1, 2]), "storage 'mean': int, double or weighted expected"),
        (uhi(type="double", values=[1, 2, 3]), "2 values expected, found 3"),
        (
            uhi(type="weighted", values=[1, 2], variances=[1]),
            "2 variances expected, found 1",
        ),
        (uhi(type="double", values=[1, float("nan")]), "a histogram of finite numbers expected"),
        ("[" * 10 + uhi(), None),
        (uhi().replace("[3.0, 5.0]", "[" * 30000 + "]" * 30000), "not a histogram of UHI"),
        (ROOT.replace("x=1.15", "x=1.19"), "bins of one width expected"),
        (" fSumw[1]=5, x=2\n", "two bins or more"),
        (ROOT.replace("=5,", "=five,"), "could not convert string to float"),
    ],
)
def test_what_is_none(text: str, message: str | None) -> None:
    match = "h.json" if message is None else f"h.json: .*{re.escape(message)}"
    with pytest.raises(ValueError, match=match):
        read_spectrum(text, "h.json")


def test_a_table_of_points_is_no_histogram() -> None:
    with pytest.raises(ValueError, match=r"h.txt: a header line and at least one row expected"):
        QUENCHING.read(uhi(), "h.txt")


def test_an_axis_without_bins_below_and_above() -> None:
    axis = {"type": "variable", "edges": [1.0, 2.0, 4.0]}
    np.testing.assert_array_equal(histogram_of(uhi(axis)).contents, [3.0, 5.0])
