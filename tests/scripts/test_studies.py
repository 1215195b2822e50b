"""nuem toys, study, merge, contour, impacts, significance and plot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=0.9")
TOYS = ("toys", "gemma-2012", *COARSE, "-n", 40, "--seed", 7, "--workers", 1, "--mu-nu", "5e-11")


@pytest.fixture
def study(nuem: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    nuem(*TOYS, "-o", folder).text()
    return folder


def test_toys_and_study_say_the_same(nuem: Run, study: Path) -> None:
    content = nuem("study", study, "--json").json()
    wanted = {"n_toys", "n_done", "complete", "coverage", "coverage_error", "truth", "method", "cl"}
    wanted |= {"bias", "pull_mean", "pull_std", "failed_fraction", "content_sha256"}
    assert wanted <= set(content)
    assert (content["n_toys"], content["n_done"], content["complete"]) == (40, 40, True)
    assert content["truth"] == pytest.approx(2.5e-21, rel=1e-12, abs=0)
    again = nuem(*TOYS, "-o", study, "--json").json()
    assert again == content


def test_another_configuration_is_refused(nuem: Run, study: Path) -> None:
    words = (*TOYS[:-1], "6e-11", "-o", study)
    assert "another configuration" in nuem(*words).error(3)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_refused_study_does_not_bind_its_folder(nuem: Run, tmp_path: Path, workers: int) -> None:
    """A material that the model does not know; mended, the command runs in the same folder."""
    words = [*TOYS[:-4], "--workers", workers, "-o", tmp_path / "study"]
    assert "'Xx'" in nuem(*words, "--set", "detector.material=Xx").error(3)
    assert list((tmp_path / "study").iterdir()) == []
    assert "coverage" in nuem(*words).text()


def test_shards_of_a_batch_system(nuem: Run, tmp_path: Path) -> None:
    folder = tmp_path / "part"
    content = nuem(*TOYS, "-o", folder, "--shard", "2/2", "--json").json()
    assert (content["n_done"], content["complete"], content["coverage"]) == (0, False, None)
    assert "are missing" in nuem("merge", folder, "-o", tmp_path / "a.h5").error(5)
    for bad in ("0/2", "3/2", "x", "1/"):
        assert "--shard" in nuem(*TOYS, "-o", folder, "--shard", bad).error(2)


def test_merge_and_figure(nuem: Run, study: Path, tmp_path: Path) -> None:
    nuem("merge", study, "-o", tmp_path / "a.h5").text()
    assert (tmp_path / "a.h5").stat().st_size > 1000
    assert "exists already" in nuem("merge", study, "-o", tmp_path / "a.h5").error(5)
    nuem("study", study, "-o", tmp_path / "a.png").text()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "not a study" in nuem("study", tmp_path).error(5)


def test_contour(nuem: Run, tmp_path: Path) -> None:
    words = ("contour", "gemma-2012", *COARSE, "--points", 7, "--parameters")
    content = nuem(*words, "mu_nu,q_nu", "--json").json()
    assert np.shape(content["rise"]) == (len(content["y"]), len(content["x"]))
    pair = (*words, "q_nu,r2_nu", "--cl", "0.8", "--cl", "0.95")
    text = nuem(*pair, "-o", tmp_path / "c.pdf").text()
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    assert "q_nu: 95 % region within [" in text
    assert "best fit: q_nu = 0 e" in text
    content = nuem(*pair, "--json", "--free", "mu_nu").json()
    assert [region["cl"] for region in content["regions"]] == [0.8, 0.95]
    assert content["regions"][1]["rise"] == pytest.approx(5.991, abs=1e-3)
    assert "goes with --method" in nuem(*pair, "--toys", "2000").error(2)
    assert "two" in nuem(*words, "q_nu").error(2)


def test_impacts(nuem: Run) -> None:
    content = nuem("impacts", "gemma-2012", *COARSE, "--json").json()
    assert content["impacts"][0]["nuisance"] == "norm:inverse-energy"


def test_significance(nuem: Run) -> None:
    words = ("significance", "gemma-2012", *COARSE, "--signal", "mu_nu", "--json")
    assert nuem(*words).json()["z"] == pytest.approx(0, abs=1e-2)
    strong = nuem(*words, "--mu-nu", "1e-10").json()
    assert strong["z"] > 5
    assert nuem(*words, "--value", "mu_nu=1e-10").json() == strong
    charge = ("significance", "gemma-2012", *COARSE, "--signal", "q_nu")
    assert "two-valleys" in nuem(*charge, "--value", "q_nu=4e-12").text()
    assert "only adds" in nuem(*charge, "--reach").error(2)
    assert "nearest" in nuem(*charge, "--value", "q_n=1").error(2)


def test_limit_with_its_band_and_checks(nuem: Run) -> None:
    words = ("limit", "gemma-2012", *COARSE, "--parameter", "mu_nu", "--json")
    content = nuem(*words, "--expected", "--method", "cls").json()
    assert list(content["expected"]) == ["-2", "-1", "0", "1", "2"]
    assert content["expected_how"] == "asymptotic, of Asimov data"
    text = nuem(*words[:-1], "--expected", "--toys", "20", "--method", "cls").text()
    assert text.endswith("mu_B (of 20 toys, each limit asymptotic)\n")
    assert content["expected"]["0"]["upper"] == pytest.approx(content["upper"], rel=1e-6, abs=0)
    outcome = nuem(*words, "--check-lowest-ionization")
    assert outcome.parsed()["lowest_ionization_change"] == pytest.approx(0, abs=1e-5)
    assert "three times the lowest ionization" in outcome.err


def test_all_models(nuem: Run) -> None:
    words = ("limit", "gemma-2012", *COARSE, "--parameter", "q_nu", "--all-models", "--json")
    models = {m["ionization"]: m for m in nuem(*words).json()["models"]}
    assert models["rrpa"]["status"] == "not-available"
    assert models["epa-max"]["upper"] < models["stepping"]["upper"]


def test_combined_sources(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "second.toml"
    path.write_text(nuem("init", "gemma-2012").text(), encoding="utf-8")
    words = ("limit", "--parameter", "mu_nu", *COARSE, "--json")
    both = nuem(*words, "gemma-2012", path).json()["upper"]
    assert both < 0.9 * nuem(*words, "gemma-2012").json()["upper"]
    assert "label them" in nuem(*words, "gemma-2012", "gemma-2012").error(2)


def test_coherent_scattering_combined(nuem: Run) -> None:
    """Two experiments know its strength better than one."""
    words = ("limit", "--parameter", "cevns", "--json", "conus-plus-2025")
    both, one = (nuem(*words, *more).json() for more in (("dresden-ii",), ()))
    assert both["status"] == one["status"] == "ok"
    assert both["upper"] - both["lower"] < one["upper"] - one["lower"]


def test_a_level_near_one_is_not_printed_as_one(nuem: Run) -> None:
    words = ("limit", "--parameter", "mu_nu", "gemma-2012", *COARSE, "--cl")
    assert "at 99.99999 % CL" in nuem(*words, "0.9999999").text()
    assert "at 90 % CL" in nuem(*words, "0.9").text()


def test_a_combination_names_every_kind_of_data(nuem: Run, tmp_path: Path) -> None:
    stored = tmp_path / "stored.h5"
    nuem("spectrum", "gemma-2012", *COARSE, "--toys", "1", "--seed", "1", "-o", stored)
    words = ("limit", "--parameter", "mu_nu", "gemma-2010", "dresden-ii")
    assert nuem(*words, "--json").json()["data"] == "asimov+observed"
    assert "asimov+observed spectra" in nuem(*words).text()
    assert nuem(*words[:3], "gemma-2010", stored, "--json").json()["data"] == "asimov"


@pytest.mark.parametrize(
    "words",
    [
        ("cross-section", "--mu-nu", "3e-11", "--q-nu", "1e-12", "--r2-nu", "5e-32"),
        ("flux", "gemma-2012", "--set", "exposure.off_residual_flux=0.1"),
        ("rate", "gemma-2012", "--channel", "nucleus"),
        ("response", "gemma-2012", *COARSE),
        ("spectrum", "gemma-2012", *COARSE, "--view", "difference", "--free", "q_nu"),
        ("profile", "gemma-2012", *COARSE, "--parameter", "r2_nu", "--cl", "0.95"),
        ("expected", "gemma-2012", *COARSE),
        ("impacts", "gemma-2012", *COARSE, "--parameter", "q_nu"),
    ],
)
def test_plots(nuem: Run, tmp_path: Path, words: tuple[Any, ...]) -> None:
    nuem("plot", *words, "-o", tmp_path / "a.png").text()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "exists already" in nuem("plot", *words, "-o", tmp_path / "a.png").error(5)
    assert "must end in" in nuem("plot", *words, "-o", tmp_path / "a.gif").error(2)
