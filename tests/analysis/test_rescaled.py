"""Rescaled likelihoods: points of a scan are what their own likelihood says, in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.likelihood.degeneracy import in_span
from analysis.limits.limit import limit
from analysis.studies import scan_runner as scan_module
from analysis.studies.plans.scan_plan import Axis, ScanPlan
from analysis.studies.scan_runner import Point, ScanRunner
from sim.experiment import Experiment, load_experiment
from sim.folding.folds import Folds
from sim.model_assembly import build_model
from sim.variation import value_at, varied

FACTORS = (0.4, 1.0, 2.3)
COARSE = "analysis.bin_width_kev=1.8"
SYSTEMATICS = [
    "systematics.flux_shape=true",
    "systematics.energy_scale=0.01",
    "systematics.exposure=0.02",
]
FIXED_SHAPES = [
    "background.1.scale_uncertainty=0",
    "background.2.center_uncertainty=0",
    "background.2.sigma_uncertainty=0",
    "background.2.satellite.1.ratio_uncertainty=0",
]
ONE_DETECTOR = Path(__file__).parents[1] / "data/first-edition/experiments/conus-plus-2025.toml"
CASES = {
    "gemma": ("gemma-2012", [COARSE], "qtilde"),
    "off-fixed": ("gemma-2012", [COARSE, "analysis.background=off-fixed"], "cls"),
    "nuisances": ("gemma-2012", [COARSE, *SYSTEMATICS], "delta-chi2"),
    "on-only": ("dresden-ii", FIXED_SHAPES, "qtilde"),
    "few-counts": ("texono-2010", [], "clsb"),
    "nuclei": (str(ONE_DETECTOR), [], "qtilde"),
    "decay": (
        "gemma-2012",
        [COARSE, 'background.0.scaling="decay"', "background.0.half_life_days=500"],
        "qtilde",
    ),
}


def scaling_axes(experiment: Experiment) -> tuple[Axis, ...]:
    """All keys that only scale, each about its own value."""
    keys = ["exposure.on_days", "detector.mass_kg"]
    keys += ["exposure.off_days"] if experiment.config.exposure.off_days > 0 else []
    for key in ("thermal_power_gw", "baseline_m", "flux_cm2_s"):
        if getattr(experiment.config.reactor, key) is not None:
            keys.append(f"reactor.{key}")
    for i, component in enumerate(experiment.config.background):
        for key in ("rate_per_kev_kg_day", "rate_per_kg_day"):
            keys += [f"background.{i}.{key}"] if hasattr(component, key) else []
    values = {key: value_at(experiment, key) for key in keys[:8]}
    return tuple(Axis(k, tuple(f * float(str(v)) for f in FACTORS)) for k, v in values.items())


def runner_of(name: str, overrides: list[str], method: str, *more: Axis) -> ScanRunner:
    experiment = load_experiment(name, overrides)
    axes = (*scaling_axes(experiment), *more)
    return ScanRunner(ScanPlan(experiment, axes, "mu_nu", method, 0.90))


def on_its_own(runner: ScanRunner, item: int) -> Point:
    """The point from a model and a likelihood of its own."""
    experiment = varied(runner.plan.experiment, runner.plan.changes(item))
    return runner._limit(build_model(experiment, folds=runner._folds[""]))


@pytest.mark.parametrize("case", CASES)
def test_points_are_what_their_own_likelihood_says(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runner_of(*CASES[case])
    items = np.random.default_rng(1).integers(0, runner.plan.n_items, 4).tolist()
    wanted = [on_its_own(runner, item) for item in items]
    built: list[Any] = []
    monkeypatch.setattr(scan_module, "build_model", counted(built))
    found = [runner.point(item) for item in items]
    assert len(built) == 1
    for mine, other in zip(found, wanted, strict=True):
        assert (mine.status, mine.reason) == (other.status, other.reason) == ("ok", "")
        assert mine.band == pytest.approx(other.band, rel=1e-11, abs=0, nan_ok=True)
        assert mine.upper == mine.band[2]
    assert len({point.upper for point in found}) == len(set(items))
    experiment = varied(runner.plan.experiment, runner.plan.changes(items[0]))
    model = build_model(experiment)
    direct = limit(model, model.asimov(), "mu_nu", 0.9, runner.plan.method)
    assert found[0].upper == pytest.approx(direct.upper, rel=1e-6, abs=0)


def counted(built: list[Any]) -> Any:
    def build(experiment: Experiment, folds: Folds) -> Any:
        built.append(experiment)
        return build_model(experiment, folds=folds)

    return build


def test_points_do_not_depend_on_the_others() -> None:
    """The order of points, and those that share their reference, change nothing at all."""
    thresholds = Axis("detector.threshold_kev", (2.8, 3.3))
    windows = Axis("analysis.window_kev.1", (51.4, 55.0))
    runner = runner_of("gemma-2012", [COARSE], "qtilde", thresholds, windows)
    items = np.random.default_rng(2).integers(0, runner.plan.n_items, 12).tolist()
    together = {item: runner.point(item) for item in items}
    for item in reversed(items):
        assert ScanRunner(runner.plan).point(item) == together[item]


def test_what_is_not_a_matter_of_scale_has_its_own_reference() -> None:
    """Nuisances, treatments, constraints and periods that vanish are told apart."""
    axes = (
        Axis("exposure.off_days", (0.0, 100.0)),
        Axis("systematics.flux_norm", (0.0, 0.3)),
        Axis("background.0.norm", ("free", 0.0)),
        Axis("reactor.oscillation", (False, True)),
        Axis("reactor.baseline_m", (13.9, 400.0)),
        Axis("analysis.background", ("off-joint", "off-fixed")),
    )
    plan = ScanPlan(load_experiment("gemma-2012", [COARSE]), axes, "mu_nu", "qtilde", 0.9)
    runner = ScanRunner(plan)
    n_invalid = 0
    for item in range(plan.n_items):
        found = runner.point(item)
        if found.status == "invalid":
            n_invalid += 1
            assert "needs an OFF period" in found.reason
            continue
        assert found.band == pytest.approx(on_its_own(runner, item).band, rel=1e-11, abs=0)
    assert n_invalid == plan.n_items / 4


def test_what_cannot_be_rescaled_is_had_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes that float, an activity that has died out, and steps that do not converge."""
    dead = ['background.0.scaling="decay"', "background.0.half_life_days=0.001"]
    for name, overrides in (("dresden-ii", []), ("gemma-2012", [COARSE, *dead])):
        runner = runner_of(name, overrides, "qtilde")
        assert runner.point(0) == on_its_own(runner, 0)
        assert runner.point(0).status == "ok"
    runner = runner_of("gemma-2012", [COARSE], "qtilde")
    wanted = on_its_own(runner, 5)

    def never(own: Any, truth: Any, sigmas: Any, couplings: Any, rises: Any) -> Any:
        return np.full(len(rises), np.nan)

    monkeypatch.setattr("analysis.limits.asimov_scaling.Reduction.asimov_roots", never)
    assert runner.point(5).band == pytest.approx(wanted.band, rel=1e-6)


