"""nuem scan, and study and merge of a scan."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=1.8")
WORDS = ("scan", "gemma-2012", *COARSE, "--workers", 1)
GRID = ("--vary", "detector.threshold_kev=3:5:3", "--vary", "exposure.on_days=10:1000:3:log")


def test_scan(nuem: Run, tmp_path: Path) -> None:
    folder = tmp_path / "scan"
    content = nuem(*WORDS, *GRID, "-o", folder, "--json").json()
    assert (content["n_points"], content["complete"], content["statuses"]) == (9, True, {"ok": 9})
    rows = list(csv.DictReader((folder / "scan.csv").read_text().splitlines()))
    assert [float(row["exposure.on_days"]) for row in rows[:3]] == pytest.approx([10, 100, 1000])
    assert [row["detector.threshold_kev"] for row in rows[::3]] == ["3.0", "4.0", "5.0"]
    words = ("--set", "detector.threshold_kev=4", "--set", "exposure.on_days=100")
    alone = nuem("limit", "gemma-2012", *COARSE, *words, "--parameter", "mu_nu", "--json").json()
    assert float(rows[4]["upper_mu_B"]) == pytest.approx(alone["upper"], rel=1e-6, abs=0)
    assert (folder / "scan.png").read_bytes().startswith(b"\x89PNG")
    with h5py.File(folder / "scan.h5") as file:
        assert file.attrs["kind"] == "scan"
        assert file["upper"].shape == (9,)
    assert content["written"] == [str(folder / f"scan.{end}") for end in ("csv", "h5", "png")]
    assert nuem("study", folder, "--json").json() == {**content, "written": []}
    assert nuem(*WORDS, *GRID, "-o", folder, "--json").json() == content
    text = nuem("study", folder, "-o", tmp_path / "a.pdf").text()
    assert "statuses" in text
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert "wrote" in nuem("merge", folder, "-o", tmp_path / "a.h5").text()


def test_words_and_lists(nuem: Run, tmp_path: Path) -> None:
    words = (
        "--vary",
        "background.0.rate_per_kev_kg_day=1,2.5",
        "--vary",
        "reactor.oscillation=true,false",
    )
    content = nuem(
        *WORDS, *words, "--vary", "physics.ionization=free", "-o", tmp_path, "--json"
    ).json()
    assert content["statuses"] == {"ok": 4}
    assert not (tmp_path / "scan.png").exists()
    assert (tmp_path / "scan.csv").exists()


def test_values_with_units(nuem: Run, tmp_path: Path) -> None:
    words = (
        "--vary",
        "detector.threshold_kev=2800 eV:4 keV:3",
        "--vary",
        "detector.mass_kg=500 g,2",
    )
    nuem(*WORDS, *words, "-o", tmp_path).text()
    rows = list(csv.DictReader((tmp_path / "scan.csv").read_text().splitlines()))
    assert [row["detector.threshold_kev"] for row in rows[::2]] == ["2.8", "3.4", "4.0"]
    assert [row["detector.mass_kg"] for row in rows[:2]] == ["0.5", "2"]


def test_shards_of_a_batch_system(nuem: Run, tmp_path: Path) -> None:
    words = (*WORDS, "--vary", "detector.resolution.noise_fwhm_kev=0.5:1.5:60", "-o", tmp_path)
    first = nuem(*words, "--shard", "1/2", "--json").json()
    assert (first["n_done"], first["complete"]) == (50, False)
    assert not (tmp_path / "scan.csv").exists()
    second = nuem(*words, "--shard", "2/2").text()
    assert "scan.csv" in second
    assert "another configuration" in nuem(*words, "--cl", 0.95).error(3)


def test_a_scan_without_any_limit_is_partial(nuem: Run, tmp_path: Path) -> None:
    outcome = nuem(*WORDS, "--vary", "detector.threshold_kev=60,70", "-o", tmp_path, "--json")
    assert outcome.code == 6
    assert outcome.parsed()["statuses"] == {"invalid": 2}
    assert outcome.parsed()["best"] is None


@pytest.mark.parametrize(
    ("vary", "code", "text"),
    [
        ("detector.threshold_kev", 2, "KEY=LO:HI:N"),
        ("detector.threshold_kev=1:2", 2, "LO:HI:N or"),
        ("detector.threshold_kev=1:2:3:lin", 2, "LO:HI:N or"),
        ("detector.threshold_kev=1:2:1", 2, "whole number from 2"),
        ("detector.threshold_kev=0:2:3:log", 2, "positive ends"),
        ("detector.threshold_kev=1:x:3", 2, "not a number"),
        ("detector.threshold_kev=1,,2", 2, "a value is missing"),
        ("detector.treshold_kev=1,2", 3, "nearest valid name: threshold_kev"),
    ],
)
def test_refusals(nuem: Run, tmp_path: Path, vary: str, code: int, text: str) -> None:
    assert text in nuem(*WORDS, "--vary", vary, "-o", tmp_path / "s").error(code)
    assert not (tmp_path / "s").exists()


def test_method_of_another_parameter(nuem: Run, tmp_path: Path) -> None:
    words = ("--parameter", "q_nu", "--method", "cls", "-o", tmp_path / "s")
    assert "method 'cls' for q_nu" in nuem(*WORDS, *GRID, *words).error(2)


def test_a_key_that_no_point_can_have(nuem: Run, tmp_path: Path) -> None:
    """Refused before a study is begun: the file states periods, not on_days."""
    file = Path(__file__).parents[1] / "data" / "examples" / "a-gemma-2012-periods.toml"
    words = ("--parameter", "mu_nu", "--vary", "exposure.on_days=10,20", "-o", tmp_path / "s")
    assert "on_days stands beside periods" in nuem("scan", file, *words).error(3)
    assert not (tmp_path / "s").exists()
