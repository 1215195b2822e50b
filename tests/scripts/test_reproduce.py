"""nuem reproduce: rows of the contract, the three files, refusals, and the program itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib import image

from analysis.published.reproduction import reproduce_limits
from sim.experiment import load_experiment

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=1.8", "--set", "variant=[]")
CONTRACT = {
    "experiment",
    "parameter",
    "treatment",
    "published",
    "median",
    "ratio",
    "quantile",
    "source",
}


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_rows(nuem: Run) -> None:
    content = nuem("reproduce", "gemma-2012", *COARSE, "--toys", 5, "--seed", 3, "--json").json()
    overrides = ["analysis.bin_width_kev=1.8", "variant=[]"]
    wanted = reproduce_limits(load_experiment("gemma-2012", overrides), 3, n_toys=5)
    assert (content["toys"], content["seed"], content["variants"]) == (5, 3, [])
    assert len(content["rows"]) == len(wanted) == 8
    for row, expected in zip(content["rows"], wanted, strict=True):
        assert set(row) >= CONTRACT
        assert row["experiment"] == "gemma-2012"
        assert row["parameter"] == expected.asimov.parameter
        assert row["treatment"] == expected.treatment
        assert row["median"] == expected.median
        assert row["published"] == expected.published_value
        assert row["ratio"] == expected.ratio
        assert row["quantile"] == expected.quantile
        assert row["unit"] == expected.asimov.unit
        band = expected.band(1)
        assert row["band_1sigma"] == (None if band is None else list(band))
        assert row["status"] == "ok"
        assert "inverse-energy (power-law, time, free)" in row["background_family"]
        if row["parameter"] == "mu_nu":
            assert row["published"] == 2.9e-11
            assert row["ratio"] == pytest.approx(2.9e-11 / row["median"])
            assert "350150" in row["source"]
            assert row["provenance"] == "remembered"
        if row["parameter"] == "r2_nu":
            assert (row["published"], row["ratio"], row["quantile"]) == (None, None, None)
            assert row["source"] is None
            assert row["toys"] == 0


def test_without_toys(nuem: Run) -> None:
    """Bands of the Gaussian limit, for every parameter."""
    content = nuem("reproduce", "gemma-2012", *COARSE, "--json").json()
    for row in content["rows"]:
        assert row["toys_kind"] == "gaussian"
        assert row["band_1sigma"][0] < row["band_1sigma"][1]
        assert (row["quantile"] is None) == (row["published"] is None)
        assert row["median"] > 0
    starred = {row["treatment"] for row in content["rows"] if row["papers_treatment"]}
    assert starred == {content["papers_treatment"]} == {"off-fixed"}


def test_variants(nuem: Run) -> None:
    """Every variant of the preset, both treatments, and their direction."""
    words = ("--set", "analysis.bin_width_kev=1.8", "--toys", 0, "--json")
    content = nuem("reproduce", "gemma-2012", *words).json()
    medians = {v["name"]: v["limits"] for v in content["variants"]}
    assert {v["parameter"] for v in content["variants"]} == {"mu_nu"}
    assert len(medians) >= 6
    known = next(m for name, m in medians.items() if name.startswith("background shape known"))
    assert 3.2e-11 < known["off-joint"] < 4.0e-11
    assert all(set(m) == {"off-joint", "off-fixed"} for m in medians.values())


def test_files(nuem: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    words = ("reproduce", "gemma-2012", *COARSE, "--toys", 4, "-o", folder)
    content = nuem(*words, "--json").json()
    assert [Path(path).name for path in sorted(content.pop("written"))] == listing(folder)
    assert listing(folder) == ["gemma-2012.h5", "gemma-2012.json", "gemma-2012.png"]
    assert json.loads((folder / "gemma-2012.json").read_text()) == content
    assert image.imread(folder / "gemma-2012.png").shape[:2] == (660, 1650)
    words = ("limit", folder / "gemma-2012.h5", "--parameter", "mu_nu", "--method", "bayes-flat")
    found = nuem(*words, "--json").json()
    assert found["upper"] == content["rows"][0]["median"]


def test_existing_output(nuem: Run, tmp_path: Path) -> None:
    """One file of the three is enough to refuse, before anything is computed or written."""
    (tmp_path / "gemma-2012.png").write_text("precious")
    words = ("reproduce", "gemma-2012", *COARSE, "--toys", 2, "-o", tmp_path)
    assert "--force" in nuem(*words).error(5)
    assert listing(tmp_path) == ["gemma-2012.png"]
    assert (tmp_path / "gemma-2012.png").read_text() == "precious"
    text = nuem(*words, "--force").text()
    assert len(listing(tmp_path)) == 3
    assert f"wrote {tmp_path / 'gemma-2012.png'}" in text


def test_output_that_is_a_file(nuem: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    outcome = nuem("reproduce", "gemma-2012", *COARSE, "-o", tmp_path / "file")
    assert outcome.code in (2, 5)
    outcome.error(outcome.code)


def test_words_for_people(nuem: Run) -> None:
    text = nuem("reproduce", "gemma-2012", *COARSE, "--toys", 2).text()
    for word in ("off-joint", "off-fixed", "2.9e-11", "background family: flat", "cross-check"):
        assert word in text


NO_LIMIT = ("--set", "systematics.flux_norm=0.5", "--set", "published.limits.0.cl=0.99")


def test_no_limit_is_no_fault(nuem: Run) -> None:
    """A flux known to 50 % has no limit at 99 %: rows with null, status and reason."""
    words = ("reproduce", "gemma-2012", *COARSE, *NO_LIMIT, "--toys", 2, "--json")
    rows = {(r["parameter"], r["treatment"]): r for r in nuem(*words).json()["rows"]}
    for treatment in ("off-joint", "off-fixed"):
        row = rows["mu_nu", treatment]
        assert row["status"] == "fit-failed"
        assert (row["median"], row["ratio"], row["quantile"]) == (None, None, None)
        assert row["reason"]
        assert rows["q_nu", treatment]["status"] == "ok"


def test_no_limit_is_no_fault_with_files(nuem: Run, tmp_path: Path) -> None:
    words = ("--toys", 0, "-o", tmp_path)
    outcome = nuem("reproduce", "gemma-2012", *COARSE, *NO_LIMIT, *words)
    assert outcome.code in (0, 4, 6)
    assert "gemma-2012.json" in listing(tmp_path)


def test_a_name_stays_in_its_folder(nuem: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    words = ("--set", 'name="../outside"', "--toys", 0, "-o", folder)
    outcome = nuem("reproduce", "gemma-2012", *COARSE, *words)
    assert outcome.code in (0, 2, 3)
    assert [name for name in listing(tmp_path) if name.startswith("outside")] == []


# The program itself, from start to end


def test_program_limit(program: Run, nuem: Run) -> None:
    words = ("limit", "gemma-2012", "--parameter", "mu_nu", "--json")
    content = program(*words).json()
    assert content == nuem(*words).json()
    assert 3.8e-11 < content["upper"] < 4.0e-11


def test_program_spectrum_and_file(program: Run, tmp_path: Path) -> None:
    """The preset as it is, stored here and exported to CSV, gives the same limit three times."""
    program("spectrum", "gemma-2012", "-o", "a.h5", "--csv", cwd=tmp_path).text()
    assert {"a.h5", "a_off.csv", "a_on.csv"} <= set(listing(tmp_path))
    words = ("--parameter", "mu_nu", "--json")
    preset = program("limit", "gemma-2012", *words, cwd=tmp_path).json()
    assert program("limit", "a.h5", *words, cwd=tmp_path).json() == preset
    tables = ("--set", "data.on=a_on.csv", "--set", "data.off=a_off.csv")
    observed = program("limit", "gemma-2012", *tables, *words, cwd=tmp_path).json()
    assert observed["data"] == "observed"
    assert observed["upper"] == pytest.approx(preset["upper"], rel=1e-9, abs=0)


def test_program_errors(program: Run, stored: Path, tmp_path: Path) -> None:
    """One line each, from the program too."""
    path = tmp_path / "a.h5"
    path.write_bytes(stored.read_bytes()[: stored.stat().st_size // 2])
    program("spectrum", "gemma-2012", "-o", "a.h5", cwd=tmp_path).error(5)
    program("limit", "a.h5", "--parameter", "q_nu", cwd=tmp_path).error(5)
    program("limit", "b.h5", "--parameter", "q_nu", cwd=tmp_path).error(5)
    program("limit", "gemma-2012", "--parameter", "q", cwd=tmp_path).error(2)
    program("limit", "gemma", "--parameter", "q_nu", cwd=tmp_path).error(2)


def test_program_init(program: Run, tmp_path: Path) -> None:
    """nuem init NAME > mine.toml, then mine.toml."""
    (tmp_path / "mine.toml").write_text(program("init", "gemma-2012").text())
    words = ("--energy-mev", "3", "--json")
    mine = program("flux", "mine.toml", *words, cwd=tmp_path).json()
    assert mine == program("flux", "gemma-2012", *words).json()


def test_program_reproduce(program: Run, tmp_path: Path) -> None:
    words = ("reproduce", "gemma-2012", "-o", "out", "--json")
    content = program(*words, cwd=tmp_path).json()
    assert listing(tmp_path / "out") == ["gemma-2012.h5", "gemma-2012.json", "gemma-2012.png"]
    by_name = {(r["treatment"], r["parameter"]): r for r in content["rows"]}
    joint, fixed = by_name["off-joint", "mu_nu"], by_name["off-fixed", "mu_nu"]
    assert 4.4e-11 < joint["median"] < 4.5e-11
    assert 2.9e-11 < fixed["median"] < 3.1e-11
    for row in (joint, fixed):
        assert row["published"] == 2.9e-11
        assert 0 <= row["quantile"] <= 1
        assert row["toys"] >= 1000
        low, high = row["band_1sigma"]
        assert low < row["median"] < high
    assert joint["quantile"] <= fixed["quantile"]
    assert len(content["variants"]) >= 6
    program(*words, cwd=tmp_path).error(5)


def test_all(nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every preset in one table: JSON, CSV and both figures; here with two of them."""
    for module in ("sim.experiment", "analysis.published.values"):
        monkeypatch.setattr(f"{module}.preset_names", lambda: ["conus-2022", "rovno"])
    folder = tmp_path / "field"
    words = ("reproduce", "all", "--workers", 1, "--quiet")
    content = nuem(*words, "-o", folder, "--json").json()
    assert [Path(path).name for path in sorted(content.pop("written"))] == listing(folder)
    assert listing(folder) == [
        "field.csv",
        "field.json",
        "field.png",
        "ionization.png",
        "world.png",
    ]
    assert json.loads((folder / "field.json").read_text()) == content
    assert {row["experiment"] for row in content["rows"]} == {"conus-2022", "rovno"}
    with (folder / "field.csv").open() as stream:
        table = list(csv.DictReader(stream))
    assert len(table) == len(content["rows"])
    for line, row in zip(table, content["rows"], strict=True):
        assert float(line["median"]) == row["median"]
        assert line["treatment"] == row["treatment"]
        assert line["published"] == ("" if row["published"] is None else repr(row["published"]))
    assert image.imread(folder / "world.png").ndim == 3
    assert "--force" in nuem("reproduce", "all", "-o", folder).error(5)
    models = {(row["experiment"], row["parameter"]) for row in content["by_ionization"]}
    assert models == {(e, p) for e in ("conus-2022", "rovno") for p in ("mu_nu", "q_nu")}
    text = nuem(*words).text()
    assert "limit by ionization" in text
    assert "off-joint*" in text
    assert "7.5e-11" in text
    nuem("reproduce", "all", "--set", "exposure.on_days=1").error(2)


