"""Prospects: each point is the limit of the changed experiment, and which way they go."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.limits.limit import limit
from analysis.published.prospects import Prospects, prospects
from sim.experiment import ConfigurationError, load_experiment
from sim.model_assembly import build_model

COARSE = ["analysis.bin_width_kev=0.1", "systematics.quenching=0"]


@pytest.fixture(scope="module")
def found() -> Prospects:
    return prospects(load_experiment("germanium-prospect", COARSE), background_factors=[1.0, 10.0])


def test_points_are_limits_of_the_changed_experiment(found: Prospects) -> None:
    changes = [
        "detector.threshold_kev=0.4",
        "background.0.rate_per_kev_kg_day=100",
        "background.1.rate_per_kev_kg_day=200",
    ]
    model = build_model(load_experiment("germanium-prospect", [*COARSE, *changes]))
    wanted = limit(model, model.asimov(), "mu_nu").upper
    curve = found.by_threshold[1]
    assert curve.values[4] == pytest.approx(0.4)
    assert curve.limits[4] == pytest.approx(wanted, rel=1e-6, abs=0)
    changes = ["exposure.on_days=990", "exposure.off_days=105"]
    model = build_model(load_experiment("germanium-prospect", [*COARSE, *changes]))
    wanted = limit(model, model.asimov(), "mu_nu").upper
    assert found.by_time[0].limits[3] == pytest.approx(wanted, rel=1e-6, abs=0)


def test_directions(found: Prospects) -> None:
    """Weaker with a higher threshold and more background, stronger with time as its fourth root."""
    for curves in (found.by_threshold, found.by_time):
        assert np.all(curves[1].limits > curves[0].limits)
    for curve in found.by_threshold:
        assert np.all(np.diff(curve.limits) > 0)
    last, first = found.by_time[1].limits[-1], found.by_time[1].limits[0]
    assert first / last == pytest.approx(100**0.25, rel=0.02, abs=0)
    assert found.unit == "mu_B"


def test_factors_must_be_positive() -> None:
    experiment = load_experiment("germanium-prospect", COARSE)
    with pytest.raises(ConfigurationError, match="rate_per_kev_kg_day"):
        prospects(experiment, background_factors=[0.0])
