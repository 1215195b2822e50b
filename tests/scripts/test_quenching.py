"""nuem quenching: the fits as a table and as JSON, the list of data sets, refusals, the figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detectors.quenching.points import measured_materials
from scripts.quenching import MATERIALS

Run = Callable[..., Any]


def test_materials_are_those_that_were_measured() -> None:
    assert list(MATERIALS) == measured_materials()


def test_lindhards_k_of_germanium(nuem: Run) -> None:
    content = nuem("quenching", "Ge", "--model", "lindhard", "--data", "bonhomme-2022", "--json")
    (fit,) = content.json()["fits"]
    assert fit["parameters"][0]["value"] == pytest.approx(0.162, abs=0.001)
    assert fit["goodness"]["dof"] == 72
    assert fit["tension"] is None


def test_table_shows_tension_and_the_sets_alone(nuem: Run) -> None:
    text = nuem("quenching", "Ge", "--model", "lindhard", "--at-kev", "0.2:1:3").text()
    assert "k = 0.1626 +- 0.014" in text
    assert "kavner-2024" in text
    assert "0.3148 +- 0.05" in text
    assert [line.split()[0] for line in text.splitlines()[-3:]] == ["0.2", "0.6", "1"]


def test_range_of_recoils(nuem: Run) -> None:
    words = ("quenching", "Ge", "--model", "lindhard", "--range-kev", "0.6", "7", "--json")
    content = nuem(*words).json()
    assert [one["name"] for one in content["data_sets"]] == ["bonhomme-2022"]
    assert "no point between 8 and 9 keV" in nuem(*words[:5], "8", "9").error(2)


def test_list(nuem: Run) -> None:
    text = nuem("quenching", "Si", "--list").text()
    assert "izraelevitch-2017" in text
    assert "drawn" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("Ge", "--data", "nobody"), "those of Ge are bonhomme-2022"),
        (("Si", "--data", "izraelevitch-2017"), "has no errors"),
        (("Ge", "--model", "linhard"), "there are lindhard, "),
        (("NaI", "--model", "linear"), "2 points needed, found 1"),
        (("Ge", "--at-kev", "0"), "--at-kev must be > 0"),
        (("Xe",), "'Xe' is not one of"),
    ],
)
def test_refusals(nuem: Run, words: tuple[str, ...], message: str) -> None:
    assert message in nuem("quenching", *words).error(2)


def test_figure(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "si.svg"
    assert str(path) in nuem("quenching", "Si", "-o", path).text()
    assert path.read_bytes().startswith(b"<?xml")
    assert "si.svg" in nuem("quenching", "Si", "-o", path).error(5)
