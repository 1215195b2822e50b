"""The world together: approximate likelihoods, supersession, combinations by an own route."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.limits.limit import limit
from analysis.published import world
from analysis.published.world import WorldEntry, combined, world_limits
from sim.experiment import load_experiment
from sim.model_assembly import build_model

Run = Callable[..., Any]
RISE = 2.70554345


def parabola(name: str, parameter: str, centre: float, half: float) -> WorldEntry:
    scale = {"q_nu": 1e-12, "sin2_theta_w": 0.01}[parameter]
    return WorldEntry(
        name, 2000, parameter, "published", "", name, "", "seen",
        centre - half, centre + half, rise=lambda x: RISE * ((x * scale - centre) / half) ** 2,
    )  # fmt: skip


def test_parabolas_combine_as_weighted_means() -> None:
    entries = [parabola("a", "q_nu", 1e-12, 2e-12), parabola("b", "q_nu", -1e-12, 1e-12)]
    found = combined(entries, "q_nu", 0.90)
    weights = np.array([1 / 4, 1.0])
    mean, half = float(weights @ [1e-12, -1e-12] / weights.sum()), 1e-12 * weights.sum() ** -0.5
    assert found.best == pytest.approx(mean, rel=1e-6)
    assert (found.lower, found.upper) == pytest.approx((mean - half, mean + half), rel=1e-6)


def test_published_moments_add_in_mu_squared() -> None:
    """Without spectra: 1 / mu^4 of each limit, as wide as its construction has it at 0."""
    result = world_limits("mu_nu", [])
    used = [e for e in result.entries if not e.left_out]
    fourth = sum(1 / e.upper**4 for e in used)
    assert result.together.upper == pytest.approx(fourth**-0.25, rel=1e-6)
    assert result.together.lower == 0.0
    gemma = next(e for e in used if e.name == "gemma-2012")
    assert gemma.upper == pytest.approx(2.9e-11, rel=2e-3)  # bayes-flat: 1.645 sigma at 0
    conus = next(e for e in used if e.name == "conus-2026")
    assert conus.upper == pytest.approx(5.18e-11 * (1.64485 / 1.28155) ** 0.5, rel=1e-4)


def test_one_entry_of_each_exposure() -> None:
    result = world_limits("mu_nu", [])
    used = [e.exposure for e in result.entries if not e.left_out]
    assert len(used) == len(set(used))
    left = {e.name: e.left_out for e in result.entries if e.left_out}
    assert left["gemma-2007"] == left["gemma-2010"] == "the data are in gemma-2012 (2012)"
    assert left["conus-2022"] == "the data are in conus-2026 (2026)"
    assert left["cloud"] == "an expected limit"
    by_year = dict(result.by_year)
    assert "gemma-2007" in by_year[2007].entries
    assert "gemma-2007" not in by_year[2010].entries
    uppers = [one.upper for one in by_year.values()]
    assert uppers == sorted(uppers, reverse=True)


def test_intervals_at_another_confidence_level() -> None:
    """Charge radius: the parabola through the ends at 90 % has them at 90 %, wider at 95 %."""
    for cl, factor in ((0.90, 1.0), (0.95, 1.95996 / 1.64485)):
        entries = world_limits("r2_nu", [], cl).entries
        krasnoyarsk = next(e for e in entries if e.name == "krasnoyarsk")
        assert krasnoyarsk.upper == pytest.approx(factor * 7.3e-32, rel=1e-4)


def test_weak_mixing_angle_with_two_errors() -> None:
    entries = world_limits("sin2_theta_w", []).entries
    conus = next(e for e in entries if e.name == "conus-2026")
    assert conus.lower == pytest.approx(0.28 - 1.64485 * 0.04, rel=1e-5)
    assert conus.rise(31.0) == pytest.approx(1.0, rel=1e-5)
    assert conus.rise(24.0) == pytest.approx(1.0, rel=1e-5)


def test_a_spectrum_enters_with_its_profile() -> None:
    """Alone it gives the limit of its own fit; a digitised one stays out of the combination."""
    model = build_model(load_experiment("conus-plus-excess"))
    result = world_limits("sin2_theta_w", [model])
    (entry,) = (e for e in result.entries if e.kind == "digitised")
    own = limit(model, model.data(), "sin2_theta_w", 0.90, "delta-chi2")
    alone = combined([entry], "sin2_theta_w", 0.90)
    (about,) = (one for one in own.intervals if one[0] < alone.best < one[1])
    assert (alone.lower, alone.upper) == pytest.approx(about, rel=5e-3)
    assert entry.name not in result.together.entries
    assert result.with_digitised is not None
    assert entry.name in result.with_digitised.entries
    assert "conus-2026" in result.together.entries
    assert "conus-2026" not in result.with_digitised.entries


def test_a_spectrum_that_does_not_see_a_parameter_says_nothing() -> None:
    model = build_model(load_experiment("red-100-residual"))
    assert "red-100-residual" not in [e.name for e in world_limits("mu_nu", [model]).entries]


def test_unknown_parameter() -> None:
    with pytest.raises(ValueError, match="allowed are mu_nu, q_nu, r2_nu, sin2_theta_w"):
        world_limits("cevns", [])


def test_command(nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "spectra_of_the_world", list)
    content = nuem("reproduce", "world", "-o", tmp_path, "--json").json()
    names = [one["parameter"] for one in content["parameters"]]
    assert names == world.world_parameters()
    assert {Path(path).name for path in content["written"]} == {
        "together.json", "together.csv", "together.png",
    }  # fmt: skip
    assert content["parameters"][0]["orientation"][0]["name"] == "red giants"
    text = nuem("reproduce", "world").text()
    assert "left out: the data are in gemma-2012 (2012)" in text
    assert re.search(r"XENONnT +2022 +solar +< 6.4e-12 +remembered +for orientation: Aprile", text)
    nuem("reproduce", "world", "-o", tmp_path).error(5)
    assert "do not go with 'world'" in nuem("reproduce", "world", "--toys", "5").error(2)
