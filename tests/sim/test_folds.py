"""Variations of an experiment: keys by path, and folds shared between them that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from model_arrays import arrays_of, backgrounds_of, signal_of

from sim.experiment import ConfigurationError, Experiment, load_experiment
from sim.folding import folds as folds_module
from sim.folding.folds import Folds, needs_fold
from sim.model import Model
from sim.model_assembly import build_model
from sim.variation import value_at, varied

THRESHOLDS = (2.5, 2.8, 2.85, 3.0, 3.37, 7.9)
COARSE = [
    "analysis.bin_width_kev=0.9",
    "systematics.flux_shape=true",
    "systematics.energy_scale=0.01",
    "reactor.spent_fuel={fraction=0.02}",
]


@pytest.fixture(scope="module")
def gemma() -> Experiment:
    return load_experiment("gemma-2012", COARSE)


def assert_same(found: Model, wanted: Model, tolerance: float) -> None:
    """Counts and their changes, each against the largest count of its sample."""
    scale = np.abs(arrays_of(wanted).samples).max(axis=-1, keepdims=True) + 1e-300
    pairs = [(arrays_of(found).samples, arrays_of(wanted).samples)]
    for mine, other in zip(arrays_of(found).morphs, arrays_of(wanted).morphs, strict=True):
        assert mine.name == other.name
        pairs += [(mine.linear, other.linear), (mine.quadratic, other.quadratic)]
    for one, other in pairs:
        assert np.max(np.abs(one - other) / scale) < tolerance
    for mine, other in zip(backgrounds_of(found), backgrounds_of(wanted), strict=True):
        np.testing.assert_array_equal(mine.counts, other.counts)


CHEAP: list[dict[str, Any]] = [
    {"exposure.on_days": 10.0, "exposure.off_days": 3.0},
    {"detector.mass_kg": 20.0, "background.0.rate_per_kev_kg_day": 0.1},
    {"detector.threshold_kev": 2.85},
    {"detector.threshold_kev": 2.5, "reactor.baseline_m": 25.0},
    {"detector.threshold_kev": 7.9, "reactor.thermal_power_gw": 1.0},
    {"systematics.flux_norm": 0.1, "background.3.center_kev": 40.0},
]


def test_variations_share_one_fold(gemma: Experiment) -> None:
    folds = Folds(THRESHOLDS)
    build_model(gemma, folds=folds)
    n_folds = folds.count
    assert n_folds > 2
    for changes in CHEAP:
        experiment = varied(gemma, changes)
        cut = changes.get("detector.threshold_kev", 0.0) > 7.0
        tolerance = 1e-7 if cut else 1e-13  # that of the recoil grid, which starts elsewhere
        assert_same(build_model(experiment, folds=folds), build_model(experiment), tolerance)
        assert all(not needs_fold(key) for key in changes)
    assert folds.count == n_folds


@pytest.mark.parametrize(
    "changes",
    [
        {"detector.resolution.noise_fwhm_kev": 0.9},
        {"physics.ionization": "free"},
        {"systematics.energy_scale": 0.03},
        {"analysis.window_kev.1": 46.0},
        {"analysis.channels": ("electron",)},
        {"reactor.spectrum": "huber-mueller", "systematics.flux_shape": False},
        {"reactor.spent_fuel.fraction": 0.2},
        {"reactor.oscillation": True, "reactor.baseline_m": 200.0, "systematics.flux_shape": False},
        {"detector.threshold_kev": 4.0},
    ],
)
def test_what_changes_the_physics_is_folded_again(
    gemma: Experiment, changes: Mapping[str, Any]
) -> None:
    folds = Folds(THRESHOLDS)
    build_model(gemma, folds=folds)
    before = folds.count
    experiment = varied(gemma, changes)
    assert_same(build_model(experiment, folds=folds), build_model(experiment), 1e-13)
    assert folds.count > before
    assert_same(build_model(gemma, folds=folds), build_model(gemma), 1e-13)


def test_results_do_not_depend_on_what_was_folded_before(gemma: Experiment) -> None:
    experiment = varied(gemma, {"reactor.baseline_m": 17.0, "detector.threshold_kev": 3.0})
    fresh = build_model(experiment, folds=Folds(THRESHOLDS))
    used = Folds(THRESHOLDS)
    for baseline in (10.0, 33.0):
        build_model(varied(gemma, {"reactor.baseline_m": baseline}), folds=used)
    again = build_model(experiment, folds=used)
    np.testing.assert_array_equal(signal_of(again), signal_of(fresh))
    for mine, other in zip(arrays_of(again).morphs, arrays_of(fresh).morphs, strict=True):
        np.testing.assert_array_equal(mine.linear, other.linear)


def test_only_the_last_folds_are_kept(gemma: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds_module, "_CAPACITY", 3)
    folds = Folds()
    plain = varied(gemma, {"systematics.flux_shape": False, "systematics.energy_scale": 0.0})
    for _ in range(2):
        for fwhm in (0.5, 0.6, 0.7):
            other = varied(plain, {"detector.resolution.noise_fwhm_kev": fwhm})
            assert_same(build_model(other, folds=folds), build_model(other), 1e-13)
    assert folds.count == 2 * 3 * 4  # times, widths, channels in ON and OFF


def test_values_by_key(gemma: Experiment) -> None:
    changed = varied(
        gemma,
        {
            "background.0.rate_per_kev_kg_day": 9.0,
            "background.1.norm": 0.1,
            "detector.resolution.noise_fwhm_kev": 0.2,
            "analysis.window_kev.0": 4.6,
            "exposure.on_days": 5,
        },
    )
    assert value_at(changed, "background.0.rate_per_kev_kg_day") == 9.0
    assert value_at(changed, "background.1.norm") == 0.1
    assert value_at(changed, "detector.resolution.noise_fwhm_kev") == 0.2
    assert value_at(changed, "analysis.window_kev") == (4.6, 55.0)
    assert value_at(changed, "exposure.on_days") == 5
    assert value_at(gemma, "exposure.on_days") == 755.6
    loaded = load_experiment("gemma-2012", [*COARSE, "exposure.on_days=5.0"])
    assert varied(gemma, {"exposure.on_days": 5}).sha256() == loaded.sha256()


@pytest.mark.parametrize(
    ("key", "value", "match"),
    [
        ("detector.treshold_kev", 1.0, "unknown key; nearest valid name: threshold_kev"),
        ("detectr.threshold_kev", 1.0, "unknown key; nearest valid name: detector"),
        ("background.9.norm", 0.1, "pb210 expected, found 9"),
        ("background.x.norm", 0.1, "pb210 expected, found x"),
        ("detector.mass_kg.x", 1.0, "x is not in this experiment"),
        ("data.on", "a.csv", "on is not in this experiment"),
        ("detector.mass_kg", -1.0, r"detector.mass_kg: .*greater than 0, found -1"),
        ("detector.mass_kg", "heavy", "detector.mass_kg: .*found 'heavy'"),
        ("detector.threshold_kev", 99.0, "lies above"),
        ("background.0.shape", "line", "background.0"),
    ],
)
def test_refusals(gemma: Experiment, key: str, value: object, match: str) -> None:
    with pytest.raises(ConfigurationError, match=match):
        varied(gemma, {key: value})
