"""Commands without the packages of nuem's extras: the same words and exit codes everywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=5.8")
FEW = Path(__file__).parents[2] / "docs" / "studies" / "few-counts.toml"


@pytest.mark.parametrize(
    ("package", "remedy", "words"),
    [
        ("matplotlib", "nuem[plots]", ("plot", "flux", "gemma-2012", "-o", "a.png")),
        (
            "matplotlib",
            "nuem[plots]",
            ("contour", "gemma-2012", "--parameters", "mu_nu,q_nu", "-o", "a.pdf"),
        ),
        ("matplotlib", "nuem[plots]", ("prospects", "-o", "a.svg")),
        ("matplotlib", "nuem[plots]", ("report", "gemma-2012", "-o", "a.html", *COARSE)),
        ("jinja2", "nuem[report]", ("report", "gemma-2012", "-o", "a.html", *COARSE)),
        ("yaml", "nuem[export]", ("export", "gemma-2012", "--format", "hepdata", "-o", "a")),
        (
            "distributed",
            "nuem[cluster]",
            ("toys", "gemma-2012", "-n", 8, "--seed", 1, "-o", "s", "--dask", "slurm", "--quiet"),
        ),
    ],
)
def test_nothing_without_the_package(
    package: str,
    remedy: str,
    words: tuple[object, ...],
    nuem: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    assert nuem(*words).error(2).endswith(f"pip install '{remedy}'")
    assert not list(tmp_path.glob("a*"))


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (("reproduce", "gemma-2012", *COARSE), ["gemma-2012.json", "gemma-2012.h5"]),
        (
            ("scan", "gemma-2012", *COARSE, "--vary", "exposure.on_days=50,100", "--workers", 1),
            ["scan.csv", "scan.h5"],
        ),
        (
            ("coverage", FEW, "-n", 8, "--sigmas", 0, "--methods", "cls", "--workers", 1),
            ["coverage.csv"],
        ),
    ],
)
def test_all_but_the_figure(
    words: tuple[object, ...],
    written: list[str],
    nuem: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Without matplotlib results are printed and written, a line names the remedy."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    outcome = nuem(*words, "-o", tmp_path, "--json")
    assert outcome.code == 0
    remedy = "nuem: no figure: figures need matplotlib: pip install 'nuem[plots]'"
    assert outcome.err.strip().splitlines() == [remedy]
    assert outcome.parsed()["written"] == [str(tmp_path / name) for name in written]
    assert all((tmp_path / name).exists() for name in written)
