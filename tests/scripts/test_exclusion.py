"""Exclusion curves: nuem scan of an interaction, all its intervals, and figures of several."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

Run = Callable[..., Any]
BINS = ("--set", "analysis.window_kev=[0.17, 0.97]", "--set", "analysis.bin_width_kev=0.04")
MEDIATOR = ("--set", 'interaction=[{model="vector-mediator", mass_mev=1.0}]')
MASSES = ("--vary", "interaction.vector-mediator.mass_mev=1e-3:100:3:log")


def test_a_mediator_has_a_curve_with_its_strip(nuem: Run, tmp_path: Path) -> None:
    """A point alone is ``nuem limit`` of it; the band of interference has columns of its own."""
    folder = tmp_path / "scan"
    words = ("scan", "conus-plus-2025", *BINS, *MEDIATOR, *MASSES, "--parameter", "g_zp")
    found = nuem(*words, "-o", folder, "--workers", 1, "--json").json()
    assert (found["statuses"], found["disjoint"], found["method"]) == ({"ok": 3}, 1, "delta-chi2")
    rows = list(csv.DictReader((folder / "scan.csv").read_text().splitlines()))
    heavy = ("--set", 'interaction=[{model="vector-mediator", mass_mev=100.0}]')
    alone = nuem("limit", "conus-plus-2025", *BINS, *heavy, "--parameter", "g_zp", "--json").json()
    assert alone["disjoint"]
    kept = [[float(rows[2][f"interval{k}_{end}_1"]) for end in ("lower", "upper")] for k in (1, 2)]
    np.testing.assert_allclose(kept, alone["intervals"], rtol=1e-6)
    assert rows[0]["interval2_lower_1"] == ""
    with h5py.File(folder / "scan.h5") as file:
        np.testing.assert_allclose(file["intervals"][2, :2], alone["intervals"], rtol=1e-6)
        assert np.all(np.isnan(file["intervals"][0, 1:]))
    assert (folder / "scan.png").read_bytes().startswith(b"\x89PNG")


def test_curves_of_several_experiments_together(nuem: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    light = ("--vary", "interaction.vector-mediator.mass_mev=0.01,1")
    words = (*MEDIATOR, "--workers", 1, "--parameter", "g_zp")
    nuem("scan", "conus-plus-2025", *BINS, *words, *light, "-o", tmp_path / "a").text()
    width = ("--set", "analysis.bin_width_kev=1.8")
    nuem("scan", "gemma-2012", *width, *words, *light, "-o", tmp_path / "b").text()
    out = tmp_path / "both.svg"
    nuem("plot", "exclusion", tmp_path / "a", tmp_path / "b", "-o", out).text()
    assert out.read_bytes().startswith(b"<?xml")
    key = ("--vary", "detector.threshold_kev=3,4")
    nuem("scan", "gemma-2012", *width, *words, *key, "-o", tmp_path / "c").text()
    refused = nuem("plot", "exclusion", tmp_path / "c", "-o", tmp_path / "c.svg")
    assert "a coupling over a number of its interaction expected" in refused.error(2)


def test_names_tell_two_of_a_model_apart(nuem: Run) -> None:
    tables = ", ".join(
        f'{{model="vector-mediator", name="{name}", mass_mev=1.0, charges="b-l"}}'
        for name in ("light", "heavy")
    )
    words = ("limit", "gemma-2012", "--set", f"interaction=[{tables}]")
    by_name = ("--set", "interaction.heavy.mass_mev=10", "--parameter", "g_zp[heavy]")
    found = nuem(*words, *by_name, "--json").json()
    assert found["parameter"] == "g_zp[heavy]"
    by_model = nuem(*words, "--set", "interaction.vector-mediator.mass_mev=10")
    assert "an index below 2 or one of light, heavy expected" in by_model.error(3)


def test_contours_of_any_two_parameters(nuem: Run, tmp_path: Path) -> None:
    """The isotopes of one target close its thin line far out; angle and charge have two regions."""
    nsi = ("--set", 'interaction=[{model="nsi"}]', "--points", 15)
    words = ("contour", "conus-plus-2025", *BINS, "--parameters")
    flat = nuem(*words, "eps_u,eps_d", *nsi, "-o", tmp_path / "a.svg").text()
    assert "warning: coarse-grid: a region is narrower than the steps" in flat
    assert float(re.findall(r"eps_u: 90 % region within \[.*, (.*)\]", flat)[0]) > 10
    closed = nuem(*words, "sin2_theta_w,q_nu", "--points", 41, "-o", tmp_path / "b.svg").text()
    assert "goes on" not in closed
    assert "are one parameter in two units" in nuem(*words, "sin2_theta_w,r2_nu").error(2)
    assert "parameter 'eps_u': allowed are mu_nu" in nuem(*words, "eps_u,q_nu").error(2)


def test_profiles_of_any_parameter(nuem: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "a.svg"
    nuem(
        "plot", "profile", "conus-plus-2025", *BINS, *MEDIATOR, "--parameter", "g_zp", "-o", out
    ).text()
    assert out.stat().st_size > 1e4


def test_the_curve_of_observed_spectra(nuem: Run, tmp_path: Path) -> None:
    """A toy plays the data; its limits are those of nuem limit, not the expected ones."""
    from sim.store import read_spectra

    file = tmp_path / "mine.toml"
    mediator = '\n[[interaction]]\nmodel = "vector-mediator"\nmass_mev = 1.0\ncharges = "b-l"\n'
    text = nuem("init", "gemma-2012").text().replace("bin_width_kev = 0.1", "bin_width_kev = 1.8")
    file.write_text(text + mediator)
    masses = ("--vary", "interaction.vector-mediator.mass_mev=0.1,1", "--parameter", "g_zp")
    words = ("scan", file, *masses, "--observed", "--workers", 1)
    assert "has no observed spectra" in nuem(*words, "-o", tmp_path / "s").error(2)
    nuem("spectrum", file, "-o", tmp_path / "toy.h5", "--toys", 1, "--seed", 4).text()
    toy = read_spectra(tmp_path / "toy.h5").toy(0)
    for period in ("on", "off"):
        (tmp_path / f"{period}.csv").write_text(toy.to_csv(period))
    file.write_text(f'{text}{mediator}\n[data]\non = "on.csv"\noff = "off.csv"\n')
    nuem(*words, "-o", tmp_path / "s").text()
    rows = list(csv.DictReader((tmp_path / "s" / "scan.csv").read_text().splitlines()))
    alone = nuem("limit", file, "--parameter", "g_zp", "--json").json()
    assert float(rows[1]["upper_1"]) == pytest.approx(alone["upper"], rel=1e-6, abs=0)
    nuem(*words[:-3], "--workers", 1, "-o", tmp_path / "e").text()
    expected = list(csv.DictReader((tmp_path / "e" / "scan.csv").read_text().splitlines()))
    assert abs(float(expected[1]["upper_1"]) / alone["upper"] - 1) > 1e-3
