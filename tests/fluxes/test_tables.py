"""The table reader: what it reads and what it refuses."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from fluxes.tables import parse_table, shipped_rows, shipped_text


def test_columns_by_name() -> None:
    text = "# a source\n\n  # another\n energy_mev , s \n1,2\n\n# between\n-3e-1, 4.5\n"
    table = parse_table(text, "t.csv", ("energy_mev", "s"))
    assert list(table) == ["energy_mev", "s"]
    np.testing.assert_array_equal(table["energy_mev"], [1.0, -0.3])
    np.testing.assert_array_equal(table["s"], [2.0, 4.5])
    assert all(column.flags.c_contiguous for column in table.values())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"t\.csv: a header line and at least one row expected, found 0 line\(s\)"),
        ("# c\ne,s\n", r"t\.csv: a header line and at least one row expected, found 1 line\(s\)"),
        ("e,x\n1,2\n", r"t\.csv: column 's' is missing; found e, x"),
        ("e,s,s\n1,2,3\n", r"t\.csv: a column name stands twice in e, s, s"),
        ("# c\ne,s\n1,2\n\n3\n", r"t\.csv, line 5: 2 values expected, found 1"),
        ("e,s\n1,2,3\n", r"t\.csv, line 2: 2 values expected, found 3"),
        ("e,s\n1, two\n", r"t\.csv, line 2: a number expected, found 'two'"),
        ("e,s\n1,\n", r"t\.csv, line 2: a number expected, found ''"),
        ("e,s\n1,nan\n", r"t\.csv, line 2: a finite number expected, found 'nan'"),
        ("e,s\n-inf,1\n", r"t\.csv, line 2: a finite number expected, found '-inf'"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        parse_table(text, "t.csv", ("e", "s"))


def test_rows_by_key() -> None:
    rows = shipped_rows("huber_mueller_polynomials.csv")
    assert list(rows) == ["u235", "u238", "pu239", "pu241"]
    assert rows["u238"] == pytest.approx(
        {
            "a1": 0.4833,
            "a2": 0.1927,
            "a3": -0.1283,
            "a4": -0.006762,
            "a5": 0.002233,
            "a6": -0.0001536,
        },
        rel=1e-15,
    )


def test_every_shipped_table_names_its_source() -> None:
    names = [file.name for file in resources.files("fluxes.data").iterdir()]
    tables = [name for name in names if name.endswith(".csv")]
    assert len(tables) >= 9
    for name in tables:
        assert shipped_text(name).startswith("# source: "), name
        assert name in (sources := shipped_text("SOURCES.md")) or "bestiole_2023_*.csv" in sources
