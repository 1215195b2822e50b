"""Scaling: a model at the reference times its scales is the model; only the named keys scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_arrays import MONOMIALS, arrays_of, backgrounds_of

from sim.experiment import ConfigurationError, Experiment, load_experiment
from sim.folding.folds import Folds, needs_fold
from sim.folding.scaling import at_reference, only_scales, sample_scales
from sim.model import Model
from sim.model_assembly import build_model
from sim.variation import Variations, varied

SYSTEMATICS = [
    "systematics.flux_shape=true",
    "systematics.energy_scale=0.01",
    "systematics.exposure=0.02",
    "systematics.resolution=0.05",
]
BACKGROUNDS = """
[[background]]
name = "activity"
shape = "exponential"
rate_per_kev_kg_day = 3.0
reference_kev = 3.0
scale_kev = 20.0
scaling = "decay"
half_life_days = 270.0
norm = 0.1

[[background]]
name = "from-the-reactor"
shape = "flat"
rate_per_kev_kg_day = 0.4
scaling = "reactor"
norm = 0.2

[[background]]
name = "apart"
shape = "line"
rate_per_kg_day = 5.0
center_kev = 20.0
scaling = "free"
satellite = [{ center_kev = 22.0, ratio = 0.3, ratio_uncertainty = 0.1 }]

[[background]]
name = "drawn"
shape = "table"
file = "drawn.csv"
"""
EVERY_KEY: dict[str, Any] = {
    "exposure.on_days": 333.0,
    "exposure.off_days": 41.0,
    "exposure.off_start_day": 400.0,
    "detector.mass_kg": 7.0,
    "reactor.thermal_power_gw": 1.7,
    "reactor.baseline_m": 21.0,
}


@pytest.fixture(scope="module")
def varied_backgrounds(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Backgrounds of every scaling, spent fuel, flux left in OFF, and many nuisances."""
    folder = tmp_path_factory.mktemp("scaling")
    (folder / "drawn.csv").write_text("energy_kev,rate_per_kev_kg_day\n1,2\n30,1\n60,0.1\n")
    text = load_experiment("gemma-2012").source
    text = text.replace("[published]", f"{BACKGROUNDS}\n[published]")
    (folder / "own.toml").write_text(text)
    changes = ["analysis.bin_width_kev=1.8", "reactor.spent_fuel={fraction=0.02}", *SYSTEMATICS]
    return load_experiment(folder / "own.toml", [*changes, "exposure.off_residual_flux=0.1"])


def assert_rescaled(experiment: Experiment, folds: Folds | None = None) -> None:
    found = build_model(at_reference(experiment), folds=folds)
    wanted = build_model(experiment, folds=folds)
    others = range(len(MONOMIALS), len(found.signal_table.templates))
    scales = np.delete(sample_scales(experiment), others, axis=0)[:, :, None]
    same(scales * arrays_of(found).samples, arrays_of(wanted).samples)
    assert [m.name for m in arrays_of(found).morphs] == [m.name for m in arrays_of(wanted).morphs]
    for mine, other in zip(arrays_of(found).morphs, arrays_of(wanted).morphs, strict=True):
        same(scales * mine.linear, other.linear, scale=wanted)
        same(scales * mine.quadratic, other.quadratic, scale=wanted)
    assert [(b.name, b.norm_uncertainty) for b in backgrounds_of(found)] == [
        (b.name, b.norm_uncertainty) for b in backgrounds_of(wanted)
    ]


def same(found: Any, wanted: Any, scale: Model | None = None) -> None:
    """Equal up to rounding, against the largest count of each sample."""
    counts = wanted if scale is None else arrays_of(scale).samples
    largest = np.max(np.abs(counts), axis=-1, keepdims=True) + 1e-300
    assert np.max(np.abs(found - wanted) / largest) < 1e-12


def test_every_key_at_once(varied_backgrounds: Experiment) -> None:
    rates = {f"background.{i}.rate_per_kev_kg_day": 0.3 + i for i in (0, 1, 4, 5)}
    rates |= {f"background.{i}.rate_per_kg_day": 2.0 + i for i in (2, 3, 6)}
    assert_rescaled(varied(varied_backgrounds, EVERY_KEY | rates))


@pytest.mark.parametrize("key", EVERY_KEY)
def test_one_key(varied_backgrounds: Experiment, key: str) -> None:
    assert only_scales(varied_backgrounds, key)
    assert not needs_fold(key)
    changed = varied(varied_backgrounds, {key: EVERY_KEY[key]})
    assert at_reference(changed).config.reactor == at_reference(varied_backgrounds).config.reactor
    assert_rescaled(changed, Folds())


@pytest.mark.parametrize(
    "overrides",
    [
        ["reactor.flux_cm2_s=3e12", 'reactor.normalisation="flux"'],
        ["reactor.flux_cm2_s=3e12", 'reactor.normalisation="power"'],
        ["reactor.oscillation=true"],
        ["exposure.off_days=0"],
    ],
)
def test_normalisations_and_periods(overrides: list[str]) -> None:
    changes = ["analysis.bin_width_kev=1.8", *overrides]
    if "reactor.oscillation=true" not in overrides:
        changes += SYSTEMATICS
    assert_rescaled(load_experiment("gemma-2012", changes))


def test_a_flux_that_is_only_stated() -> None:
    assert_rescaled(load_experiment("texono-2010"))


def test_templates_do_not_follow_the_flux() -> None:
    model = Path(__file__).parents[1] / "benchmarks" / "toy_model.toml"
    assert_rescaled(load_experiment(model, ["exposure.on_days=3"]))


def test_what_more_than_scales(varied_backgrounds: Experiment) -> None:
    for key in (
        "exposure.off_residual_flux",
        "detector.threshold_kev",
        "background.0.norm",
        "background.6.satellite.0.ratio",
        "background.4.half_life_days",
        "systematics.flux_norm",
        "reactor.spectrum",
        "analysis.background",
    ):
        assert not only_scales(varied_backgrounds, key)
    oscillating = load_experiment("gemma-2012", ["reactor.oscillation=true"])
    assert not only_scales(oscillating, "reactor.baseline_m")


def test_variations_are_those_of_varied(varied_backgrounds: Experiment) -> None:
    variations = Variations(varied_backgrounds)
    changes: list[dict[str, Any]] = [
        EVERY_KEY,
        {"exposure.on_days": 5, "exposure.off_days": 0},
        {"systematics.flux_shape": True},
        {"systematics.flux_shape": 1},
        {"systematics.flux_shape": 1.0},
        {"detector.threshold_kev": 60.0},
        {"detector.threshold_kev": 60.0, "analysis.window_kev.1": 73.0},
        {"background.0.rate_per_kev_kg_day": -1.0},
        {"background.0.name": "pb210"},
        {"reactor.baseline_m": "20 m"},
        {"reactor.basline_m": 3.0},
    ]
    for _ in range(2):
        assert [told(variations.at, c) for c in changes] == [
            told(lambda c: varied(varied_backgrounds, c), c) for c in changes
        ]


def told(vary: Any, changes: dict[str, Any]) -> str:
    """The experiment in full, or what is wrong with it."""
    try:
        return str(vary(changes).sha256())
    except ConfigurationError as error:
        return str(error)
