"""The table reader: what it reads and what it refuses."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from fluxes.tables import line_of_row, parse_table, shipped_rows, shipped_text


def test_columns_by_name() -> None:
    text = "# a source\n\n  # another\n energy_mev , s \n1,2\n\n# between\n-3e-1, 4.5\n"
    table = parse_table(text, "t.csv", ("energy_mev", "s"))
    assert list(table) == ["energy_mev", "s"]
    np.testing.assert_array_equal(table["energy_mev"], [1.0, -0.3])
    np.testing.assert_array_equal(table["s"], [2.0, 4.5])
    assert all(column.flags.c_contiguous for column in table.values())


@pytest.mark.parametrize(
    "text",
    [
        "e,s\n1,2\n3,4\n",
        "\"e\",'s'\r\n1,2\r\n3,4\r\n",
        "s,e,other\n2,1,9\n4,3,9\n",
        "e s\n1 2\n3 4\n",
        "  e\t s \n\n1\t2 # a remark\n\t3   4\n",
        "1,2\n3,4\n",
        "1\t2\n3\t4\n",
        "# no names here\n1e0 2.\n3 4\n",
        "# numpy writes headers as comments\n# e s\n1 2\n3 4\n",
        "# s, e\n#\n2 1\n4 3\n",
        "e;s\n1;2\n3;4\n",
        "1;2\n3;4\n",
    ],
)
def test_layouts(text: str) -> None:
    """Commas, blanks or tabs; with names, without, or with names in a comment."""
    table = parse_table(text, "t.txt", ("e", "s"))
    np.testing.assert_array_equal(table["e"], [1.0, 3.0])
    np.testing.assert_array_equal(table["s"], [2.0, 4.0])
    line = text.splitlines()[line_of_row(text, 1) - 1]
    assert "3" in line
    assert "4" in line


def test_a_table_of_free_columns_needs_its_names() -> None:
    for required in ((), ("e",)):
        with pytest.raises(ValueError, match="a header line with the names of the columns"):
            parse_table("1,2\n3,4\n", "t.csv", required)


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
        ("1,2,3\n", r"t\.csv, line 1: a header line .* expected, found numbers"),
        ("# x\n1\n2\n", r"t\.csv, line 2: a header line .* expected, found numbers"),
        ("e s\n1 2\n3,4,5\n", r"t\.csv, line 3: 2 values expected, found 3"),
        ("e;s\n0,1;2\n", r"t\.csv, line 2: a decimal comma in '0,1': write 0.1"),
        ("e\ts\n1\t0,2\n", r"t\.csv, line 2: a decimal comma in '0,2': write 0.2"),
        ("e s\n1,5 0,2\n", r"t\.csv, line 2: a decimal comma in '1,5': write 1.5"),
        ("0,1\t2,5\n", r"t\.csv, line 1: a decimal comma in '0,1': write 0.1"),
        ('e,s\n"0,5",1\n', r"t\.csv, line 2: a decimal comma in '0,5': write 0.5"),
        ("e,s\n1_4.1,2\n", r"t\.csv, line 2: a number expected, found '1_4.1'"),
        ("e,s\n2.5D-01,2\n", r"t\.csv, line 2: .* found '2.5D-01': write 2.5E-01"),
        ("1 2\n3 x\n", r"t\.csv, line 2: a number expected, found 'x'"),
        ("1,2\n3,\n", r"t\.csv, line 2: a number expected, found ''"),
        ("1 nan\n", r"t\.csv, line 1: a finite number expected, found 'nan'"),
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
