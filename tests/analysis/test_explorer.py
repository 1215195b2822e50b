"""The explorer: numpy gets from its JSON what the model expects; the page is sealed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analysis.explorer.content import explorer_content
from analysis.explorer.controls import correlations_content
from analysis.explorer.page import explorer_page
from analysis.explorer.spectra import ShapePool
from analysis.explorer.symbols import symbol_html, symbol_text
from analysis.explorer.thresholds import folded_thresholds
from analysis.likelihood.assembly import joint_likelihood
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.experiment import ConfigurationError, load_experiment, parse_experiment
from sim.model_assembly import build_model

ONE_DETECTOR = str(
    Path(__file__).parents[1] / "data/first-edition/experiments/conus-plus-2025.toml"
)
CONUS = (ONE_DETECTOR, ("analysis.bin_width_kev=0.083",))
TRUTH = NeutrinoParameters(mu_nu=5e-11, q_nu=-1.3e-12, r2_nu=4e-32)


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    """Of an experiment with both channels and morphs, as it comes back from JSON."""
    made = explorer_content(load_experiment(*CONUS), overrides=CONUS[1])
    parsed: dict[str, Any] = json.loads(json.dumps(made, allow_nan=False))
    return parsed


def expected(content: dict[str, Any], place: int, values: dict[str, float]) -> list[FloatArray]:
    """Counts of each spectrum at a threshold, at values by the names that terms know."""
    at = {n["name"]: n["center"] for n in content["nuisances"]}
    at |= {p["fitted"]: 0.0 for p in content["parameters"]} | values
    shapes = [np.array(shape) for shape in content["shapes"]]
    return [
        np.sum(
            [
                weight * prod(at[name] for name in factors) * shapes[shape]
                for shape, weight, *factors in spectrum["terms"]
            ],
            axis=0,
        )
        for spectrum in content["thresholds"][place]["spectra"]
    ]


def scaled(content: dict[str, Any], truth: dict[str, float]) -> dict[str, float]:
    """x by fitted name of values by user's name, as the page computes it."""
    return {
        p["fitted"]: ((truth[p["name"]] - p["origin"]) / p["scale"]) ** (1 / p["power"])
        for p in content["parameters"]
        if p["name"] in truth
    }


