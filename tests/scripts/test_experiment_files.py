"""Experiments on the command line: presets, init, paths, --set, and observed data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_list(nuem: Run) -> None:
    content = nuem("experiments", "--json").json()
    names = [entry["name"] for entry in content["experiments"]]
    assert "gemma-2012" in names
    text = nuem("experiments").text()
    assert all(name in text for name in names)


def test_every_preset_can_be_printed_and_read(nuem: Run, tmp_path: Path) -> None:
    for entry in nuem("experiments", "--json").json()["experiments"]:
        path = tmp_path / f"{entry['name']}.toml"
        path.write_text(nuem("init", entry["name"]).text())
        assert nuem("flux", path, "--json").json() == nuem("flux", entry["name"], "--json").json()


def test_init_of_an_unknown_name(nuem: Run) -> None:
    assert "nearest valid name: gemma-20" in nuem("init", "gemma").error(2)
    nuem("init", "../gemma-2012").error(2)


@pytest.fixture
def mine(nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """mine.toml, a copy of the preset, in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    path.write_text(nuem("init", "gemma-2012").text())
    return path


def test_ways_to_name_a_path(nuem: Run, mine: Path) -> None:
    """Ending in .toml, or containing '/'."""
    shutil.copy(mine, mine.with_name("plain"))
    wanted = nuem("flux", "gemma-2012", "--json").json()
    for name in ("mine.toml", "./mine.toml", str(mine), "./plain"):
        assert nuem("flux", name, "--json").json() == wanted
    assert "not shipped" in nuem("flux", "plain").error(2)


def test_an_edited_copy(nuem: Run, mine: Path) -> None:
    text = mine.read_text()
    mine.write_text(text.replace("mass_kg = 1.5 ", "mass_kg = 6.0 "))
    bins = ("--set", "analysis.bin_width_kev=0.9")
    words = (*bins, "--parameter", "mu_nu", "--json")
    heavy = nuem("limit", "mine.toml", *words).json()
    assert heavy == nuem("limit", "gemma-2012", "--set", "detector.mass_kg=6", *words).json()
    nominal = nuem("limit", "gemma-2012", *words).json()
    assert heavy["upper"] == pytest.approx(nominal["upper"] / 2**0.5, rel=0.02, abs=0)


def test_observed_data_beside_the_file(nuem: Run, mine: Path, stored: Path) -> None:
    """[data] is relative to the experiment file, not to where the command runs."""
    folder = mine.parent / "deep"
    folder.mkdir()
    for period in ("on", "off"):
        shutil.copy(stored.with_name(f"gemma_{period}.csv"), folder / f"{period}.csv")
    data = '[data]\non = "on.csv"\noff = "off.csv"\n\n[published]'
    (folder / "mine.toml").write_text(mine.read_text().replace("[published]", data, 1))
    found = nuem("limit", "deep/mine.toml", "--parameter", "mu_nu", "--json").json()
    bins = ("--set", "analysis.bin_width_kev=0.9")
    asimov = nuem("limit", "gemma-2012", *bins, "--parameter", "mu_nu", "--json").json()
    assert found["data"] == "observed"
    assert found["upper"] == pytest.approx(asimov["upper"], rel=1e-9, abs=0)
    fitted = nuem("fit", "deep/mine.toml", "--json").json()
    assert fitted["data"] == "observed"
    assert "off.csv" in str(folder / "off.csv")
    (folder / "off.csv").unlink()
    assert "off.csv" in nuem("limit", "deep/mine.toml", "--parameter", "mu_nu").error(5)


