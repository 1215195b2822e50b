"""Commands on several sources, and on some of the spectra of one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from analysis.fits.fit import fit
from analysis.limits.limit import combined_limit, limit
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.study import open_study
from analysis.studies.toy_summary import summarise_toys
from analysis.studies.workers import run_study
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model_assembly import build_model
from sim.sources.joint import joint_model
from sim.sources.sources import Sources

Run = Callable[..., Any]

COARSE = "analysis.bin_width_kev=1.8"
NEAR = "reactor.baseline_m=10"
PAIR = ("near=gemma-2012", "far=gemma-2012", "--set", COARSE, "--set", f"near:{NEAR}")
RUNS = Path(__file__).parents[1] / "data/examples/b-germanium-runs.toml"


def combined(parameter: str) -> Any:
    parts = {}
    for label, words in (("near", [COARSE, NEAR]), ("far", [COARSE])):
        model = build_model(load_experiment("gemma-2012", words))
        parts[label] = (model, model.asimov())
    return combined_limit(parts, parameter)


def test_limit_of_two(nuem: Run) -> None:
    """A key with a label is set in one source, one without in both."""
    found = nuem("limit", *PAIR, "--parameter", "q_nu", "--json").json()
    wanted = combined("q_nu")
    assert found["experiment"] == "gemma-2012 + gemma-2012"
    assert found["upper"] == wanted.upper
    assert found["lower"] == wanted.lower


def test_expected_of_two_is_the_median_of_asimov_data(nuem: Run) -> None:
    found = nuem("limit", *PAIR, "--expected", "--json").json()
    assert found["expected"]["0"]["upper"] == pytest.approx(found["upper"], rel=1e-4)
    ends = [found["expected"][n]["upper"] for n in ("-2", "-1", "0", "1", "2")]
    assert ends == sorted(ends)


def test_labels(nuem: Run) -> None:
    line = nuem("limit", "gemma-2012", "gemma-2012").error(2)
    assert "two sources are called 'gemma-2012': label them" in line
    line = nuem("limit", *PAIR, "--set", "nera:reactor.baseline_m=9").error(2)
    assert "'nera' labels no source" in line
    assert "nearest valid name: near" in line


@pytest.mark.parametrize("command", ["limit", "fit", "spectra", "impacts"])
def test_unknown_names_are_refused_with_the_nearest(nuem: Run, command: str) -> None:
    line = nuem(command, RUNS, "--detector", "C22").error(2)
    assert "'C22' is no detector; nearest valid name: C2" in line
    line = nuem(command, RUNS, "--period", "onn").error(2)
    assert "'onn' is no period" in line


def test_fit_of_one_detector(nuem: Run) -> None:
    found = nuem("fit", RUNS, "--detector", "C2", "--json").json()
    model = build_model(load_experiment(RUNS)).select(["C2"])
    wanted = fit(model, model.data())
    assert found["n_bins"] == wanted.n_bins
    assert found["minus_two_log_likelihood"] == wanted.minus_two_log_likelihood


def test_table_of_two(nuem: Run) -> None:
    """The rows of each, with the backgrounds of each."""
    content = nuem("spectra", *PAIR, "--json").json()
    rows = {(row["detector"], row["period"]): row for row in content["spectra"]}
    assert [detector for detector, _ in rows] == [*["near/detector"] * 2, *["far/detector"] * 2]
    alone = nuem("spectra", "gemma-2012", "--set", COARSE, "--json").json()["spectra"][0]
    found = rows["far/detector", "on"]["counts"]
    assert found["standard-model"] == alone["counts"]["standard-model"]
    assert found["background:far/flat"] == alone["counts"]["background:flat"]
    assert found["background:near/flat"] == 0
    (row,) = nuem("spectra", *PAIR, "--period", "on", "--detector", "near/*", "--json").json()[
        "spectra"
    ]
    assert (row["detector"], row["period"]) == ("near/detector", "on")


def test_significance_impacts_and_contour_of_two(nuem: Run, tmp_path: Path) -> None:
    found = nuem("impacts", *PAIR, "--json").json()
    names = {row["nuisance"] for row in found["impacts"]}
    assert {"norm:near/flat", "norm:far/flat"} <= names
    assert nuem("significance", *PAIR, "--signal", "cevns", "--json").json()["z"] > 0
    words = ("--parameters", "mu_nu,q_nu", "--points", "5", "--json")
    assert len(nuem("contour", *PAIR, *words).json()["x"]) == 5


def test_report_and_figure_of_two(nuem: Run, tmp_path: Path) -> None:
    """The page has the flux, spectra and files of both."""
    page = tmp_path / "both.html"
    nuem("report", *PAIR, "-o", page).text()
    text = page.read_text(encoding="utf-8")
    for mark in ("near/detector/on", "far/detector/off", "near: [reactor]", "near: Antineutrino"):
        assert mark in text
    figure = tmp_path / "far.svg"
    nuem("plot", "spectrum", *PAIR, "--view", "far/detector/on", "-o", figure).text()
    assert figure.stat().st_size > 1000
    line = nuem("plot", "spectrum", *PAIR, "--view", "far/on", "-o", tmp_path / "x.svg").error(2)
    assert "view 'far/on': allowed are near/detector/on" in line


def test_exports_have_a_channel_for_each_spectrum(nuem: Run, tmp_path: Path) -> None:
    workspace = tmp_path / "both.json"
    nuem("export", *PAIR, "--format", "pyhf", "-o", workspace).text()
    content = json.loads(workspace.read_text(encoding="utf-8"))
    names = ["near/detector/on", "near/detector/off", "far/detector/on", "far/detector/off"]
    assert [channel["name"] for channel in content["channels"]] == names
    table = tmp_path / "both.csv"
    nuem("export", *PAIR, "--format", "csv", "-o", table).text()
    lines = [line for line in table.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert lines[0].startswith("detector,period,low_kev,high_kev,counts,error,signal:1,")
    assert {",".join(line.split(",")[:2]).replace(",", "/") for line in lines[1:]} == set(names)
    folder = tmp_path / "hepdata"
    nuem("export", *PAIR, "--format", "hepdata", "-o", folder).text()
    assert (folder / "spectrum_near_detector_on.yaml").exists()
    assert (folder / "spectrum_far_detector_off.yaml").exists()


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")
def test_pyhf_expects_the_same_of_two(nuem: Run, tmp_path: Path) -> None:
    """Counts of each channel in pyhf, with a magnetic moment and norms that are not nominal."""
    pyhf = pytest.importorskip("pyhf")
    workspace = tmp_path / "both.json"
    nuem("export", *PAIR, "--format", "pyhf", "-o", workspace).text()
    there = pyhf.Workspace(json.loads(workspace.read_text(encoding="utf-8"))).model()
    models = {
        label: build_model(load_experiment("gemma-2012", words))
        for label, words in (("near", [COARSE, NEAR]), ("far", [COARSE]))
    }
    together = joint_model(models)
    values = {"norm:near/flat": 1.2, "norm:far/pb210": 0.7, "flux_norm": 0.0}
    here = together.expected(NeutrinoParameters(mu_nu=5e-11), nuisances=values)
    point = {name: [1.0] for name in there.config.par_order} | {"mu2": [25.0]}
    point |= {name: [value] for name, value in values.items() if name in point}
    flat = [number for name in there.config.par_order for number in point[name]]
    counts = there.expected_data(flat, include_auxdata=False)
    for name, place in there.config.channel_slices.items():
        detector, _, period = name.rpartition("/")
        wanted = here[detector, period]
        np.testing.assert_allclose(counts[place], wanted[wanted > 0], rtol=1e-12)


def test_some_periods_of_one_source(nuem: Run) -> None:
    """ON alone with free backgrounds says nothing; with a known one it is a limit of its own."""
    found = nuem("limit", RUNS, "--detector", "C2", "--json").json()
    model = build_model(load_experiment(RUNS)).select(["C2"])
    assert found["upper"] == limit(model, model.data(), "mu_nu").upper


def test_toys_of_two_do_not_depend_on_the_workers(nuem: Run, tmp_path: Path) -> None:
    """Toys of both at once, each with its counts and its auxiliary measurements."""
    words = ("-n", "300", "--seed", "4", "--mu-nu", "4e-11", "--quiet", "--json")
    hashes = []
    for workers in ("1", "2"):
        folder = tmp_path / workers
        plan = ToyPlan(sources_of_pair(), "mu_nu", 300, 4, keep_spectra=True, shard_size=100)
        open_study(folder, plan)
        run_study(folder, plan, int(workers))
        hashes.append(summarise_toys(folder).content_sha256)
    assert hashes[0] == hashes[1]
    found = nuem("toys", *PAIR, *words, "-o", tmp_path / "cli").json()
    assert found["n_done"] == 300
    assert found["failed_fraction"] == 0
    assert abs(found["coverage"] - 0.9) < 0.07
    assert nuem("toys", *PAIR, *words, "-o", tmp_path / "cli").json() == found
    other = (*PAIR[:-1], "near:reactor.baseline_m=11")
    line = nuem("toys", *other, *words, "-o", tmp_path / "cli").error(3)
    assert "its experiment differs" in line
    line = nuem("toys", *PAIR, "--period", "on", *words, "-o", tmp_path / "cli").error(3)
    assert "other detectors or periods are chosen" in line
    merged = tmp_path / "merged.h5"
    nuem("merge", tmp_path / "cli", "-o", merged).text()
    with h5py.File(merged) as file:
        labels = [file[f"experiments/{i}"].attrs["label"] for i in range(2)]
    assert labels == ["near", "far"]


def sources_of_pair() -> Sources:
    return Sources.together(
        {
            "near": load_experiment("gemma-2012", [COARSE, NEAR]),
            "far": load_experiment("gemma-2012", [COARSE]),
        }
    )


def test_scan_varies_one_of_two(nuem: Run, tmp_path: Path) -> None:
    """A point is the expected limit of both with the key set in one."""
    words = (
        "--vary",
        "near:reactor.baseline_m=10,12",
        "--vary",
        "detector.mass_kg=1.5,3",
        "--json",
    )
    folder = tmp_path / "scan"
    found = nuem("scan", *PAIR, *words, "-o", folder, "--quiet", "--workers", "1", "--json").json()
    assert found["statuses"] == {"ok": 4}
    rows = list(csv.DictReader((folder / "scan.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["near:reactor.baseline_m"] for row in rows] == ["10", "10", "12", "12"]
    one = nuem("limit", *PAIR, "--set", "near:reactor.baseline_m=12", "--json").json()["upper"]
    assert float(rows[2]["upper_mu_B"]) == pytest.approx(one, rel=1e-6)
    line = nuem("scan", *PAIR, "--vary", "nera:detector.mass_kg=1,2", "-o", tmp_path / "x").error(2)
    assert "'nera' labels no source" in line


def test_coverage_of_two(nuem: Run, tmp_path: Path) -> None:
    words = ("-n", "200", "--sigmas", "1", "--methods", "qtilde", "--quiet", "--json")
    found = nuem("coverage", *PAIR, *words, "--workers", "1", "-o", tmp_path / "study").json()
    (row,) = found["rows"]
    assert row["met"] is not False
    assert found["failed"] == 0


def test_studies_of_some_periods(nuem: Run, tmp_path: Path) -> None:
    """A choice is part of the plan; the scan of a detector is that of its limit."""
    words = ("--vary", "detector.quenching.k=0.15,0.162", "--quiet", "--workers", "1", "--json")
    folder = tmp_path / "scan"
    nuem("scan", RUNS, "--detector", "C2", *words, "-o", folder).json()
    rows = list(csv.DictReader((folder / "scan.csv").read_text(encoding="utf-8").splitlines()))
    wanted = nuem("limit", RUNS, "--detector", "C2", "--json").json()["upper"]
    assert float(rows[1]["upper_mu_B"]) == pytest.approx(wanted, rel=1e-6)


def test_stored_spectra_of_two(nuem: Run, tmp_path: Path) -> None:
    """A file of both gives the limit of both, and may be a source beside others."""
    file = tmp_path / "both.h5"
    content = nuem("spectrum", *PAIR, "-o", file, "--toys", "3", "--seed", "1", "--csv", "--json")
    assert list(content.json()["total_counts"]) == [
        *("near/detector/on", "near/detector/off", "far/detector/on", "far/detector/off")
    ]
    assert (tmp_path / "both.csv").exists()
    found = nuem("limit", file, "--json").json()
    assert found["upper"] == nuem("limit", *PAIR, "--json").json()["upper"]
    toy = nuem("limit", file, "--toy", "2", "--json").parsed()
    assert toy["upper"] != found["upper"]
    three = nuem("limit", file, "third=gemma-2012", "--json").json()
    assert three["upper"] < found["upper"]
    events = tmp_path / "toys.h5"
    nuem("export", file, "--format", "alea", "-o", events).text()
    with h5py.File(events) as stored:
        assert "science_far_detector_on" in stored["2"]


def test_stored_spectra_of_some_periods(nuem: Run, tmp_path: Path) -> None:
    file = tmp_path / "c2.h5"
    nuem("spectrum", RUNS, "--detector", "C2", "-o", file).text()
    found = nuem("fit", file, "--json").json()
    assert found["n_bins"] == nuem("fit", RUNS, "--detector", "C2", "--json").json()["n_bins"]


def test_agreement_of_detectors(nuem: Run) -> None:
    found = nuem("fit", RUNS, "--by", "detector", "--json").json()["agreement"]
    assert list(found["parts"]) == ["C2", "C3", "C5"]
    assert found["n_degrees"] == 2
    assert 0 <= found["p_value"] <= 1
    text = nuem("fit", RUNS, "--by", "period").text()
    assert "agreement: chi2 = " in text
    assert "period off does not depend on them" in text
    assert "two parts" in nuem("fit", "gemma-2012", "--set", COARSE, "--by", "period").error(2)


def test_rate_against_time(nuem: Run, tmp_path: Path) -> None:
    for name, words in (("runs", (RUNS,)), ("pair", PAIR), ("one", (RUNS, "--detector", "C3"))):
        figure = tmp_path / f"{name}.svg"
        nuem("plot", "time", *words, "-o", figure, "--low-kev", "3").text()
        assert figure.stat().st_size > 5000
    line = nuem("plot", "time", RUNS, "--low-kev", "90", "-o", tmp_path / "x.svg").error(3)
    assert "no bin of C2 lies between" in line