@pytest.mark.parametrize("place", [0, 2])
def test_expectation_of_the_standard_model(content: dict[str, Any], place: int) -> None:
    threshold = content["thresholds"][place]["threshold_kev"]
    changed = load_experiment(CONUS[0], (*CONUS[1], f"detector.threshold_kev={threshold}"))
    counts = build_model(changed).asimov().counts
    for ours, theirs in zip(expected(content, place, {}), counts, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_expectation_of_a_truth(content: dict[str, Any]) -> None:
    model = build_model(load_experiment(*CONUS))
    truth = {"mu_nu": TRUTH.mu_nu, "q_nu": TRUTH.q_nu, "r2_nu": float(str(TRUTH.r2_nu))}
    found = expected(content, 0, scaled(content, truth))
    for ours, theirs in zip(found, model.asimov(TRUTH).counts, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11)
    assert np.max(np.abs(found[0] - expected(content, 0, {})[0])) > 1


def test_expectation_with_nuisances(content: dict[str, Any]) -> None:
    """An energy scale that is off, and a norm, against the likelihood of the fits."""
    model = build_model(load_experiment(*CONUS))
    likelihood = joint_likelihood(model, model.asimov())
    x = likelihood.centers.copy()
    x[likelihood.index("energy_scale")], x[likelihood.index("norm:rise")] = 0.7, 1.2
    ours = np.concatenate(expected(content, 0, {"energy_scale": 0.7, "norm:rise": 1.2}))
    np.testing.assert_allclose(ours[ours != 0], likelihood.expected(x), rtol=1e-12)
    assert np.max(np.abs(ours - np.concatenate(expected(content, 0, {})))) > 1


def test_sliders_of_the_experiment_multiply(content: dict[str, Any]) -> None:
    """Keys of exposure and backgrounds, multiplied, do what factors on the terms do."""
    rise = next(b for b in content["backgrounds"] if b["name"] == "rise")
    sets = [f"{key}={3 * value}" for key, value in content["exposure"].items()]
    sets.append(f"{rise['key']}={0.4 * rise['rate']}")
    counts = build_model(load_experiment(*CONUS).changed(sets)).asimov().counts
    found = expected(content, 0, dict.fromkeys(rise["norms"], 0.4))
    for ours, theirs in zip(found, counts, strict=True):
        np.testing.assert_allclose(3 * ours, theirs, rtol=1e-12)
    assert rise["norms"] == ["norm:rise"]


def test_names_and_units(content: dict[str, Any]) -> None:
    parameters = {p["name"]: p for p in content["parameters"]}
    assert list(parameters)[:3] == ["mu_nu", "q_nu", "r2_nu"]
    assert parameters["mu_nu"]["option"] == "--mu-nu"
    assert parameters["q_emu"]["option"] == "--q-emu"
    assert parameters["cevns"]["option"] is None
    assert [n["sigma"] for n in content["nuisances"] if n["kind"] == "norm"] == [None, None]
    assert content["overrides"] == list(CONUS[1])
    assert content["source"] == "conus-plus-2025"
    assert content["warnings"] == []
    on, off = content["thresholds"][0]["spectra"]
    assert (on["name"], off["name"]) == ("on", "off")
    assert on["kg_days"] == pytest.approx(2.83 * 115.5)
    assert on["is_on"]
    assert not off["is_on"]


def test_equal_shapes_are_shipped_once(content: dict[str, Any]) -> None:
    texts = [str(shape) for shape in content["shapes"]]
    assert len(set(texts)) == len(texts)
    pool = ShapePool()
    assert [pool.place(np.array(shape)) for shape in ([1.0, 2.0], [1.0, 3.0], [1.0, 2.0])] == [
        0,
        1,
        0,
    ]
    assert pool.shapes == [[1.0, 2.0], [1.0, 3.0]]


def test_an_experiment_without_an_off_period_has_one_spectrum() -> None:
    experiment = load_experiment(ONE_DETECTOR, ("exposure.off_days=0", *CONUS[1]))
    made = explorer_content(experiment, thresholds_kev=[])
    assert [s["name"] for s in made["thresholds"][0]["spectra"]] == ["on"]
    assert made["exposure"] == {"exposure.scale": 1.0}
    assert made["treatments"] == ["off-joint"]


def test_correlated_constraints() -> None:
    matrix = np.array([[1.0, 0.6], [0.6, 1.0]])
    model: Any = SimpleNamespace(correlations=((("a", "b"), matrix),))
    (found,) = correlations_content(model)
    assert found["names"] == ["a", "b"]
    np.testing.assert_allclose(np.array(found["precision"]) @ matrix, np.eye(2), atol=1e-14)


def test_observed_spectra_and_floating_shapes() -> None:
    experiment = load_experiment("dresden-ii")
    made = explorer_content(experiment)
    assert [t["is_own"] for t in made["thresholds"]] == [True]
    model = build_model(experiment)
    assert model.observed is not None
    (on,) = made["thresholds"][0]["spectra"]
    np.testing.assert_array_equal(on["observed"], model.observed.counts[0])
    shapes = [n["name"] for n in made["nuisances"] if n["kind"] == "shape"]
    assert shapes
    assert all(name in made["warnings"][0] for name in shapes)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (ONE_DETECTOR, [0.1], "threshold 0.1 keV: allowed is what the window holds"),
        (ONE_DETECTOR, [0.2, 1.0], "threshold 1 keV: allowed is what the window holds"),
        ("dresden-ii", [0.3], "observed spectra have the threshold that they were taken with"),
    ],
)
def test_thresholds_that_cannot_be(name: str, values: list[float], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        folded_thresholds(load_experiment(name), values)


def test_thresholds_are_in_order() -> None:
    folded = folded_thresholds(load_experiment(*CONUS), [0.3, 0.2])
    assert [f.threshold_kev for f in folded] == [0.17, 0.2, 0.3]
    assert [f.is_own for f in folded] == [True, False, False]


def test_page_is_sealed() -> None:
    """Names are escaped, the policy names the one program, and nothing is loaded."""
    text = (
        Path(ONE_DETECTOR)
        .read_text(encoding="utf-8")
        .replace('description = "', 'description = "</script><b>&')
    )
    experiment = parse_experiment(text, overrides=CONUS[1])
    page = explorer_page(experiment, thresholds_kev=[], source="</script>.toml")
    assert "<b>" not in page
    assert "&lt;/script&gt;&lt;b&gt;&amp;CONUS+" in page
    assert page.count("</script>") == 2
    program = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert program is not None
    digest = base64.b64encode(hashlib.sha256(program[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    held = re.search(r'<script type="application/json" id="content">(.*?)</script>', page)
    assert held is not None
    assert json.loads(held[1])["source"] == "</script>.toml"


@pytest.mark.parametrize(
    ("tex", "html", "text"),
    [
        (r"\mu_\nu", "μ<sub>ν</sub>", "μν"),
        (r"\langle r^2_{e\mu} \rangle", "⟨<i>r</i><sup>2</sup><sub><i>e</i>μ</sub>⟩", "⟨r2eμ⟩"),
        (r"\sin^2\theta_W", "sin<sup>2</sup>θ<sub><i>W</i></sub>", "sin2θW"),
        ("a<b", "<i>a</i>&lt;<i>b</i>", "a<b"),
        (r"x_{", "<i>x</i><sub></sub>", "x"),
    ],
)
def test_symbols(tex: str, html: str, text: str) -> None:
    assert symbol_html(tex) == html
    assert symbol_text(tex) == text