def test_observed_counts_matter(nuem: Run, mine: Path, stored: Path) -> None:
    """An excess at low energy in the ON table raises the limit; swapped tables do not fit."""
    folder = mine.parent
    lines = stored.with_name("gemma_on.csv").read_text().splitlines()
    raised = [lines[0]]
    for row in lines[1:]:
        low, high, counts = row.split(",")
        raised.append(f"{low},{high},{float(counts) * (1.1 if float(low) < 5 else 1.0)}")
    (folder / "on.csv").write_text("\n".join(raised) + "\n")
    shutil.copy(stored.with_name("gemma_off.csv"), folder / "off.csv")
    words = ("--set", "data.on=on.csv", "--set", "data.off=off.csv", "--json")
    more = nuem("limit", "mine.toml", "--parameter", "mu_nu", *words).json()
    assert more["upper"] > 4.5e-11
    assert more["best_fit"] > 3e-11
    swapped = ("--set", "data.on=off.csv", "--set", "data.off=on.csv", "--json")
    value = nuem("fit", "mine.toml", *swapped).json()["minus_two_log_likelihood"]
    assert value > 1e4


@pytest.mark.parametrize(
    ("content", "about"),
    [
        ("low_kev,high_kev,counts\n2.8,2.7,5\n", "bin 0"),
        ("low_kev,high_kev,counts\n2.8,2.9,-5\n", "counts"),
        ("low_kev,high_kev,counts\n2.8,2.9,5\n3.0,3.1,5\n", "adjoin"),
        ("low_kev,high_kev,counts\n2.8,2.9,nan\n", "on.csv"),
        ("low_kev,high_kev,counts\n2.8,2.9\n", "on.csv"),
        ("low_kev,high_kev,counts\n", "on.csv"),
        ("a,b\n1,2\n", "on.csv"),
        ("low_kev,high_kev,counts\n90,91,5\n", "window"),
        ("", "on.csv"),
        ("low_kev,high_kev,counts\n2.8,2.9,five\n", "on.csv"),
    ],
)
def test_wrong_tables(nuem: Run, mine: Path, content: str, about: str) -> None:
    (mine.parent / "on.csv").write_text(content)
    words = ("--set", "data.on=on.csv", "--set", "exposure.off_days=0")
    line = nuem("limit", "mine.toml", "--parameter", "mu_nu", *words).error(3)
    assert about in line


def test_set(nuem: Run) -> None:
    """Values are TOML: numbers, strings, bare words, arrays, tables, elements by index."""
    words = ("flux", "gemma-2012", "--json")

    def total(*overrides: str) -> float:
        options = [word for entry in overrides for word in ("--set", entry)]
        return float(nuem(*words, *options).json()["total_cm2_s"])

    nominal = total()
    assert total("reactor.baseline_m=27.8") == pytest.approx(nominal / 4, rel=1e-12, abs=0)
    assert total("reactor.baseline_m = 27.8") == pytest.approx(nominal / 4, rel=1e-12, abs=0)
    assert total("reactor.baseline_m=5", "reactor.baseline_m=13.9") == nominal
    assert total("reactor.spectrum=huber-mueller") == total('reactor.spectrum="huber-mueller"')
    assert total("reactor.spectrum=huber-mueller") < 0.97 * nominal
    only = "reactor.fission_fractions={u235=1.0, u238=0.0, pu239=0.0, pu241=0.0}"
    assert total(only) != pytest.approx(nominal, rel=1e-3, abs=0)
    line = nuem(*words, "--set", "reactor.fission_fractions.u235=0.9").error(3)
    assert "sum to 1" in line


