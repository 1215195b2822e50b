"""nuem export."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=5.8")


def test_pyhf(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "gemma.json"
    words = ("export", "gemma-2012", *COARSE, "--format", "pyhf", "-o", path)
    assert nuem(*words).text() == f"wrote {path}\nvalid by pyhf's schema\n"
    workspace = json.loads(path.read_text())
    assert [c["name"] for c in workspace["channels"]] == ["on", "off"]
    assert "exists already" in nuem(*words).error(5)
    again = nuem(*words, "--background", "off-fixed", "--force", "--json").json()
    assert again["notes"] == ["valid by pyhf's schema"]
    assert [c["name"] for c in json.loads(path.read_text())["channels"]] == ["on"]


def test_hepdata(nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("export", "gemma-2012", *COARSE, "--format", "hepdata", "-o")
    written = nuem(*words, tmp_path / "hep", "--json").json()["written"]
    assert sorted(written) == sorted(str(path) for path in (tmp_path / "hep").iterdir())
    assert (tmp_path / "hep" / "submission.yaml").is_file()
    assert "exists already" in nuem(*words, tmp_path / "hep").error(5)
    assert "No such file" in nuem(*words, tmp_path / "no" / "folder").error(5)
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert "pip install 'nuem[export]'" in nuem(*words, tmp_path / "other").error(2)


def test_csv_of_a_toy(nuem: Run, stored: Path, tmp_path: Path) -> None:
    path = tmp_path / "toy.csv"
    nuem("export", stored, "--toy", "2", "--format", "csv", "-o", path).text()
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# gemma-2012: toy counts a bin")
    assert len([line for line in lines if line.startswith(("on,", "off,"))]) == 116


def test_alea(nuem: Run, stored: Path, tmp_path: Path) -> None:
    """All toys of a file, or one of them; there are none in an experiment."""
    path = tmp_path / "toys.h5"
    words = ("export", "--format", "alea", "-o", path, "--force")
    nuem(*words, stored).text()
    with h5py.File(path, "r") as file:
        assert json.loads(file.attrs["n_datasets"]) == 3
        assert file.attrs["seed"] == "5"
    nuem(*words, stored, "--toy", "1").text()
    with h5py.File(path, "r") as file:
        assert json.loads(file.attrs["n_datasets"]) == 1
    assert "not whole numbers" in nuem(*words, "gemma-2012").error(3)


def test_usage(nuem: Run, tmp_path: Path) -> None:
    words = ("export", "gemma-2012", "-o", tmp_path / "a")
    assert "--background goes with" in nuem(
        *words, "--format", "csv", "--background", "off-joint"
    ).error(2)
    assert "--format" in nuem(*words).error(2)
    quadratic = ("--set", "systematics.quenching=0.1", "--format", "pyhf")
    assert "quadratic" in nuem(*words, *COARSE, *quadratic).error(3)
    assert list(tmp_path.iterdir()) == []


def test_grid(nuem: Run, tmp_path: Path) -> None:
    """Two files, with the axes that are asked for, and what does not go together."""
    path = tmp_path / "grid.h5"
    words = ("export", "gemma-2012", *COARSE, "--format", "grid", "-o")
    axes = ("--axis", "mu_nu=0:1e-10:3", "--axis", "q_nu=-1e-12:1e-12:2")
    written = nuem(*words, path, *axes, "--json").json()["written"]
    assert written == [str(path), str(path.with_suffix(".csv"))]
    lines = path.with_suffix(".csv").read_text().splitlines()
    assert lines[4] == "mu_nu,q_nu,rise"
    assert len(lines) == 5 + 6
    with h5py.File(path, "r") as file:
        assert file["likelihood/rise"].shape == (3, 2)
        assert file.attrs["format"] == "nuem-likelihood-grid"
    assert "exists already" in nuem(*words, path, *axes).error(5)
    assert "FILE.h5" in nuem(*words, tmp_path / "grid.csv").error(2)
    assert "LOW:HIGH:N" in nuem(*words, tmp_path / "a.h5", "--axis", "q_nu=1:2").error(2)
    assert "mu_nu" in nuem(*words, tmp_path / "a.h5", "--axis", "mu_n").error(2)
    assert "each parameter once" in nuem(*words, tmp_path / "a.h5", *axes[:2], *axes[:2]).error(2)
    csv = ("export", "gemma-2012", "--format", "csv", "-o", tmp_path / "a.csv", *axes)
    assert "--axis goes with --format grid" in nuem(*csv).error(2)
