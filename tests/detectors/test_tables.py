"""The shipped tables of detectors/data: readable, and about the same elements."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.tables import as_float_array, shipped_rows


def test_rows_are_text_by_column() -> None:
    rows = shipped_rows("isotopes.csv")
    assert rows[0]["element"] == "He"
    assert all(None not in row and None not in row.values() for row in rows)


@pytest.mark.parametrize("values", [3, 3.0, [1, 2], np.arange(6, dtype=np.int32)[::2]])
def test_as_float_array(values: object) -> None:
    array = as_float_array(values)  # type: ignore[arg-type]
    assert array.dtype == np.float64
    assert array.ndim == 1
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array, np.atleast_1d(values))


def test_shells_and_isotopes_cover_the_same_elements() -> None:
    shells = {(row["element"], row["Z"]) for row in shipped_rows("atomic_shells.csv")}
    isotopes = {(row["element"], row["z"]) for row in shipped_rows("isotopes.csv")}
    assert shells == isotopes
    assert len(shells) == 17
