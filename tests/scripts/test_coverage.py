"""nuem coverage, and study and merge of a coverage study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


MEDIATOR = 'interaction=[{model="vector-mediator", mass_mev=30.0}]'


def test_any_parameter_at_truths_of_choice(nuem: Run, tmp_path: Path) -> None:
    """Two couplings, one in the strip of destructive interference; toys agree with one study."""
    words = (
        *("conus-plus-2025", "--set", MEDIATOR, "--set", "analysis.window_kev=[0.17, 0.97]"),
        *("--set", "analysis.bin_width_kev=0.1", "--workers", 1, "--json"),
    )
    values = ("--value", "g_zp=1e-5", "--value", "g_zp=5.3e-5")
    study = ("coverage", *words, "-n", 40, "--methods", "delta-chi2")
    found = nuem(*study, *values, "-o", tmp_path / "c").json()
    assert (found["parameter"], found["n_done"], found["failed"]) == ("g_zp", 80, 0)
    assert found["units"]["sigma_g_zp2"] == "(1e-06)^2"
    truths = [row["truth_sigma"] * found["sigma_g_zp2"] for row in found["rows"]]
    assert truths == pytest.approx([1e2, 53.0**2])
    assert all(0.75 < row["coverage"] <= 1 for row in found["rows"])
    assert {row["predicted"] for row in found["rows"]} == {0.9}
    toys = nuem(
        *("toys", *words, "-n", 40, "--seed", 1, "--parameter", "g_zp", "--value", "g_zp=1e-5"),
        *("-o", tmp_path / "t"),
    ).json()
    assert (toys["truth"], toys["unit"]) == (pytest.approx(1e-10), "1")
    assert toys["coverage"] == pytest.approx(found["rows"][0]["coverage"])
    refused = nuem(*study, "--value", "q_nu=0", "--value", "g_zp=1e-6", "-o", tmp_path / "d")
    assert "one parameter expected, found g_zp, q_nu" in refused.error(2)