def test_dresden(nuem: Run, tmp_path: Path) -> None:
    """The excess in ON, the null test of OFF, and limits of the published order."""
    keep = [
        '{name="YBe", changes=["detector.quenching.curve=YBe"]}',
        "{name=\"off\", changes=['data.on=\"nuem:dresden-ii-off.csv\"', 'exposure.on_days=25']}",
    ]
    words = ("reproduce", "dresden-ii", "--set", f"variant=[{', '.join(keep)}]")
    text = nuem(*words, "-o", tmp_path).text()
    content = json.loads((tmp_path / "dresden-ii.json").read_text())
    nominal, ybe, off = content["observed_strengths"]
    assert nominal["strength"] == pytest.approx(1.26, abs=0.03)
    assert nominal["error"] == pytest.approx(0.47, abs=0.02)
    assert nominal["chi2_without"] - nominal["chi2"] == pytest.approx(7.8, abs=0.2)
    assert 1.5 < ybe["strength"] < 2.5
    assert off["strength"] == pytest.approx(-1.62, abs=0.05)
    assert all(one["n_bins"] == 130 for one in (nominal, ybe, off))
    moments = [row for row in content["rows"] if row["parameter"] == "mu_nu"]
    assert len(moments) == 2
    assert all(1e-10 < row["observed"] < 5e-10 for row in moments)
    assert moments[0]["ratio"] == moments[0]["published"] / moments[0]["observed"]
    assert "coherent scattering observed" in text
    assert "observed  median" in text
