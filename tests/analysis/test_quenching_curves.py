"""Limits under each quenching curve: those of the experiment with the curve set in its file."""

from __future__ import annotations

import pytest

from analysis.limits.limit import limit
from analysis.limits.quenching_curves import SHIPPED_CURVES, limits_by_quenching
from sim.experiment import ConfigurationError, load_experiment
from sim.model_assembly import build_model

COARSE = [
    "analysis.window_kev=[0.2, 1.0]",
    "analysis.bin_width_kev=0.1",
    "detector.threshold_kev=0.2",
]


def test_each_row_is_the_limit_with_its_section() -> None:
    given = load_experiment("conus-plus-2025", COARSE)
    rows = limits_by_quenching(given, "cevns", 0.95)
    assert [row.curve for row in rows] == ["as in the experiment", *SHIPPED_CURVES["Ge"]]
    changed = load_experiment(
        "conus-plus-2025", [*COARSE, "detector.quenching={model='dresden2', curve='YBe'}"]
    )
    model = build_model(changed)
    expected = limit(model, model.asimov(), "cevns", 0.95)
    (row,) = (row for row in rows if row.quenching.get("curve") == "YBe")
    assert row.limit.upper == pytest.approx(expected.upper, rel=1e-9)
    assert rows[0].limit.upper != pytest.approx(row.limit.upper, rel=0.05)


def test_given_spectra_are_fitted_with_all_curves() -> None:
    """More ionization, more signal: the same counts then allow less of it."""
    given = load_experiment("conus-plus-2025", COARSE)
    spectra = build_model(given).asimov()
    best = {
        row.curve: row.limit.best_fit
        for row in limits_by_quenching(given, "cevns", spectra=spectra)
    }
    assert best["as in the experiment"] == pytest.approx(1.0, abs=1e-4)
    assert best["iron-filtered neutrons (Fef)"] < 0.7
    assert best["Lindhard with binding (Sarkis 2020)"] > 1.05


@pytest.mark.parametrize("name", ["neon", "nucleus"])
def test_light_and_heat_have_no_such_curves(name: str) -> None:
    with pytest.raises(ConfigurationError, match="curves are shipped for the ionization in Ge"):
        limits_by_quenching(load_experiment(name), "cevns")
