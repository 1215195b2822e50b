"""CSV that spreadsheets read as it is meant: texts are texts, numbers are numbers."""

from __future__ import annotations

import csv
import io

import pytest

from sim.tables.csv_text import csv_text


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")',
        "+lab/ge1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "＝1+1",
    ],
)
def test_a_text_is_no_formula(text: str) -> None:
    written = csv_text([["name", text], [text, 1.0]])
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [["name", f"'{text}"], [f"'{text}", "1.0"]]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-1.5, "-1.5"),
        ("-1.5e-11", "-1.5e-11"),
        ("+3", "+3"),
        (-7, "-7"),
        (float("-inf"), "-inf"),
        (None, ""),
        ("signal:-1", "signal:-1"),
        ("a=b", "a=b"),
        ("a\r=1", "a =1"),
        ("\r\n=1", "'=1"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_numbers_and_other_texts_stay(value: object, cell: str) -> None:
    assert csv_text([[value, "x"]]) == f"{cell},x\n"
