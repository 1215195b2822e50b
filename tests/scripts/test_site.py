"""nuem site: the list, one reactor, the cores around a place, a table of the user's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_list_and_one(nuem: Run) -> None:
    assert "leibstadt" in nuem("site").text()
    assert len(nuem("site", "--json").json()["sites"]) == 34
    assert nuem("site", "leibstadt", "--json").json()["thermal_power_gw"] == 3.6


def test_around_a_place(nuem: Run) -> None:
    """South-west of Greenwich the numbers begin with a minus and are no options."""
    (core,) = nuem("site", "-23.007", "-44.4588", "--json").json()["cores"]
    assert core["name"] == "angra-2"
    assert core["share"] == 1.0
    text = nuem("site", "50.0865", "4.7925").text()
    assert text.splitlines()[1].startswith("chooz-b")
    assert "no core of the list within 1 km" in nuem("site", "0", "0", "--within-km", "1").text()


def test_closed_reactors_give_no_flux(nuem: Run) -> None:
    found = nuem("site", "53.85", "9.345", "--within-km", "5", "--json").json()["cores"]
    assert found == []


def test_table_of_the_users(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "cores.csv"
    path.write_text(
        "# mine\nname,latitude,longitude,thermal_power_mw\nA,0,0,3000\nB,0,0.01,1000\n", "utf-8"
    )
    found = nuem("site", "0", "0.005", "--table", path, "--json").json()["cores"]
    assert [one["name"] for one in found] == ["A", "B"]
    assert [one["share"] for one in found] == pytest.approx([0.75, 0.25])
    path.write_text("name,latitude,longitude\nA,0,0\n", "utf-8")
    assert "column 'thermal_power_mw' is missing" in nuem("site", 0, 1, "--table", path).error(2)
    path.write_text("name,latitude,longitude,thermal_power_mw\nA,0,0,x\n", "utf-8")
    assert "numbers expected of core 'A'" in nuem("site", 0, 1, "--table", path).error(2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("leibstat",), "nearest valid name: leibstadt"),
        (("north", "0"), "a number of degrees expected, found 'north'"),
        (("91", "0"), "found 91 0"),
        (("1", "2", "3"), "found 3 words"),
    ],
)
def test_refusals(nuem: Run, words: tuple[str, ...], message: str) -> None:
    assert message in nuem("site", *words).error(2)


def test_validate_says_what_a_name_filled(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = nuem("init", "--bare").text()
    path.write_text(text.replace("thermal_power_gw = ", 'site = "ill" # '), "utf-8")
    shown = nuem("validate", path).text()
    assert "reactor.thermal_power_gw = 0.0583, from reactor.site" in shown
    (content,) = nuem("validate", path, "--json").json()["files"]
    assert content["filled_by_site"][0] == "reactor.thermal_power_gw = 0.0583"
