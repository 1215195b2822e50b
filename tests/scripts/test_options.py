"""How values are read from the command line, and how results are printed."""

from __future__ import annotations

import json
from typing import Any

import click
import numpy as np
import pytest

from scripts.options import finite_number, joined_ranges, number_or_range
from scripts.output import number, print_json, print_table


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3.0), ("-7e-13", -7e-13), ("1E5", 1e5), (".5", 0.5), (" 2 ", 2.0)]
)
def test_number(text: str, value: float) -> None:
    assert finite_number(text) == value
    assert number_or_range(text) == (value,)


@pytest.mark.parametrize("text", ["nan", "-inf", "inf", "Infinity", "1e999", "", "x", "1,5", "0x1"])
def test_not_a_number(text: str) -> None:
    for read in (finite_number, number_or_range):
        with pytest.raises(click.BadParameter, match="number"):
            read(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1:2:2", (1, 2)),
        ("0:1:5", (0, 0.25, 0.5, 0.75, 1)),
        ("2:-2:3", (2, 0, -2)),
        ("-1e-3:1e-3:3", (-1e-3, 0, 1e-3)),
        ("5:5:2", (5, 5)),
    ],
)
def test_range(text: str, values: tuple[float, ...]) -> None:
    assert number_or_range(text) == pytest.approx(values, abs=1e-18)
    assert number_or_range(text)[-1] == values[-1]


@pytest.mark.parametrize(
    "text", ["1:2", "1:2:1", "1:2:0", "1:2:-3", "1:2:2.5", "1:2:x", "1:2:3:4", "1::3", "a:2:3",
             "nan:1:3", "0:inf:3", "1:2:1000001", ":", "1:2:"]
)  # fmt: skip
def test_not_a_range(text: str) -> None:
    with pytest.raises(click.BadParameter):
        number_or_range(text)


def test_values_in_their_order() -> None:
    assert joined_ranges(((3.0,), (1.0, 2.0), (0.0,))) == [3, 1, 2, 0]


def printed(content: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    print_json(content)
    return capsys.readouterr().out


def test_json_is_strict(capsys: pytest.CaptureFixture[str]) -> None:
    content = {
        "nan": float("nan"),
        "deep": [{"inf": (1.0, float("-inf"))}],
        "array": np.array([[1.5, np.nan]]),
        "scalar": np.float64(2.5),
        "none": None,
        "flag": True,
        "count": np.int64(3),
    }
    out = printed(content, capsys)
    assert "NaN" not in out
    assert "Infinity" not in out
    assert json.loads(out) == {
        "nan": None,
        "deep": [{"inf": [1.0, None]}],
        "array": [[1.5, None]],
        "scalar": 2.5,
        "none": None,
        "flag": True,
        "count": 3,
    }


def test_json_keeps_every_digit(capsys: pytest.CaptureFixture[str]) -> None:
    value = 3.940270434970723e-11
    assert json.loads(printed({"x": value}, capsys))["x"] == value


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("a", "long name"), [("1", "2"), ("wide cell", "")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["a          long name", "1          2", "wide cell"]


def test_number_for_people() -> None:
    assert number(3.94027e-11) == "3.94e-11"
    assert number(1.23456789, 6) == "1.23457"
    assert number(None) == "-"
    assert number(float("nan")) == "-"
