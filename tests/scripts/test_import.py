"""nuem import: round trips of pyhf, HS3 and HEPData, workspaces of others, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.fits.minimum import treated_likelihood
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=5.8")
MORPHS = (*COARSE, "--set", "systematics.energy_scale=0.02", "--set", "background.0.norm=0.1")
RUNS = Path(__file__).parents[1] / "data/examples/b-germanium-runs.toml"


def limits(nuem: Run, source: Path | str, parameter: str, *words: str) -> tuple[float, float]:
    found = nuem("limit", source, "--parameter", parameter, "--json", *words).json()
    return found["lower"], found["upper"]


@pytest.mark.parametrize(
    ("kind", "words"), [("hs3", MORPHS), ("pyhf", COARSE), ("hepdata", MORPHS)]
)
def test_round_trip(nuem: Run, tmp_path: Path, kind: str, words: tuple[str, ...]) -> None:
    """Observed toys leave and come back: the same limits; HS3 holds those of all parameters."""
    stored, there, back = tmp_path / "a.h5", tmp_path / "there", tmp_path / "back.toml"
    nuem("spectrum", "gemma-2012", *words, "-o", stored, "--toys", 1, "--seed", 4).text()
    nuem("export", stored, "--toy", 0, "--format", kind, "-o", there).text()
    found = nuem("import", kind, there, "-o", back, "--json").json()
    assert found["spectra"] == ["detector/on", "detector/off"]
    for parameter in ("mu_nu", "q_nu", "sin2_theta_w") if kind != "pyhf" else ("mu_nu",):
        before = limits(nuem, stored, parameter, "--toy", "0")
        assert limits(nuem, back, parameter) == pytest.approx(before, rel=1e-9, abs=0)
    assert "exists already" in nuem("import", kind, there, "-o", back).error(5)


def test_several_detectors_and_gaps(nuem: Run, tmp_path: Path) -> None:
    """Spectra of several detectors and periods with regions: the same -2 ln L everywhere."""
    regions = ("--set", "analysis.regions_kev=[[0.2, 0.6, 0.1], [1.0, 1.4, 0.1]]")
    there, back = tmp_path / "runs.json", tmp_path / "back.toml"
    nuem("export", RUNS, *regions, "--format", "hs3", "-o", there).text()
    nuem("import", "hs3", there, "-o", back).text()
    before = build_model(load_experiment(RUNS, [regions[1]]))
    after = build_model(load_experiment(back))
    assert [info.name for info in after.spectra] == [info.name for info in before.spectra]
    ours, theirs = (treated_likelihood(m, m.data()) for m in (before, after))
    rng = np.random.default_rng(3)
    for _ in range(3):
        x = ours.centers + np.where(ours.fixed, 0.0, 0.02 * rng.normal(size=ours.centers.size))
        same = dict(zip(ours.names, x, strict=True))
        y = np.array([same[name] for name in theirs.names])
        assert theirs.value(y) == pytest.approx(ours.value(x), rel=1e-9, abs=1e-9)
    assert np.sum(after.expected_flat()) == pytest.approx(np.sum(before.expected_flat()), rel=1e-12)


def test_several_sources(nuem: Run, tmp_path: Path) -> None:
    """Two experiments in one file come back as detectors of one, with the limit of both."""
    there, back = tmp_path / "both.json", tmp_path / "both.toml"
    coarse = ("--set", "gemma-2012:analysis.bin_width_kev=5.8")
    sources = ("gemma-2012", "conus-2024", *coarse)
    nuem("export", *sources, "--format", "hs3", "-o", there).text()
    nuem("import", "hs3", there, "-o", back).text()
    both = nuem("limit", *sources, "--json").json()["upper"]
    assert nuem("limit", back, "--json").json()["upper"] == pytest.approx(both, rel=1e-6)


def foreign() -> dict[str, Any]:
    """A workspace as others write it, with what is exact in both: lines and Gaussians."""
    signal = [{"name": "mu", "type": "normfactor", "data": None}]
    lumi = {"name": "lumi", "type": "lumi", "data": None}
    shape = {"hi_data": [55.0, 44.0, 33.0], "lo_data": [45.0, 36.0, 27.0]}
    background = [
        {"name": "free", "type": "normfactor", "data": None},
        {"name": "tilt", "type": "histosys", "data": shape},
        {"name": "mc", "type": "staterror", "data": [5.0, 4.0, 3.0]},
        lumi,
    ]
    return {
        "channels": [
            {
                "name": "signal region",
                "samples": [
                    {"name": "s", "data": [4.0, 6.0, 8.0], "modifiers": [*signal, lumi]},
                    {"name": "b", "data": [50.0, 40.0, 30.0], "modifiers": background},
                ],
            }
        ],
        "observations": [{"name": "signal region", "data": [57.0, 45.0, 41.0]}],
        "measurements": [
            {
                "name": "theirs",
                "config": {
                    "poi": "mu",
                    "parameters": [
                        {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02], "inits": [1.0],
                         "bounds": [[0.5, 1.5]]},
                    ],
                },
            }
        ],
        "version": "1.0.0",
    }  # fmt: skip


def value_at(model: Model, values: dict[str, float]) -> float:
    likelihood = treated_likelihood(model, model.data())
    return likelihood.value(
        np.array(
            [values.get(n, c) for n, c in zip(likelihood.names, likelihood.centers, strict=True)]
        )
    )


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")  # by pyhf 0.7.6
def test_a_workspace_of_others(nuem: Run, tmp_path: Path) -> None:
    """Its parameter of interest is a strength; -2 ln L changes as in pyhf."""
    pyhf = pytest.importorskip("pyhf")
    path, back = tmp_path / "theirs.json", tmp_path / "theirs.toml"
    path.write_text(json.dumps(foreign()))
    notes = nuem("import", "pyhf", path, "-o", back, "--json").json()["notes"]
    assert "mu is taken as the strength of coherent scattering, cevns" in notes
    model = build_model(load_experiment(back))
    workspace = pyhf.Workspace(foreign())
    theirs = workspace.model(modifier_settings={"histosys": {"interpcode": "code0"}})
    data = workspace.data(theirs)
    at = {"mu": 1.4, "free": 0.95, "tilt": 0.5, "lumi": 1.01, "mc": (1.02, 0.97, 1.01)}

    def pyhf_value(point: dict[str, Any]) -> float:
        values = [v for n in theirs.config.par_order for v in np.atleast_1d(point[n])]
        return float(-2 * theirs.logpdf(values, data)[0])

    nominal = {"mu": 1.0, "free": 1.0, "tilt": 0.0, "lumi": 1.0, "mc": (1.0, 1.0, 1.0)}
    ours = {"cevns": 0.4, "norm:free": 0.95, "tilt": 0.5, "norm:lumi": 1.01}
    ours |= {f"norm:mc[{i}]": value for i, value in enumerate(at["mc"])}
    rise = value_at(model, ours) - value_at(model, {})
    assert rise == pytest.approx(pyhf_value(at) - pyhf_value(nominal), rel=1e-9, abs=1e-9)
    strength = nuem("limit", back, "--parameter", "cevns", "--json").json()
    assert strength["status"] == "ok"
    assert strength["best_fit"] == pytest.approx(1.0, abs=3.0)


def test_what_is_only_approximate_is_said(nuem: Run, tmp_path: Path) -> None:
    content = foreign()
    (_, background) = content["channels"][0]["samples"]
    background["modifiers"][1]["data"]["hi_data"] = [60.0, 44.0, 33.0]
    del background["modifiers"][3]
    path, back = tmp_path / "a.json", tmp_path / "a.toml"
    path.write_text(json.dumps(content))
    text = nuem("import", "pyhf", path, "-o", back).text()
    assert "tilt: a parabola through its templates at -1, 0 and 1" in text
    assert "# tilt: a parabola through its templates" in back.read_text()


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("pyhf", "{}", "'measurements' is missing"),
        ("pyhf", "no", "not JSON"),
        ("hs3", "[]", "an object expected"),
        ("hs3", '{"analyses": []}', "not a workspace of HS3 with an analysis"),
    ],
)
def test_what_is_no_likelihood(
    nuem: Run, tmp_path: Path, kind: str, content: str, message: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    assert message in nuem("import", kind, path, "-o", tmp_path / "a.toml").error(3)
    assert not (tmp_path / "a.toml").exists()


def test_a_submission_without_a_likelihood(nuem: Run, tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    (tmp_path / "submission.yaml").write_text("comment: nothing\n")
    words = ("import", "hepdata", tmp_path, "-o", tmp_path / "a.toml")
    assert "no likelihood among the resources" in nuem(*words).error(3)
    assert "ends in .toml" in nuem("import", "hs3", "a.json", "-o", tmp_path / "a.txt").error(2)


def test_linear_form_of_pyhf(nuem: Run, tmp_path: Path) -> None:
    """Changes of second order are left out on request, refused otherwise."""
    path = tmp_path / "a.json"
    words = ("export", "gemma-2012", *MORPHS, "--format", "pyhf", "-o", path)
    assert "ask for the linear form" in nuem(*words).error(3)
    assert "an approximation" in nuem(*words, "--linear").text()
    back = tmp_path / "back.toml"
    nuem("import", "pyhf", path, "-o", back).text()
    exact = limits(nuem, "gemma-2012", "mu_nu", *MORPHS)
    assert limits(nuem, back, "mu_nu") == pytest.approx(exact, rel=2e-3, abs=0)
