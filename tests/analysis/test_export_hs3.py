"""Export to HS3: pyhs3 reads it and has the same -2 ln L; what it cannot hold is refused."""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from analysis.exports.hs3_workspace import hs3_text, hs3_workspace, validated_by_pyhs3
from analysis.fits.minimum import treated_likelihood
from sim.cross_sections.parameters import FloatArray
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra

MORPHS = (
    "analysis.bin_width_kev=5.8",
    "systematics.energy_scale=0.02",
    "systematics.exposure=0.01",
    "background.0.norm=0.1",
)


def rises_of_pyhs3(workspace: dict[str, Any], points: list[dict[str, float]]) -> FloatArray:
    """-2 ln L at each point less that at the first, by pyhs3's own graph; signal set free."""
    validated_by_pyhs3(workspace)  # the first import, which leaves logging alone
    import pyhs3
    import pytensor
    from pytensor.graph.traversal import explicit_graph_inputs

    content = json.loads(hs3_text(workspace))
    for value in content["parameter_points"][0]["parameters"]:
        value.pop("const", None)
    loaded = pyhs3.Workspace(**content)
    model = loaded.model(loaded.analyses[0], progress=False)
    inputs = list(explicit_graph_inputs([model.log_prob]))
    compiled = pytensor.function(inputs, model.log_prob, mode="FAST_COMPILE")
    names = [variable.name for variable in inputs]
    values = [float(np.squeeze(compiled(*(point[n] for n in names)))) for point in points]
    return -2 * (np.array(values) - values[0])


def points_about(
    model: Model, spectra: Spectra, n: int
) -> tuple[list[dict[str, float]], FloatArray]:
    """Nominal values and random ones near, by name, and our -2 ln L over that of the first."""
    likelihood = treated_likelihood(model, spectra)
    rng = np.random.default_rng(5)
    steps = np.where(likelihood.fixed, 0.0, 0.3 * rng.normal(size=(n, len(likelihood.names))))
    norms = np.array([kind == "norm" for kind in likelihood.kinds])
    places = likelihood.centers + np.where(norms, 0.02 * steps, steps)
    bounded = [i for i, known in enumerate(model.signal_table.parameters) if known.bounded]
    places[:, bounded] **= 2
    places[0] = likelihood.centers
    ours = np.array([likelihood.value(x) for x in places])
    return [dict(zip(likelihood.names, map(float, x), strict=True)) for x in places], ours - ours[0]


def _needs_pyhs3() -> None:
    """Not by importing it: it would set up the logging of the process."""
    if find_spec("pyhs3") is None:
        pytest.skip("pyhs3 is not installed: pip install 'nuem[hs3]'")


def test_likelihood_is_that_of_pyhs3() -> None:
    """All parameters of the signal, quadratic changes, and a norm times a nuisance: to 1e-8."""
    _needs_pyhs3()
    model = build_model(load_experiment("gemma-2012", MORPHS))
    spectra = next(iter(toys(model, 1, 3)))
    points, ours = points_about(model, spectra, 6)
    workspace = hs3_workspace(model, spectra)
    theirs = rises_of_pyhs3(workspace, points)
    assert np.max(np.abs(ours)) > 10
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-8)


def test_several_detectors_and_regions() -> None:
    """A channel for each run of bins of each detector and period; all are in the likelihood."""
    sets = ("analysis.regions_kev=[[0.2, 0.6, 0.1], [1.0, 1.4, 0.1]]",)
    path = "tests/data/examples/b-germanium-runs.toml"
    model = build_model(load_experiment(path, sets))
    workspace = hs3_workspace(model, model.asimov(), "q_nu")
    names = workspace["likelihoods"][0]["distributions"]
    assert "C2/on-1#1" in names
    assert "C2/on-1#2" in names
    assert len(names) == 2 * len(model.spectra)
    assert workspace["analyses"][0]["parameters_of_interest"] == ["q"]
    total = sum(sum(data["contents"]) for data in workspace["data"])
    assert total == pytest.approx(float(model.asimov().flat.sum()), rel=1e-12)
    on = next(d for d in workspace["distributions"] if d["name"] == "C2/on-1#2")
    np.testing.assert_allclose(on["axes"][0]["edges"], [1.0, 1.1, 1.2, 1.3, 1.4])


def test_valid_by_pyhs3() -> None:
    _needs_pyhs3()
    model = build_model(load_experiment("gemma-2012", MORPHS[:1]))
    workspace = hs3_workspace(model, model.asimov())
    assert validated_by_pyhs3(workspace)
    assert not logging.getLogger("nuem.model").disabled
    workspace["likelihoods"][0]["data"] = []
    with pytest.raises(ValueError, match="pyhs3 refuses"):
        validated_by_pyhs3(workspace)


def test_what_the_format_cannot_hold() -> None:
    model = build_model(load_experiment("dresden-ii"))
    with pytest.raises(ValueError, match="these spectra have errors of their own"):
        hs3_workspace(model, model.data())
    poisson = Spectra(model.spectra, model.asimov().flat, "asimov")
    with pytest.raises(ValueError, match="no shapes of backgrounds that float, as epithermal"):
        hs3_workspace(model, poisson)