def test_imitated_where_backgrounds_are_free() -> None:
    """In two bins a constant and 1/E imitate any signal, unless OFF tells what they are."""
    off = Axis("exposure.off_days", (0.0, 10.0))
    windows = ["analysis.window_kev=[2.8,6.4]", COARSE, "systematics.flux_norm=0"]
    experiment = load_experiment("gemma-2012", windows)
    plan = ScanPlan(experiment, (off, Axis("detector.mass_kg", (1.0, 5.0))), "mu_nu", "qtilde", 0.9)
    found = [ScanRunner(plan).point(item) for item in range(4)]
    assert [point.status for point in found] == ["unidentifiable"] * 2 + ["ok"] * 2
    assert found[0] == on_its_own(ScanRunner(plan), 0)


def test_span_is_found_whatever_few_bins_say() -> None:
    x = np.linspace(0, 1, 500)
    shapes = np.stack([np.ones(500), x, np.exp(-x)], axis=1)
    effects = (shapes @ [0.3, -2.0, 1e-3])[:, None]
    assert in_span(effects, shapes)
    assert not in_span(np.cos(x)[:, None], shapes)
    one_bin = effects.copy()
    one_bin[7] += 1e-3  # not among the few that are looked at first
    assert not in_span(one_bin, shapes)
    assert not in_span(np.hstack([effects, x[:, None] ** 2]), shapes)
    assert not in_span(effects, np.zeros((500, 1)))
    assert in_span(1e-12 * effects, 1e6 * shapes)
