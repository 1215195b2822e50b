"""Exports to HEPData, alea and CSV hold what the model and its fit say."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from dense_likelihoods import blind
from model_arrays import with_arrays

from analysis.exports.alea import alea_image
from analysis.exports.csv_table import csv_table
from analysis.exports.hepdata import hepdata_submission
from analysis.extras import MissingExtraError
from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import fitted_spectra
from analysis.limits.limit import limit
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra


@pytest.fixture(scope="module")
def toy(coarse: Model) -> Spectra:
    return next(iter(toys(coarse, 1, 6, NeutrinoParameters(mu_nu=8e-11))))


@pytest.fixture(scope="module")
def submission(coarse: Model, toy: Spectra) -> dict[str, str]:
    return hepdata_submission(coarse, toy)


def values(table: dict[str, Any], name: str) -> list[Any]:
    column = next(c for c in table["dependent_variables"] if c["header"]["name"] == name)
    return [entry["value"] for entry in column["values"]]


def test_hepdata_accepts_the_submission(submission: dict[str, str], tmp_path: Path) -> None:
    """By HEPData's own validator, as a program: it leaves files open and warns."""
    for name, text in submission.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    program = str(Path(sys.executable).parent / "hepdata-validate")
    done = subprocess.run([program, "-d", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("is valid HEPData data YAML") == 8
    documents = list(yaml.safe_load_all(submission["submission.yaml"]))
    resources = [r["location"] for r in documents[0]["additional_resources"]]
    assert resources == ["likelihood.json"]
    tables = set(submission) - {"submission.yaml", *resources}
    assert {d["data_file"] for d in documents[1:]} == tables
    for document in documents[1:]:
        assert document["data_license"]["name"] == "CC0-1.0"
        assert {k["name"] for k in document["keywords"]} == {"reactions", "observables", "phrases"}
    assert list(submission)[-1] == "submission.yaml"


def test_hepdata_spectra(coarse: Model, toy: Spectra, submission: dict[str, str]) -> None:
    table = yaml.safe_load(submission["spectrum_off.yaml"])
    (axis,) = table["independent_variables"]
    assert axis["header"] == {"name": "reconstructed energy", "units": "keV"}
    np.testing.assert_allclose([v["low"] for v in axis["values"]], toy.edges_kev[:-1], rtol=1e-11)
    np.testing.assert_allclose([v["high"] for v in axis["values"]], toy.edges_kev[1:], rtol=1e-11)
    assert values(table, "counts (toy)") == toy.counts[1].tolist()
    data = table["dependent_variables"][0]
    errors = [entry["errors"][0]["symerror"] for entry in data["values"]]
    np.testing.assert_allclose(errors, np.sqrt(toy.counts[1]))
    assert data["qualifiers"] == [{"name": "exposure", "value": 1.5 * 187.0, "units": "kg day"}]
    fitted = fitted_spectra(coarse, toy, fit(coarse, toy))
    np.testing.assert_allclose(values(table, "fit: total"), fitted.parts(fitted.expected)[1])
    np.testing.assert_allclose(
        values(table, "fit: flat"), fitted.parts(fitted.components["flat"])[1]
    )


def test_hepdata_limits(coarse: Model, toy: Spectra, submission: dict[str, str]) -> None:
    for parameter, unit in (("mu_nu", "mu_B"), ("q_nu", "e"), ("r2_nu", "cm^2")):
        table = yaml.safe_load(submission[f"limits_{parameter}.yaml"])
        found = [limit(coarse, toy, parameter, cl) for cl in (0.90, 0.95)]
        assert values(table, f"upper limit on {parameter}") == [one.upper for one in found]
        column = table["dependent_variables"][-1]
        assert column["header"]["units"] == unit
        assert {"name": "method", "value": found[0].method} in column["qualifiers"]
        if parameter != "mu_nu":
            assert values(table, f"lower limit on {parameter}") == [one.lower for one in found]
        profile = yaml.safe_load(submission[f"profile_{parameter}.yaml"])
        assert profile["independent_variables"][0]["header"]["units"] == unit
        assert min(values(profile, "-2 Delta ln L")) == pytest.approx(0, abs=1e-6)


def test_hepdata_without_a_limit(coarse: Model) -> None:
    """No neutrino can be seen: a dash for the limit, no profile; Asimov counts have no errors."""
    changes = ["analysis.bin_width_kev=1.8", "exposure.off_days=0.0"]
    alone = build_model(load_experiment("gemma-2012", changes))
    seeing = blind(alone, "1", "mu2")
    files = hepdata_submission(seeing, seeing.asimov())
    assert "spectrum_off.yaml" not in files
    assert "profile_q_nu.yaml" not in files
    table = yaml.safe_load(files["limits_q_nu.yaml"])
    assert values(table, "upper limit on q_nu") == ["-", "-"]
    counts = yaml.safe_load(files["spectrum_on.yaml"])["dependent_variables"][0]
    assert counts["header"]["name"] == "counts (asimov)"
    assert "errors" not in counts["values"][0]


def test_hepdata_without_yaml(coarse: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nuem\[export\]'"):
        hepdata_submission(coarse, coarse.asimov())


def test_alea_reads_the_toys(coarse: Model) -> None:
    """Read as inference_interface.toydata_from_file does: data sets by toy, in the order named."""
    two = list(toys(coarse, 2, 9, NeutrinoParameters(mu_nu=5e-11)))
    with h5py.File(io.BytesIO(alea_image(coarse, two, 9)), "r") as file:
        names = json.loads(file.attrs["dataset_names"])
        assert names == ["science_on", "science_off", "ancillary", "generate_values"]
        assert json.loads(file.attrs["n_datasets"]) == 2
        data = [[file[f"{i:d}/{name:s}"][()] for name in names] for i in range(2)]
    for toy, sets in zip(two, data, strict=True):
        for events, counts in zip(sets[:2], toy.counts, strict=True):
            content, _ = np.histogram(events["reconstructed_energy"], coarse.edges_kev)
            np.testing.assert_array_equal(content, counts)
        assert sets[2].dtype.names == ("flux_norm",)
        assert sets[2].shape == (1,)
        assert sets[3]["mu_nu"] == [5e-11]
        assert sets[3].dtype.names == tuple(sorted(sets[3].dtype.names))
    assert not np.array_equal(data[0][0], data[1][0])


def test_alea_without_nuisances(coarse: Model) -> None:
    toy = next(iter(toys(coarse, 1, 9)))
    with h5py.File(io.BytesIO(alea_image(with_arrays(coarse, morphs=()), [toy])), "r") as file:
        assert file["0/ancillary"].dtype.names == ("empty",)
        assert "seed" not in file.attrs


def test_alea_refuses(coarse: Model) -> None:
    with pytest.raises(ValueError, match="alea stores toys: write some"):
        alea_image(coarse, [])
    with pytest.raises(ValueError, match="asimov counts are not whole numbers"):
        alea_image(coarse, [coarse.asimov()])
    huge = coarse.asimov().with_counts(np.full_like(coarse.asimov().counts, 4e5))
    with pytest.raises(ValueError, match=r"at most 20,000,000 in a file, found 23,200,000"):
        alea_image(coarse, [huge])


def test_csv(coarse: Model, toy: Spectra) -> None:
    """Sums of the columns with the weights of a truth are the expectation; full precision."""
    lines = csv_table(coarse, toy).splitlines()
    notes = [line for line in lines if line.startswith("#")]
    assert any(coarse.experiment.sha256() in note for note in notes)
    rows = list(csv.DictReader(lines[len(notes) :]))
    assert [row["period"] for row in rows] == ["on"] * 29 + ["off"] * 29
    np.testing.assert_array_equal([float(r["counts"]) for r in rows], toy.counts.ravel())
    assert {row["error"] for row in rows} == {""}
    expected = [
        float(r["signal:1"])
        + 64 * float(r["signal:mu2"])
        + sum(float(v) for k, v in r.items() if k.startswith("background:"))
        for r in rows
    ]
    truth = coarse.asimov(NeutrinoParameters(mu_nu=8e-11))
    np.testing.assert_allclose(expected, truth.counts.ravel(), rtol=1e-12)
    np.testing.assert_array_equal([float(r["low_kev"]) for r in rows[:29]], toy.edges_kev[:-1])
    gaussian = toy.with_errors(np.full_like(toy.counts, 2.5))
    assert ",2.5," in csv_table(coarse, gaussian).splitlines()[-1]
