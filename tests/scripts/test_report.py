"""nuem report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=5.8")


def test_experiment(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "gemma.html"
    words = ("report", "gemma-2012", *COARSE, "-o", path)
    assert nuem(*words).text() == f"wrote {path}\n"
    page = path.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page.rstrip().endswith("</html>")
    assert "Expected data of the Standard Model" in page
    assert "exists already" in nuem(*words).error(5)
    content = nuem(*words, "--force", "--json", "--cl", "0.95").json()
    assert content == {
        "experiment": "gemma-2012",
        "data": "asimov",
        "written": [str(path)],
        "problems": [],
        "warnings": [],
    }
    assert "95 % CL, qtilde" in path.read_text("utf-8")


def test_toy_and_study(nuem: Run, stored: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    nuem("toys", "gemma-2012", *COARSE, "-n", 60, "--seed", 2, "-o", study, "--mu-nu", "6e-11")
    path = tmp_path / "toy.html"
    nuem("report", stored, "--toy", "1", "--study", study, "-o", path).text()
    page = path.read_text("utf-8")
    assert "A pseudo-experiment" in page
    assert "60 of 60" in page
    assert page.count("<figure") == 17


def test_a_limit_that_is_missing_is_said(
    nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 6, one line a problem, and the page is there."""
    from analysis.limits.limit import limit

    def without_q(model: Any, spectra: Any, parameter: str, *rest: Any) -> Any:
        found = limit(model, spectra, parameter, *rest)
        if parameter != "q_nu":
            return found
        from dataclasses import replace

        return replace(found, status="fit-failed", reason="planted", intervals=())

    monkeypatch.setattr("analysis.reports.content.limit", without_q)
    outcome = nuem("report", "gemma-2012", *COARSE, "-o", tmp_path / "a.html")
    assert outcome.code == 6
    assert outcome.err.splitlines() == [
        "nuem: q_nu at 90 % CL: planted",
        "nuem: q_nu at 95 % CL: planted",
    ]
    assert "no limit on q<sub>ν</sub>: fit-failed" in (tmp_path / "a.html").read_text("utf-8")


def test_usage(nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("report", "gemma-2012", *COARSE, "-o")
    assert "must end in .html" in nuem(*words, tmp_path / "a.pdf").error(2)
    assert "--cl must lie" in nuem(*words, tmp_path / "a.html", "--cl", "1.5").error(2)
    assert "does not exist" in nuem(*words, tmp_path / "a.html", "--study", "no").error(2)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert "pip install 'nuem[report]'" in nuem(*words, tmp_path / "a.html").error(2)
    assert list(tmp_path.iterdir()) == []
