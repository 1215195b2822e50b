"""nuem limit and nuem fit: one answer from preset, HDF5 and CSV; keys, flags and exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.fits.fit import fit
from analysis.limits.limit import limit
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.spectra.spectra import Spectra
from sim.store import read_spectra

Run = Callable[..., Any]
CONTRACT = {
    "parameter",
    "unit",
    "cl",
    "method",
    "best_fit",
    "lower",
    "upper",
    "intervals",
    "disjoint",
    "status",
}
COARSE = ("--set", "analysis.bin_width_kev=1.8")
STORED = ("--set", "analysis.bin_width_kev=0.9")  # the bins of the stored file


@pytest.fixture(scope="module")
def coarse() -> Model:
    return build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"]))


def without_kind(content: dict[str, Any]) -> dict[str, Any]:
    """What does not say where the spectra are from: whole counts only in Asimov tables."""
    return {key: value for key, value in content.items() if key not in ("data", "warnings")}


@pytest.mark.parametrize("parameter", ["mu_nu", "q_nu", "r2_nu"])
def test_preset_hdf5_and_csv_agree(nuem: Run, stored: Path, parameter: str) -> None:
    """The same limit from the preset, the stored file, and the exported tables."""
    words = ("--parameter", parameter, "--json")
    preset = nuem("limit", "gemma-2012", *STORED, *words).json()
    assert preset["data"] == "asimov"
    assert nuem("limit", stored, *words).json() == preset
    tables = [f'data.{p}="{stored.with_name(f"gemma_{p}.csv")}"' for p in ("on", "off")]
    observed = nuem(
        "limit", "gemma-2012", *STORED, *words, *(word for t in tables for word in ("--set", t))
    ).json()
    assert observed["data"] == "observed"
    for key, value in without_kind(preset).items():
        if key in ("lower", "upper"):
            assert observed[key] == pytest.approx(value, rel=1e-9, abs=0)
        elif key == "intervals":
            for found, wanted in zip(observed[key], value, strict=True):
                assert found == pytest.approx(wanted, rel=1e-9, abs=0)
        elif key == "best_fit":
            width = preset["upper"] - preset["lower"]
            assert observed[key] == pytest.approx(value, abs=1e-9 * width)
        else:
            assert observed[key] == value


def test_fits_agree_too(nuem: Run, stored: Path) -> None:
    words = ("--free", "q_nu", "--json")
    preset = nuem("fit", "gemma-2012", *STORED, *words).json()
    assert nuem("fit", stored, *words).json() == preset


def test_numbers_are_those_of_the_library(nuem: Run, coarse: Model) -> None:
    for parameter in ("mu_nu", "q_nu", "r2_nu"):
        wanted = limit(coarse, coarse.asimov(), parameter)
        content = nuem("limit", "gemma-2012", *COARSE, "--parameter", parameter, "--json").json()
        assert set(content) >= CONTRACT
        assert content["parameter"] == parameter
        assert content["unit"] == {"mu_nu": "mu_B", "q_nu": "e", "r2_nu": "cm^2"}[parameter]
        assert content["cl"] == 0.9
        assert content["method"] == ("qtilde" if parameter == "mu_nu" else "delta-chi2")
        assert (content["lower"], content["upper"]) == (wanted.lower, wanted.upper)
        assert content["intervals"] == [list(i) for i in wanted.intervals]
        assert content["best_fit"] == wanted.best_fit
        assert content["disjoint"] is False
        assert content["status"] == wanted.status
        assert content["reason"] is None


def test_level_method_and_treatment(nuem: Run) -> None:
    """Each option changes the limit in its direction."""
    words = ("limit", "gemma-2012", *COARSE, "--parameter", "mu_nu", "--json")
    nominal = nuem(*words).json()
    level = nuem(*words, "--cl", "0.95").json()
    method = nuem(*words, "--method=delta-chi2").json()
    fixed = nuem(*words, "--background", "off-fixed").json()
    assert level["cl"] == 0.95
    assert method["method"] == "delta-chi2"
    assert (nominal["treatment"], fixed["treatment"]) == ("off-joint", "off-fixed")
    assert level["upper"] == pytest.approx(method["upper"], rel=1e-6, abs=0)  # both rise by 2.7055
    assert level["upper"] == pytest.approx(
        (1.6449 / 1.2816) ** 0.5 * nominal["upper"], rel=0.01, abs=0
    )
    assert fixed["upper"] < 0.75 * nominal["upper"]
    configured = nuem(*words, "--set", "analysis.background=off-fixed").json()
    assert configured["upper"] == fixed["upper"]


def test_disjoint_intervals(nuem: Run, tmp_path: Path) -> None:
    """A planted radius: two intervals, in order, lower and upper their hull."""
    path = tmp_path / "planted.h5"
    nuem("spectrum", "gemma-2012", *COARSE, "--r2-nu", "1.5e-30", "-o", path).text()
    content = nuem("limit", path, "--parameter", "r2_nu", "--json").json()
    assert content["disjoint"] is True
    (a, b), (c, d) = content["intervals"]
    assert a < b < c < d
    assert (content["lower"], content["upper"]) == (a, d)
    assert c < 1.5e-30 < d
    text = nuem("limit", path, "--parameter", "r2_nu").text()
    assert text.count("[") == 2
    assert " or " in text


def test_planted_parameters_are_found(nuem: Run, tmp_path: Path) -> None:
    for option, name, value in (
        ("--mu-nu", "mu_nu", 1.2e-10),
        ("--q-nu", "q_nu", -7e-12),
        ("--r2-nu", "r2_nu", 2e-30),
    ):
        path = tmp_path / f"{name}.h5"
        nuem("spectrum", "gemma-2012", *COARSE, option, value, "-o", path).text()
        content = nuem("limit", path, "--parameter", name, "--json").json()
        assert content["best_fit"] == pytest.approx(value, rel=5e-3, abs=0)
        fitted = nuem("fit", path, "--free", name, "--json").json()
        values = {p["name"]: p["value"] for p in fitted["parameters"]}
        assert values[name] == pytest.approx(value, rel=5e-3, abs=0)


def test_toy(nuem: Run, stored: Path) -> None:
    """--toy K is the K-th toy of the file."""
    file = read_spectra(stored)
    model = build_model(file.experiment)
    uppers = set()
    for index in range(3):
        toy = Spectra.on_and_off(file.spectra.edges_kev, file.toys[index], "toy")
        words = (stored, "--toy", index, "--json")
        content = nuem("limit", *words, "--parameter", "mu_nu").json()
        assert content["data"] == "toy"
        assert content["upper"] == limit(model, toy, "mu_nu").upper
        fitted = nuem("fit", *words).json()
        wanted = fit(model, toy).minus_two_log_likelihood
        assert fitted["minus_two_log_likelihood"] == wanted
        uppers.add(content["upper"])
    assert len(uppers) == 3
    assert "3 toys" in nuem("limit", stored, "--toy", 3, "--parameter", "mu_nu").error(5)
    nuem("fit", stored, "--toy", -1).error(2)
    assert "--toy" in nuem("limit", "gemma-2012", "--toy", 0, "--parameter", "mu_nu").error(2)


def test_fit(nuem: Run, stored: Path) -> None:
    words = ("fit", stored, "--toy", 1, "--json", "--free", "q_nu", "--free", "r2_nu")
    content = nuem(*words).json()
    assert content["status"] == "ok"
    assert content["free"] == ["q_nu", "r2_nu"]
    assert content["treatment"] == "off-joint"
    assert content["n_bins"] == 116
    assert content["n_free"] == 7
    by_name = {p["name"]: p for p in (*content["parameters"], *content["nuisances"])}
    assert {"mu_nu", "q_nu", "r2_nu", "flux_norm", "norm:flat", "norm:pb210"} <= set(by_name)
    for entry in by_name.values():
        assert set(entry) == {"name", "value", "error", "unit"}
    assert by_name["mu_nu"]["value"] == 0
    assert by_name["q_nu"]["error"] > 0
    assert by_name["mu_nu"]["error"] is None
    default = nuem("fit", stored, "--toy", 1, "--json").json()
    assert default["free"] == ["mu_nu"]
    assert default["n_free"] == (5 if default["at_bound"] else 6)


def test_words_for_people(nuem: Run) -> None:
    text = nuem("limit", "gemma-2012", *COARSE, "--parameter", "mu_nu").text()
    for word in ("off-joint", "qtilde", "mu_nu in [0, ", "mu_B at 90 % CL", "asimov"):
        assert word in text
    text = nuem("fit", "gemma-2012", *COARSE, "--free", "q_nu", "--free", "mu_nu").text()
    for word in ("status ok", "58 bins", "norm:ge71-k", "relative", "mu_B^2"):
        assert word in text


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("--cl", "0.5"), "--cl"),
        (("--cl", "1"), "--cl"),
        (("--cl", "nan"), "--cl"),
        (("--cl", "-0.9"), "--cl"),
        (("--cl", "90"), "--cl"),
        (("--method", "guess"), "--method"),
        (("--background", "off"), "--background"),
    ],
)
def test_usage(nuem: Run, words: tuple[str, ...], about: str) -> None:
    assert about in nuem("limit", "gemma-2012", "--parameter", "mu_nu", *words).error(2)


def test_method_of_another_parameter(nuem: Run) -> None:
    line = nuem("limit", "gemma-2012", "--parameter", "q_nu", "--method", "qtilde").error(2)
    assert "delta-chi2" in line


def test_set_does_not_go_with_a_file(nuem: Run, stored: Path) -> None:
    words = (stored, "--set", "detector.mass_kg=2")
    assert "--set" in nuem("limit", *words, "--parameter", "mu_nu").error(2)
    assert "--set" in nuem("fit", *words).error(2)


def test_the_magnetic_moment_is_the_default(nuem: Run) -> None:
    words = ("limit", "gemma-2012", *COARSE, "--json")
    assert nuem(*words).json() == nuem(*words, "--parameter", "mu_nu").json()


UNKNOWN_FLUX = (*COARSE, "--set", "systematics.flux_norm=0.5", "--cl", "0.99")


def test_no_limit(nuem: Run) -> None:
    """A flux known to 50 % hides any signal at 99 %: exit code 4, null with status and reason."""
    words = ("limit", "gemma-2012", *UNKNOWN_FLUX, "--parameter", "mu_nu")
    assert "fit-failed" in nuem(*words).error(4)
    outcome = nuem(*words, "--json")
    assert outcome.code == 4
    content = outcome.parsed()
    assert set(content) >= CONTRACT
    assert (content["best_fit"], content["lower"], content["upper"]) == (None, None, None)
    assert content["intervals"] == []
    assert content["disjoint"] is False
    assert content["status"] == "fit-failed"
    assert content["reason"]


def test_no_sensitivity(nuem: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "analysis.likelihood.likelihood.Likelihood.is_sensitive_to", lambda *_: False
    )
    words = ("gemma-2012", *COARSE, "--json")
    outcome = nuem("limit", *words, "--parameter", "q_nu")
    assert outcome.code == 4
    assert outcome.parsed()["status"] == "no-sensitivity"
    assert "q_nu" in outcome.parsed()["reason"]
    assert nuem("fit", *words, "--free", "q_nu").code == 4


def test_off_fixed_without_off_days(nuem: Run) -> None:
    words = ("gemma-2012", *COARSE, "--set", "exposure.off_days=0", "--background", "off-fixed")
    assert "off_days" in nuem("limit", *words, "--parameter", "mu_nu").error(3)
    assert "off_days" in nuem("fit", *words).error(3)