def test_set_reaches_array_elements(nuem: Run, tmp_path: Path) -> None:
    """background.0 is the first component."""

    def counts(*overrides: str) -> float:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.h5"
        options = [word for entry in overrides for word in ("--set", entry)]
        coarse = ("--set", "analysis.bin_width_kev=1.8")
        words = ("spectrum", "gemma-2012", "-o", path, *coarse, *options, "--json")
        return float(nuem(*words).json()["total_counts"]["off"])

    flat = 2.15 * 52.2 * 1.5 * 187
    doubled = counts("background.0.rate_per_kev_kg_day=4.3") - counts()
    assert doubled == pytest.approx(flat, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("override", "about"),
    [
        ("detector.mas_kg=1", "nearest valid name: mass_kg"),
        ("detektor.mass_kg=1", "nearest valid name: detector"),
        ("reactor.baseline=1", "nearest valid name: baseline_m"),
        ("background.0.rate=1", "nearest valid name: rate_per_kev_kg_day"),
        ("detector.resolution.fano=1", "nearest valid name: fano_factor"),
        ("detector.mass_kg=-1", "detector.mass_kg"),
        ("detector.mass_kg=0", "detector.mass_kg"),
        ("detector.mass_kg=nan", "detector.mass_kg"),
        ("detector.mass_kg=inf", "detector.mass_kg"),
        ("detector.mass_kg=1e999", "detector.mass_kg"),
        ('detector.mass_kg="1.5"', "detector.mass_kg"),
        ("detector.mass_kg=true", "detector.mass_kg"),
        ("detector.mass_kg=[1.5]", "detector.mass_kg"),
        ("detector.mass_kg", "KEY=VALUE"),
        ("detector.mass_kg=", "TOML"),
        ("=1.5", "KEY=VALUE"),
        ("detector..mass_kg=1", "KEY=VALUE"),
        ("detector.mass_kg=1 2", "TOML"),
        ("detector.mass_kg.x=1", "detector.mass_kg"),
        ("detector=5", "detector"),
        ("detector.material=Unobtainium", "Unobtainium"),
        ("background.9.norm=1", "9"),
        ("background.x.norm=1", "x"),
        ("background.0.shape=round", "round"),
        ("detector.threshold_kev=60", "threshold_kev"),
        ("detector.threshold_kev=55", "threshold_kev"),
        ("analysis.window_kev=[55, 2.8]", "window_kev"),
        ("analysis.window_kev=[2.8]", "window_kev"),
        ("analysis.bin_width_kev=0.07", "bin"),
        ("analysis.background=off", "background"),
        ('analysis.channels=["electron", "electron"]', "channels"),
        ("analysis.channels=[]", "channels"),
        ("exposure.on_days=0", "on_days"),
        ("reactor.thermal_power_gw=-3", "thermal_power_gw"),
        ("systematics.flux_norm=-0.1", "flux_norm"),
        ("data.on=no.csv", "no.csv"),
    ],
)
def test_wrong_settings(nuem: Run, override: str, about: str) -> None:
    """One clear line; 3, 2 for what is no setting, or 5 for a file that is not there."""
    code = 5 if override.startswith("data.") else 2 if about in ("KEY=VALUE", "TOML") else 3
    line = nuem("limit", "gemma-2012", "--parameter", "mu_nu", "--set", override).error(code)
    assert about in line


def test_threshold_above_the_end_point(nuem: Run) -> None:
    """Nuclear recoils do not reach 10 keV of ionization."""
    words = ("--set", 'analysis.channels=["nucleus"]', "--set", "analysis.window_kev=[10.0, 55.0]")
    line = nuem("limit", "gemma-2012", "--parameter", "mu_nu", *words).error(3)
    assert "end point" in line


@pytest.mark.parametrize(
    ("content", "about"),
    [
        ("", "required"),
        ("name = ", "not valid TOML"),
        ("name = 'x'\nname = 'y'\n", "not valid TOML"),
        ("[reactor]\nbaseline_m = 12\n", "required"),
        ("\x00", "TOML"),
    ],
)
def test_broken_files(nuem: Run, mine: Path, content: str, about: str) -> None:
    mine.write_text(content)
    line = nuem("limit", "mine.toml", "--parameter", "mu_nu").error(3)
    assert "mine.toml" in line
    assert about in line


def test_files_that_are_no_text(nuem: Run, mine: Path) -> None:
    mine.write_bytes(b"\xff\xfe\x00name")
    assert "mine.toml" in nuem("flux", "mine.toml").error(3)
    mine.unlink()
    assert "mine.toml" in nuem("flux", "mine.toml").error(5)
    mine.mkdir()
    assert "mine.toml" in nuem("flux", "mine.toml").error(5)


def test_unknown_experiment(nuem: Run) -> None:
    for command in (("flux",), ("init",), ("reproduce",), ("limit", "--parameter", "mu_nu")):
        assert "nearest valid name: gemma-2012" in nuem(*command, "gema-2012").error(2)
