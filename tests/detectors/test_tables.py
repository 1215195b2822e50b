"""The shipped tables of detectors/data: readable, and about the same elements."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from detectors.tables import (
    as_float_array,
    check_increasing,
    shipped_elements,
    shipped_rows,
)


def test_rows_are_text_by_column() -> None:
    rows = shipped_rows("isotopes.csv")
    assert rows[0]["element"] == "H"
    assert all(None not in row and None not in row.values() for row in rows)


@pytest.mark.parametrize("values", [3, 3.0, [1, 2], np.arange(6, dtype=np.int32)[::2]])
def test_as_float_array(values: object) -> None:
    array = as_float_array(values)  # type: ignore[arg-type]
    assert array.dtype == np.float64
    assert array.ndim == 1
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array, np.atleast_1d(values))


def test_the_tables_cover_the_same_elements() -> None:
    shells = {(row["element"], row["z"]) for row in shipped_rows("atomic_shells.csv")}
    isotopes = {(row["element"], row["z"]) for row in shipped_rows("isotopes.csv")}
    photons = {row["element"] for row in shipped_rows("photoabsorption.csv")}
    assert shells == isotopes
    assert {element for element, _ in shells} == photons
    assert len(shells) == 84


def test_rows_by_element_lose_none() -> None:
    by_element = shipped_elements("isotopes.csv")
    assert sum(by_element.values(), start=()) == shipped_rows("isotopes.csv")
    assert [row["a"] for row in by_element["Ge"]] == ["70", "72", "73", "74", "76"]


@pytest.mark.parametrize(
    "name", ["atomic_shells", "isotopes", "optical_constants", "photoabsorption"]
)
def test_every_table_says_its_source(name: str) -> None:
    text = resources.files("detectors.data").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    assert text.startswith("# source: ")
    sources = resources.files("detectors.data").joinpath("SOURCES.md").read_text(encoding="utf-8")
    assert f"`{name}.csv`" in sources


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0, 2.0], r"^t_kev must increase strictly: t_kev\[2\] = 2.0 after 2.0"),
        ([2.0, 1.0], r"^t_kev must increase strictly: t_kev\[1\] = 1.0 after 2.0"),
        ([], r"^t_kev: finite numbers in one dimension expected, at least one"),
        ([1.0, np.nan], r"^t_kev: finite numbers in one dimension expected"),
        ([[1.0, 2.0]], r"^t_kev: finite numbers in one dimension expected"),
    ],
)
def test_check_increasing(values: list[float], message: str) -> None:
    check_increasing(np.array([1.0, 1.5]), "t_kev")
    with pytest.raises(ValueError, match=message):
        check_increasing(np.array(values), "t_kev")
