"""nuem coverage, and study and merge of a coverage study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
FEW = Path(__file__).parents[2] / "docs" / "studies" / "few-counts.toml"
WORDS = ("coverage", FEW, "-n", 20, "--sigmas", "0,2", "--workers", 1)
METHODS = ("--methods", "qtilde,cls")


def test_coverage(nuem: Run, tmp_path: Path) -> None:
    folder = tmp_path / "coverage"
    content = nuem(*WORDS, *METHODS, "-o", folder, "--json").json()
    assert (content["n_done"], content["complete"], content["failed"]) == (40, True, 0)
    assert [(row["method"], row["truth_sigma"]) for row in content["rows"]] == [
        ("qtilde", 0),
        ("cls", 0),
        ("qtilde", 2),
        ("cls", 2),
    ]
    assert (folder / "coverage.csv").read_text().startswith("truth_sigma,method,n_toys,coverage")
    assert (folder / "coverage.png").read_bytes().startswith(b"\x89PNG")
    written = [str(folder / "coverage.csv"), str(folder / "coverage.png")]
    assert content["written"] == written
    assert nuem("study", folder, "--json").json() == {**content, "written": []}
    text = nuem("study", folder, "-o", tmp_path / "a.svg").text()
    assert "40 of 40 toys, 0 failed" in text
    assert "0 sigma" in text
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")
    nuem("merge", folder, "-o", tmp_path / "a.h5").text()


def test_refusals(nuem: Run, tmp_path: Path) -> None:
    where = ("-o", tmp_path / "s")
    assert "method 'x'" in nuem(*WORDS, "--methods", "x", *where).error(2)
    assert "not a number" in nuem("coverage", FEW, "--sigmas", "1,", *where).error(2)
    assert "negative" in nuem("coverage", FEW, "--sigmas", "-1", *where).error(2)
    assert not (tmp_path / "s").exists()
