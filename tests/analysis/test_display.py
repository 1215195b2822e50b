"""How results show themselves, and whole studies in one call."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nuem
from sim.display import html_table, shown

OVERRIDES = ["analysis.bin_width_kev=0.9", "exposure.on_days=100"]


@pytest.fixture(scope="module")
def experiment() -> nuem.Experiment:
    return nuem.load_experiment("gemma-2012", OVERRIDES)


@pytest.fixture(scope="module")
def model(experiment: nuem.Experiment) -> nuem.Model:
    return nuem.build_model(experiment)


@pytest.fixture(scope="module")
def results(
    experiment: nuem.Experiment, model: nuem.Model, tmp_path_factory: Any
) -> dict[str, Any]:
    spectra = model.asimov()
    path = tmp_path_factory.mktemp("display") / "a.h5"
    nuem.write_spectra(path, model, spectra)
    fitted = nuem.fit(model, spectra, ("mu_nu",))
    folder = path.with_name("toys")
    coverage = path.with_name("coverage")
    nuem.open_study(coverage, plan := nuem.CoveragePlan(experiment, 8, 1, (0.0,), ("qtilde",)))
    nuem.run_study(coverage, plan, 1)
    return {
        "Experiment": experiment,
        "Model": model,
        "Spectra": spectra,
        "StoredSpectra": nuem.read_spectra(path),
        "Limit": nuem.upper_limit(model, spectra),
        "FitResult": fitted,
        "Significance": nuem.significance(model, spectra, "mu_nu"),
        "ToySummary": nuem.toy_study(experiment, 8, 1, folder=folder),
        "ToyOutcomes": nuem.toy_outcomes(folder),
        "FittedParameter": fitted.parameters[0],
        "FittedSpectra": nuem.fitted_spectra(model, spectra, fitted),
        "Citation": nuem.citations(experiment)[0],
        "Reach": nuem.discovery_reach(model, "mu_nu", 5e-11)[0],
        "Contour": nuem.contour(model, spectra, ("mu_nu", "q_nu"), 5),
        "LikelihoodGrid": nuem.likelihood_grid(model, spectra, {"mu_nu": (0.0, 1e-10, 3)}),
        "CoverageResults": nuem.coverage_results(coverage),
        "CurveLimit": nuem.limits_by_quenching(experiment, "mu_nu")[0],
        "ExpectedLimit": nuem.expected_limits(model, "mu_nu")[0],
        "Histogram": spectra.histogram("on"),
        "Impact": nuem.impacts(model, spectra)[0],
        "IonizationTable": nuem.ionization_table("Ge"),
        "ModelLimit": nuem.limits_by_ionization(experiment, "mu_nu")[0],
        "ProfileCurve": nuem.profile_curve(model, spectra, "mu_nu", 0.9),
        "Report": nuem.report(model, spectra),
        "ReproducedLimit": nuem.reproduce_limits(experiment, 1, model, 0)[0],
        "ScanResults": nuem.scan(experiment, {"exposure.on_days": [50.0, 100.0]}),
    }


INPUTS = {"Axis", "CoveragePlan", "NeutrinoParameters", "ScanPlan", "ToyPlan"}
RETURNED = ("ExpectedLimit", "ModelLimit", "ProfileCurve", "ToyOutcomes")
"""Results of public functions whose classes have no public name."""

NAMES = (
    *(
        name
        for name, thing in ((name, getattr(nuem, name)) for name in nuem.__all__)
        if isinstance(thing, type) and not issubclass(thing, Exception) and name not in INPUTS
    ),
    *RETURNED,
)


def test_every_result_is_shown(results: dict[str, Any]) -> None:
    assert set(results) == set(NAMES)
    assert all(type(result).__name__ == name for name, result in results.items())


@pytest.mark.parametrize("name", NAMES)
def test_a_short_line(name: str, results: dict[str, Any]) -> None:
    text = repr(results[name])
    assert text.startswith(f"<{name} ")
    assert text.endswith(">")
    assert "\n" not in text
    assert len(text) < 200


@pytest.mark.parametrize("name", NAMES)
def test_a_table_for_notebooks(name: str, results: dict[str, Any]) -> None:
    """Balanced tags and nothing but the tags of the table."""
    text = results[name]._repr_html_()
    tags = re.findall(r"<(/?)(\w+)[^>]*>", text)
    assert {tag for _, tag in tags} == {"table", "caption", "b", "tbody", "tr", "th", "td"}
    for tag in {tag for _, tag in tags}:
        assert tags.count(("", tag)) == tags.count(("/", tag)) > 0
    assert text.count("<tr>") >= 2


def test_what_is_shown(results: dict[str, Any]) -> None:
    assert repr(results["Experiment"]) == (
        "<Experiment gemma-2012: 1.5 kg of Ge, 100 days on, 187 off>"
    )
    limit = results["Limit"]
    assert f"mu_nu in [0, {limit.upper:.4g}] mu_B at 90 % CL (qtilde, off-joint): ok" in repr(limit)
    assert "4 backgrounds" not in repr(results["Model"])
    assert "58 from 2.8 to 55 keV" in repr(results["Spectra"])
    without = replace(limit, lower=None, upper=None, intervals=(), status="empty", reason="why")
    assert repr(without).endswith("none, empty: why>")
    assert "empty: why" in without._repr_html_()
    assert "at its bound of 0" in results["FitResult"]._repr_html_()


def test_what_a_user_writes_is_escaped(experiment: nuem.Experiment) -> None:
    nasty = "<script>alert('x')</script> & co"
    config = experiment.config.model_copy(update={"description": nasty})
    text = replace(experiment, config=config)._repr_html_()
    assert "<script" not in text
    assert html.escape(nasty) in text
    table = html_table("<b>", [("<i>", "<u>")])
    assert all(f"&lt;{tag}&gt;" in table for tag in "biu")


def test_numbers_for_people() -> None:
    assert (shown(None), shown(1.23456), shown(1.23456, 2)) == ("-", "1.235", "1.2")


# Studies in one call


def test_upper_limit(model: nuem.Model) -> None:
    spectra = model.asimov()
    assert nuem.upper_limit(model, spectra, 0.95, "cls") == nuem.limit(
        model, spectra, "mu_nu", 0.95, "cls"
    )


def test_a_scan(experiment: nuem.Experiment) -> None:
    found = nuem.scan(experiment, {"detector.threshold_kev": [3.0, 5.0]})
    assert found.counts() == {"ok": 2}
    assert found.upper[0] < found.upper[1]
    model = nuem.build_model(nuem.load_experiment("gemma-2012", [*OVERRIDES, THRESHOLD]))
    alone = nuem.upper_limit(model, model.asimov())
    assert found.upper[1] == pytest.approx(alone.upper, rel=1e-6)


THRESHOLD = "detector.threshold_kev=5.0"


def test_studies_that_are_kept(experiment: nuem.Experiment, tmp_path: Path) -> None:
    kept = nuem.toy_study(experiment, 8, 1, folder=tmp_path / "s", parameter="q_nu")
    assert kept.complete
    assert nuem.summarise_toys(tmp_path / "s") == kept
    assert nuem.toy_study(experiment, 8, 1, parameter="q_nu") == kept
    with pytest.raises(nuem.ConfigurationError, match="another"):
        nuem.toy_study(experiment, 8, 2, folder=tmp_path / "s", parameter="q_nu")
    with pytest.raises(ValueError, match="method"):
        nuem.toy_study(experiment, 8, 1, parameter="q_nu", method="cls")
