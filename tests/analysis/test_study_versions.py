"""Versions do not mix: a study goes on with the code that started it, or says why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.studies import code, shard_files, study
from analysis.studies.merging import merge_study
from analysis.studies.plans.toy_plan import ToyPlan
from analysis.studies.shard_runner import run_shard
from analysis.studies.study import PLAN_FILE, open_study, read_plan, shard_path
from analysis.studies.study_results import study_results
from analysis.studies.workers import run_study
from sim.experiment import ConfigurationError, load_experiment

Other = Callable[[str], None]


@pytest.fixture(scope="module")
def plan() -> ToyPlan:
    experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"])
    return ToyPlan(experiment, "mu_nu", n_toys=30, seed=7, shard_size=10)


@pytest.fixture
def under_way(plan: ToyPlan, tmp_path: Path) -> Path:
    """A study of three shards of which one is done."""
    open_study(tmp_path, plan)
    run_study(tmp_path, plan, shards=[0])
    return tmp_path


@pytest.fixture
def other_code(monkeypatch: pytest.MonkeyPatch) -> Other:
    """Give this process other code than it has."""

    def change(sha256: str) -> None:
        for module in (code, study, shard_files):
            monkeypatch.setattr(module, "code_sha256", lambda: sha256)

    return change


def test_the_hash_is_of_what_makes_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels, constants and tables change it; presets, plots and the command line do not."""
    read: list[str] = []
    whole = Path.read_bytes

    def reading(path: Path) -> bytes:
        read.append(path.as_posix())
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    assert code.code_sha256.__wrapped__() == code.code_sha256()
    for name in ("sim/cross_sections/constants.py", "fluxes/kernels.py", "fits/newton_kernels.py"):
        assert any(path.endswith(name) for path in read), name
    assert any("detectors/data" in path and path.endswith(".csv") for path in read)
    for name in ("sim/experiments", "analysis/plots", "scripts/"):
        assert not any(name in path for path in read), name


def test_other_code_does_not_go_on(plan: ToyPlan, under_way: Path, other_code: Other) -> None:
    before = shard_path(under_way, 0).read_bytes()
    other_code("f" * 64)
    open_study(under_way, plan)
    with pytest.raises(ConfigurationError, match=r"made by other code \(.*, not ffffffffffff\)"):
        run_study(under_way, plan)
    with pytest.raises(ConfigurationError, match="go on with the nuem that started it"):
        run_shard(under_way, 1)
    assert not shard_path(under_way, 1).exists()
    assert shard_path(under_way, 0).read_bytes() == before
    run_study(under_way, plan, shards=[0])  # there is nothing to run
    assert study_results(under_way).items.size == 10


def test_shards_of_two_codes_are_not_merged(
    plan: ToyPlan, under_way: Path, other_code: Other, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    other_code("f" * 64)
    open_study(elsewhere, plan)
    run_study(elsewhere, plan, shards=[1])
    shard_path(under_way, 1).write_bytes(shard_path(elsewhere, 1).read_bytes())
    with pytest.raises(ConfigurationError, match=r"000001\.h5: a shard made by other code"):
        merge_study(under_way, under_way / "m.h5", partial=True)
    assert not (under_way / "m.h5").exists()


def test_a_shard_that_does_not_say_is_not_mixed_with_others(
    plan: ToyPlan, under_way: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of the first edition, put into a study of now."""
    with monkeypatch.context() as before:
        before.setattr(shard_files, "versions_of_code", lambda: "{}")
        run_study(under_way, plan, shards=[1])
    with pytest.raises(ConfigurationError, match=r"000001\.h5: a shard made by other code"):
        study_results(under_way)


def test_a_plan_that_does_not_say(
    plan: ToyPlan, under_way: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans of the first edition are read and merged; resuming them is refused with the reason."""
    with monkeypatch.context() as before:
        before.setattr(shard_files, "versions_of_code", lambda: "{}")
        shard_path(under_way, 0).unlink()
        run_study(under_way, plan, shards=[0])
    content = json.loads((under_way / PLAN_FILE).read_text())
    assert content.pop("code_sha256") == code.code_sha256()
    (under_way / PLAN_FILE).write_text(json.dumps(content))
    assert read_plan(under_way).sha256() == plan.sha256()
    assert not merge_study(under_way, under_way / "m.h5", partial=True)
    with pytest.raises(ConfigurationError, match=r"did not say which .*nuem merge --partial"):
        run_study(under_way, plan)
